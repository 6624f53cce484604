/* SPDX-License-Identifier: MIT */
/*
 * The frame of the iret hypercall is the guest's own words: whatever stands there, the processor's
 * refusal ends with the guest (its failsafe callback, or a fault), never in ring 0; flags that are
 * not a guest's are not taken; and a frame that cannot be read, or user mode without page tables,
 * ends the domain.
 *
 * run: case=frames
 * run: case=unreadable crash: iret frame
 * run: case=hypervisor crash: iret frame
 * run: case=no-user crash: without a user page table
 * run: case=stack crash: kernel stack
 */
#include <tests/guest/test.h>

static char stack[4096] __attribute__((aligned(16)));
#define TOP ((u64)stack + sizeof(stack))

static void user_int80(void)
{
	__asm__ volatile("int $0x80");
}

static void user_nops(void)
{
	__asm__ volatile("nop; nop; int $0x80");
}

static void user_push(void)
{
	__asm__ volatile("push %rax; int $0x80");
}

static void go(void *frame)
{
	iret_frame(frame);
}

static int tried(struct iret_context f, const char *what)
{
	int vector = trap_try(go, &f);

	ok(vector != VECTOR_NONE, "%s: trap %d", what, vector);
	return vector;
}

static void kernel_frames(void)
{
	struct iret_context good = { .rip = (u64)user_int80,
				     .cs = FLAT_KERNEL_CS & ~3,
				     .rflags = 0x202,
				     .rsp = TOP,
				     .ss = FLAT_KERNEL_SS },
			    f;

	ok_is(tried(good, "a good frame to the kernel"), 128, "it arrives");
	f = good, f.rip = NON_CANONICAL, tried(f, "rip not canonical");
	f = good, f.rip = HV_INSIDE, tried(f, "rip in the hypervisor");
	f = good, f.cs = 0, tried(f, "cs null");
	f = good, f.cs = 0xdea0, tried(f, "cs beyond the table");
	f = good, f.cs = 0xe008, tried(f, "cs of the hypervisor");
	f = good, f.cs = 0xe010, tried(f, "another of the hypervisor's selectors");
	f = good, f.cs = FLAT_USER_SS & ~3, tried(f, "cs a data segment");
	f = good, f.ss = 0, tried(f, "ss null");
	f = good, f.ss = 0xe010, tried(f, "ss of the hypervisor");
	f = good, f.ss = FLAT_USER_CS, tried(f, "ss a code segment");
	f = good, f.ss = 0xfff8, tried(f, "ss the last of the table");
	f = good, f.rflags = ~0ul & ~0x100ul,
	ok_is(tried(f, "all flags but TF"), 128, "it arrives");
	ok((trap_last()->regs.rflags & 0x23000) == 0, "IOPL and VM were not taken (%lx)",
	   trap_last()->regs.rflags);
}

static void user_frames(void)
{
	struct iret_context good = { .rip = (u64)user_int80,
				     .cs = FLAT_USER_CS,
				     .rflags = 0x202,
				     .rsp = TOP,
				     .ss = FLAT_USER_SS },
			    f;

	ok_is(user_enable(), 0, "user mode has page tables");
	ok_is(tried(good, "a good frame to user mode"), 128, "it arrives");
	f = good, f.rip = NON_CANONICAL, tried(f, "rip not canonical");
	f = good, f.rip = ~0ul, tried(f, "rip the last byte");
	f = good, f.rip = HV_INSIDE, ok_is(tried(f, "rip in the hypervisor"), 14, "a page fault");
	f = good, f.cs = 3, tried(f, "cs null");
	f = good, f.cs = 0xffff, tried(f, "cs the last of the LDT");
	f = good, f.cs = 0xe00b, tried(f, "cs of the hypervisor");
	f = good, f.ss = 3, tried(f, "ss null");
	f = good, f.ss = 0xe013, tried(f, "ss of the hypervisor");
	f = good, f.rsp = HV_INSIDE, ok_is(tried(f, "rsp in the hypervisor"), 128, "of no matter");
	f.rip = (u64)user_push, tried(f, "a push there");
	f = good, f.rsp = NON_CANONICAL, ok_is(tried(f, "rsp not canonical"), 128, "of no matter");
	f.rip = (u64)user_push, tried(f, "a push there");
	f = good, f.rflags = 0x4202, ok_is(tried(f, "NT"), 128, "of no matter");
	f = good, f.rflags = 0x40202, ok_is(tried(f, "AC"), 128, "of no matter");
	f = good, f.rflags = 0x302, f.rip = (u64)user_nops,
	ok_is(tried(f, "TF"), 1, "a debug trap");
	f = good, f.rflags = 0x23202, ok_is(tried(f, "VM and IOPL"), 128, "of no matter");
	f = good, f.rflags = 2, ok_is(tried(f, "events masked"), 128, "of no matter");
	f = good, f.flags = VGCF_in_syscall, ok_is(tried(f, "by SYSRET"), 128, "it arrives");
	f.rip = NON_CANONICAL, tried(f, "by SYSRET, rip not canonical");
	f.rip = -NON_CANONICAL - 1, tried(f, "by SYSRET, the last below the upper half");
	f.rip = (u64)user_int80, f.rsp = NON_CANONICAL;
	ok_is(tried(f, "by SYSRET, rsp not canonical"), 128, "of no matter");
}

static void crashes(const char *which)
{
	static struct iret_context f = { .cs = FLAT_USER_CS, .rflags = 0x202, .ss = FLAT_USER_SS };

	f.rip = (u64)user_int80;
	f.rsp = TOP;
	crash_expected();
	if (!strcmp(which, "unreadable"))
		iret_frame((void *)0x1000);
	else if (!strcmp(which, "hypervisor"))
		iret_frame((void *)HV_INSIDE);
	else if (!strcmp(which, "no-user"))
		iret_frame(&f);
	f.cs = FLAT_KERNEL_CS & ~3;
	f.rsp = HV_INSIDE; /* the trap's frame has nowhere to go */
	iret_frame(&f);
}

void test_main(void)
{
	char which[16];

	cmdline_word("case", which, sizeof(which));
	if (strcmp(which, "frames")) {
		crashes(which);
		return;
	}
	kernel_frames();
	user_frames();
}
