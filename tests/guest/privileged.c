/* SPDX-License-Identifier: MIT */
/*
 * Privileged instructions of a guest's kernel are done where that is harmless, else they fault; in
 * user mode all of them fault. Control operations are for the control domain: EPERM for others,
 * whatever their arguments.
 */
#include <pvabi/domctl.h>
#include <pvabi/platform.h>
#include <pvabi/sysctl.h>
#include <tests/guest/test.h>

static char stack[4096] __attribute__((aligned(16)));
static u64 seen;

#define INSN(name, insn, ...)                                             \
	static void name(void *unused)                                    \
	{                                                                 \
		(void)unused;                                             \
		__asm__ volatile(insn                                     \
				 : "=a"(seen)                             \
				 : "c"(0xc0000082), "d"(0), ##__VA_ARGS__ \
				 : "memory", "cc");                       \
	}

static u8 room[16];
INSN(wrmsr_lstar, "wrmsr", "0"(0x1000))
INSN(wrmsr_efer, "mov $0xc0000080, %%ecx; wrmsr", "0"(0))
INSN(wrmsr_apic, "mov $0x1b, %%ecx; wrmsr", "0"(0xfee00000))
INSN(wrmsr_unknown, "mov $0x12345678, %%ecx; wrmsr", "0"(0))
INSN(lgdt, "lgdt (%%rbx)", "b"(room))
INSN(lidt, "lidt (%%rbx)", "b"(room))
INSN(lldt, "lldt %%ax", "0"(0))
INSN(ltr, "ltr %%ax", "0"(0))
INSN(lmsw, "lmsw %%ax", "0"(0))
INSN(hlt, "hlt", "0"(0))
INSN(invlpg, "invlpg (%%rax)", "0"(0))
INSN(mov_cr3, "mov %%rax, %%cr3", "0"(0x1000))
INSN(mov_cr3_high, "mov %%rax, %%cr3", "0"(0xffffffffff000))
INSN(mov_cr0, "mov %%rax, %%cr0", "0"(0))
INSN(mov_cr8, "mov %%rax, %%cr8", "0"(0))
INSN(in_port, "in $0x71, %%al", "0"(0))
INSN(out_pci, "mov $0xcf8, %%edx; out %%eax, %%dx", "0"(0x80000000))
INSN(out_reset, "mov $0xcf9, %%edx; out %%al, %%dx", "0"(6))
INSN(out_keyboard, "out %%al, $0x64", "0"(0xfe))
INSN(int_20, "int $0x20", "0"(0))
INSN(int_fe, "int $0xfe", "0"(0))
INSN(sysenter, "push %%rbp; sysenter; pop %%rbp", "0"(0))
INSN(iretq, "push $0; push $0; push $0; push $8; push $0; iretq", "0"(0))
INSN(rdpmc, "mov $0, %%ecx; rdpmc", "0"(0))
INSN(vmcall, ".byte 0x0f, 0x01, 0xc1", "0"(0))
INSN(monitor, ".byte 0x0f, 0x01, 0xc8", "0"(0))
INSN(swapgs, "swapgs", "0"(0))
INSN(rsm, ".byte 0x0f, 0xaa", "0"(0))
INSN(xsetbv, "mov $0, %%ecx; xsetbv", "0"(0))

static const struct {
	void (*insn)(void *);
	const char *what;
} forbidden[] = {
	{ lgdt, "lgdt" },
	{ lidt, "lidt" },
	{ lldt, "lldt" },
	{ ltr, "ltr" },
	{ lmsw, "lmsw" },
	{ hlt, "hlt" },
	{ mov_cr3, "mov to cr3, frame 1" },
	{ mov_cr3_high, "mov to cr3, no frame" },
	{ mov_cr0, "mov to cr0" },
	{ mov_cr8, "mov to cr8" },
	{ in_port, "in" },
	{ out_reset, "out to the reset port" },
	{ out_keyboard, "out to the keyboard" },
	{ int_20, "int 0x20" },
	{ int_fe, "int 0xfe" },
	{ sysenter, "sysenter" },
	{ iretq, "iretq to ring 0" },
	{ rdpmc, "rdpmc" },
	{ vmcall, "vmcall" },
	{ monitor, "monitor" },
	{ rsm, "rsm" },
	{ xsetbv, "xsetbv of 0" },
	{ swapgs, "swapgs" },
	{ invlpg, "invlpg" },
};

/* May be ignored or fault, but the machine must not be touched by them: it goes on. */
static const struct {
	void (*insn)(void *);
	const char *what;
} harmless[] = {
	{ wrmsr_lstar, "wrmsr LSTAR" },     { wrmsr_efer, "wrmsr EFER" },
	{ wrmsr_apic, "wrmsr APIC base" },  { wrmsr_unknown, "wrmsr of no register" },
	{ out_pci, "out to the PCI port" },
};

static void instructions(void)
{
	for (u32 i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++) {
		int vector = trap_try(forbidden[i].insn, NULL);

		ok(vector == 13 || vector == 6, "%s faults (%d)", forbidden[i].what, vector);
	}
	for (u32 i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
		ok(trap_try(harmless[i].insn, NULL) != 14, "%s does no harm", harmless[i].what);
	ok(hc_xen_version(0, NULL) > 0, "hypercalls work");
}

#define USER(name, insn)                                                                          \
	static void name(void)                                                                    \
	{                                                                                         \
		__asm__ volatile(insn "; int $0x80" : : "a"(0), "c"(0x10), "d"(0x80) : "memory"); \
	}
USER(user_cli, "cli")
USER(user_hlt, "hlt")
USER(user_rdmsr, "rdmsr")
USER(user_wrmsr, "wrmsr")
USER(user_cr0, "mov %%cr0, %%rax")
USER(user_cr3, "mov %%rax, %%cr3")
USER(user_in, "in %%dx, %%al")
USER(user_clts, "clts")
USER(user_dr7, "mov %%rax, %%dr7")

static void user_instructions(void)
{
	static void (*const insns[])(void) = { user_cli, user_hlt, user_rdmsr, user_wrmsr, user_cr0,
					       user_cr3, user_in,  user_clts,  user_dr7 };

	user_enable();
	for (u32 i = 0; i < sizeof(insns) / sizeof(insns[0]); i++)
		ok_is(user_try(insns[i], stack + sizeof(stack)), 13,
		      "user mode: instruction %u faults", i);
}

/* Hypercalls are the kernel's: in user mode `syscall` goes to the guest's own kernel. */
static void user_hypercall(void)
{
	__asm__ volatile("mov $17, %%eax; xor %%edi, %%edi; syscall"
			 :
			 :
			 : "rax", "rcx", "rdi", "r11");
}

static void control(void)
{
	static u64 room[64];
	u32 not_refused = 0;

	for (u32 cmd = 0; cmd < 100; cmd++) {
		room[0] = (u64)XEN_DOMCTL_INTERFACE_VERSION << 32 | cmd;
		room[1] = 0;
		not_refused += CALL(domctl, room) >= 0;
		room[0] = cmd | (u64)XEN_DOMCTL_INTERFACE_VERSION << 32;
		not_refused += CALL(sysctl, room) >= 0;
		room[0] = (u64)XENPF_INTERFACE_VERSION << 32 | cmd;
		not_refused += CALL(platform_op, room) >= 0;
	}
	ok_is(not_refused, 0, "no domctl, sysctl or platform_op is done");
	room[0] = (u64)XEN_DOMCTL_INTERFACE_VERSION << 32 | XEN_DOMCTL_destroydomain;
	ok_is(CALL(domctl, room), -XEN_EPERM, "destroy of dom0");
	room[0] = (u64)XEN_SYSCTL_INTERFACE_VERSION << 32 | XEN_SYSCTL_physinfo;
	ok_is(CALL(sysctl, room), -XEN_EPERM, "physinfo");
	room[0] = (u64)XENPF_INTERFACE_VERSION << 32 | XENPF_enter_acpi_sleep;
	ok_is(CALL(platform_op, room), -XEN_EPERM, "sleep");
	room[0] = 0;
	ok_refused(hc_sched_op(SCHEDOP_remote_shutdown, room), "shutdown of dom0");
	ok_is(page_op(MMUEXT_FLUSH_CACHE, 0), -XEN_EACCES, "a flush of the caches");
	ok_is(page_op(MMUEXT_FLUSH_CACHE_GLOBAL, 0), -XEN_EACCES, "of all CPUs' caches");
	ok_refused(hc_console_io(CONSOLEIO_read, 16, room), "input of the hypervisor's console");
}

void test_main(void)
{
	instructions();
	user_instructions();
	ok_is(user_try(user_hypercall, stack + sizeof(stack)), VECTOR_SYSCALL,
	      "a hypercall from user mode");
	control();
}
