/* SPDX-License-Identifier: MIT */
/*
 * What guests did at the borders of ring 0 in known advisories: instructions that are done for
 * them with strange operands, registers that others left, gates and callbacks that are not there,
 * watchpoints where the hypervisor itself reads, segments behind the end of a table.
 */
#include <pvabi/callback.h>
#include <pvabi/physdev.h>
#include <pvabi/vcpu.h>
#include <tests/guest/xsa.h>

#define VA                 0x20000000ul
#define FS_BASE            0xc0000100u
#define SEGMENT            0x00cff3000000ffffull /* data of ring 3, flat, present */
#define CPUID_7_B_FSGSBASE 1u
#define CPUID_1_C_XSAVE    (1u << 27)

extern char entry_syscall[];
static char stack[4096] __attribute__((aligned(16)));

static u32 cpuid(u32 leaf, char which)
{
	u32 a = leaf, b, c = 0, d;

	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	return which == 'b' ? b : c;
}

/* --- the FPU ---------------------------------------------------------------------------------- */

/* The kit uses no vector registers: so they are as the vcpu got them. */
static void fresh_fpu(void)
{
	static u8 area[512] __attribute__((aligned(16)));
	u32 left = 0;

	__asm__ volatile("fxsave64 %0" : "=m"(area));
	for (u32 i = 32; i < 416; i++)
		left += area[i] != 0;
	ok_is(left, 0, "XSA-165: x87 and SSE registers of a new vcpu are clear");
	ok_is(*(u16 *)area, 0x37f, "XSA-165: with the ordinary control word");
	ok_is(*(u32 *)(area + 24), 0x1f80, "XSA-165: and MXCSR");
	for (u32 i = 6; i < 24; i++)
		left += i != 6 && i != 7 && area[i] != 0;
	ok_is(left, 0, "XSA-52, XSA-172: and nobody's error pointers");
}

static void xcr0_set(void *value)
{
	__asm__ volatile("xsetbv" : : "c"(0), "a"((u32)(u64)value), "d"((u32)((u64)value >> 32)));
}

static void xcr1_set(void *value)
{
	__asm__ volatile("xsetbv" : : "c"(1), "a"((u32)(u64)value), "d"(0));
}

static u64 xcr0(void)
{
	u32 a, d;

	__asm__ volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
	return (u64)d << 32 | a;
}

static void rdpkru(void *unused)
{
	(void)unused;
	__asm__ volatile(".byte 0x0f, 0x01, 0xee" : : "c"(0) : "rax", "rdx");
}

static void extended_state(void)
{
	static const u64 bad[] = { 0,    2,     4,      5,     1 | 8,     1 | 16, 1 | 24,
				   0x21, 0x60,  1 << 9, 0x201, 1ul << 63, ~0ul,   1 | 1ul << 62,
				   0xe1, 0x100, 1 << 17 };
	u64 before;

	ok(trap_try(rdpkru, NULL) != VECTOR_NONE, "XSA-220: protection keys are not had");
	if (!(cpuid(1, 'c') & CPUID_1_C_XSAVE)) {
		skip("this processor has no XSAVE");
		return;
	}
	before = xcr0();
	for (u32 i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok_is(trap_try(xcr0_set, (void *)bad[i]), 13, "XSA-54, XSA-220: XCR0 %lx", bad[i]);
	ok_is(trap_try(xcr1_set, (void *)1), 13, "XSA-54: another register than XCR0");
	ok(xcr0() == before, "XSA-53: XCR0 is as it was");
}

/* --- instructions that are done for the guest ------------------------------------------------- */

static u64 *entries; /* of a page table, two one behind the other */

struct words {
	u64 *at;
	long bit;
};

static void set_bit(void *arg)
{
	struct words *w = arg;

	__asm__ volatile("lock btcq %1, (%0)" : : "r"(w->at), "r"(w->bit) : "memory", "cc");
}

/* A bit number may reach beyond the word that is named. */
static void bits_far_away(void)
{
	static const long bits[] = { 9, 64 + 9, -64 + 9, -55, 73, 64 + 10 };
	u64 first = va_to_mfn(page_alloc()) << PAGE_SHIFT | PTE_DATA;

	for (u32 i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		u64 copy[3] = { first, first, first };
		struct words table = { entries + 1, bits[i] }, memory = { copy + 1, bits[i] };

		for (u32 k = 0; k < 3; k++)
			page_entry_write(page_entry_maddr(VA + k * PAGE_SIZE, 1), first);
		ok_is(trap_try(set_bit, &table), VECTOR_NONE, "XSA-195: bit %ld of an entry",
		      bits[i]);
		set_bit(&memory);
		ok(!memcmp(entries, copy, sizeof(copy)), "and it was that one");
	}
}

static void cmpxchg8b(void *at)
{
	__asm__ volatile("lock cmpxchg8b (%0)"
			 :
			 : "r"(at), "a"(0), "d"(0), "b"(1), "c"(0)
			 : "memory");
}

static void cmpxchg16b(void *at)
{
	__asm__ volatile("lock cmpxchg16b (%0)"
			 :
			 : "r"(at), "a"(0), "d"(0), "b"(1), "c"(0)
			 : "memory");
}

/* Instructions that no kernel uses on its tables: the fault is the guest's, and nothing changes. */
static void other_stores(void)
{
	u64 before = entries[0];

	page_entry_write(page_entry_maddr(VA, 1), before);
	ok_is(trap_try(cmpxchg8b, entries), 14, "XSA-200: CMPXCHG8B on a table");
	ok_is(trap_try(cmpxchg16b, (void *)((u64)entries & ~15ul)), 14, "XSA-200: CMPXCHG16B");
	ok(entries[0] == before, "change nothing");
}

static void outs(void *from)
{
	u64 rsi = (u64)from, rcx = 64;

	__asm__ volatile("mov $0x80, %%edx; rep outsb" : "+S"(rsi), "+c"(rcx) : : "rdx", "memory");
}

static void ins(void *to)
{
	u64 rdi = (u64)to, rcx = 64;

	__asm__ volatile("mov $0x80, %%edx; rep insb" : "+D"(rdi), "+c"(rcx) : : "rdx", "memory");
}

static void fs_rdmsr(void *unused)
{
	(void)unused;
	__asm__ volatile(".byte 0x64, 0x65; rdmsr" : : "c"(0xc0000080) : "rax", "rdx");
}

static void fs_mov_cr0(void *unused)
{
	u64 cr0;

	(void)unused;
	__asm__ volatile(".byte 0x64, 0x66; mov %%cr0, %0" : "=r"(cr0));
}

static void strings_and_prefixes(void)
{
	static const u64 at[] = { HV_INSIDE, HV_FIRST - 1, NON_CANONICAL - 1, 0x7000000000, 8 };
	struct physdev_set_iopl iopl = { .iopl = 1 };

	CALL(physdev_op, PHYSDEVOP_set_iopl, &iopl);
	for (u32 i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		ok(trap_try(outs, (void *)at[i]) != VECTOR_NONE, "XSA-67: outs from %lx", at[i]);
		ok(trap_try(ins, (void *)at[i]) != VECTOR_NONE, "XSA-67: ins to it");
	}
	iopl.iopl = 0;
	CALL(physdev_op, PHYSDEVOP_set_iopl, &iopl);
	trap_try(fs_rdmsr, NULL);
	trap_try(fs_mov_cr0, NULL);
	ok(hc_xen_version(0, NULL) > 0, "XSA-123: segment prefixes without memory do no harm");
}

/* --- MSRs ------------------------------------------------------------------------------------- */

struct msr {
	u32 number;
	u64 value;
};

static void msr_read(void *arg)
{
	struct msr *m = arg;
	u32 a, d;

	__asm__ volatile("rdmsr" : "=a"(a), "=d"(d) : "c"(m->number));
	m->value = (u64)d << 32 | a;
}

static void msr_write(void *arg)
{
	struct msr *m = arg;

	__asm__ volatile("wrmsr"
			 :
			 : "c"(m->number), "a"((u32)m->value), "d"((u32)(m->value >> 32)));
}

static void hidden(u32 first, u32 last, const char *what)
{
	u32 seen = 0;

	for (u32 n = first; n <= last; n++) {
		struct msr m = { n, 0 };

		seen += trap_try(msr_read, &m) != 13;
		seen += trap_try(msr_write, &m) != 13;
	}
	ok_is(seen, 0, "%s", what);
}

static void msrs(void)
{
	struct msr misc = { 0x1a0, 0 };

	for (u32 n = FS_BASE; n < FS_BASE + 3; n++) {
		struct msr m = { n, NON_CANONICAL };

		ok_is(trap_try(msr_write, &m), 13, "XSA-193: base %x not canonical", n);
	}
	trap_try(msr_read, &misc);
	trap_try(msr_write, &misc);
	ok(hc_xen_version(0, NULL) > 0, "XSA-333: MISC_ENABLE is read and written without harm");
	hidden(0x606, 0x64f, "XSA-351: no register of power and energy");
	hidden(0x1d9, 0x1d9, "XSA-269: no branch trace");
	hidden(0xc0011019, 0xc001101b, "XSA-444: no mask of a watch address");
	hidden(0xc0011027, 0xc0011027, "XSA-444: nor of the first");
	hidden(0x800, 0x83f, "XSA-108: no register of an x2APIC");
	hidden(0x48, 0x49, "no control of speculation beyond what CPUID offers");
}

/* --- gates, callbacks, watchpoints ------------------------------------------------------------ */

#define USER(name, insn)                                                 \
	static void name(void)                                           \
	{                                                                \
		__asm__ volatile(insn "; int $0x80" : : : "rcx", "r11"); \
	}
USER(user_syscall, "syscall")
USER(user_sysenter, "push %%rbp; sysenter; pop %%rbp")
USER(user_int_gate, "int $0x0d")
USER(user_int_none, "int $0x81")
USER(user_int_82, "int $0x82")
USER(user_int_nmi, "int $2")
USER(user_hlt, "hlt")
USER(user_lgdt, "lgdt (%%rsp)")
USER(user_lmsw, "lmsw %%ax")

static int user(void (*fn)(void))
{
	return user_try(fn, stack + sizeof(stack) - 64);
}

static void user_part(void)
{
	struct callback_register none = { .type = CALLBACKTYPE_syscall };

	user_enable();
	ok_is(user(user_int_gate), 13, "XSA-106: a gate of the kernel is not the user part's");
	ok_is(user(user_int_nmi), 13, "XSA-106: nor that of the NMI");
	ok_is(user(user_int_none), 13, "XSA-259: a gate that is not there");
	ok_is(user(user_int_82), 13, "XSA-259: nor the one behind it");
	ok_is(user(user_hlt), 13, "XSA-105: hlt");
	ok_is(user(user_lgdt), 13, "XSA-105: lgdt");
	ok_is(user(user_lmsw), 13, "XSA-105: lmsw");
	ok(user(user_sysenter) != VECTOR_NONE && trap_last()->regs.vector != 128,
	   "XSA-44, XSA-339: sysenter (%lu)", trap_last()->regs.vector);

	if (CALL(callback_op, CALLBACKOP_register, &none)) {
		skip("a callback cannot be taken away");
		return;
	}
	ok_is(user(user_syscall), 6, "XSA-8: a system call that nobody answers is no instruction");
	ok(trap_last()->regs.rip == (u64)user_syscall || trap_last()->regs.vector == 6,
	   "XSA-8: its frame points at it");
	none.address = (u64)entry_syscall;
	CALL(callback_op, CALLBACKOP_register, &none);
	ok_is(user(user_syscall), VECTOR_SYSCALL, "answered again");
}

/* Where the hypervisor reads and writes for the guest: arguments, answers, the stack. */
static void watched(void *where, const char *what)
{
	struct vcpu_runstate_info info;
	u64 seen[4] = { 0 };

	hc_set_debugreg(0, (u64)where);
	hc_set_debugreg(1, (u64)&info);
	hc_set_debugreg(2, (u64)stack + sizeof(stack) - 128);
	hc_set_debugreg(7, 0x15 | 0xfffful << 16);
	for (u32 i = 0; i < 8; i++) {
		hc_vcpu_op(VCPUOP_get_runstate_info, 0, &info);
		hc_xen_version(1, where);
		hc_event_channel_op(EVTCHNOP_status, seen);
		user(user_int_none);
	}
	hc_set_debugreg(7, 0);
	ok(hc_xen_version(0, NULL) > 0, "XSA-156, XSA-260, XSA-265: %s is watched", what);
}

static void debug_registers(void)
{
	static u8 room[4096];

	for (int reg = 0; reg < 8; reg++)
		hc_set_debugreg(reg, ~0ul);
	hc_set_debugreg(7, ~0ul << 32 | 0xdc00);
	ok(!(CALL(get_debugreg, 7) >> 32), "XSA-12: no upper half of dr7");
	ok(!(CALL(get_debugreg, 6) >> 32), "XSA-12: nor of dr6");
	hc_set_debugreg(7, 0);
	watched(room, "a page of answers");
	watched(room + 4092, "the end of a page");
	watched((void *)((u64)shared_info + 8), "the shared page");
}

/* --- segments --------------------------------------------------------------------------------- */

static void load_ds(void *selector)
{
	__asm__ volatile("mov %0, %%ds" : : "r"((u32)(u64)selector));
}

static int load(u32 index)
{
	int vector = trap_try(load_ds, (void *)(u64)(index << 3 | 7));

	trap_try(load_ds, 0);
	return vector;
}

/* All of the page are good descriptors; the table ends at the eighth. */
static void end_of_the_ldt(void)
{
	u64 *page = page_alloc();
	struct mmuext_op op = { .cmd = MMUEXT_SET_LDT,
				.arg1.linear_addr = (u64)page,
				.arg2.nr_ents = 8 };

	page_fill(page, SEGMENT);
	page_readonly(page, va_to_mfn(page));
	ok_is(hc_mmuext_op(&op, 1, NULL, DOMID_SELF), 0, "an LDT of 8 entries");
	ok_is(load(7), VECTOR_NONE, "the last is loaded");
	ok_is(load(8), 13, "XSA-298: the one behind it is not");
	ok_is(load(511), 13, "XSA-298: nor the last of the page");
	ok_is(load(8191), 13, "XSA-298: nor the last of all");
	op.arg2.nr_ents = 0;
	ok_is(hc_mmuext_op(&op, 1, NULL, DOMID_SELF), 0, "no LDT");
	ok(page_given_back(page), "and its page is free");
}

/* The user part may set its bases itself where the processor lets it. */
static void bases(void)
{
	u64 fs = 0x123456789000, gs = 0x0fedcba98000, seen_fs, seen_gs;
	u32 wrong = 0;

	if (!(cpuid(7, 'b') & CPUID_7_B_FSGSBASE)) {
		skip("this processor has no FSGSBASE");
		return;
	}
	for (u32 i = 0; i < 200; i++) {
		__asm__ volatile("wrfsbase %0; wrgsbase %1" : : "r"(fs + i), "r"(gs + i));
		if (i % 10)
			hc_sched_op(SCHEDOP_yield, NULL);
		else
			time_sleep(SECOND / 1000);
		__asm__ volatile("rdfsbase %0; rdgsbase %1" : "=r"(seen_fs), "=r"(seen_gs));
		wrong += seen_fs != fs + i || seen_gs != gs + i;
	}
	ok_is(wrong, 0, "XSA-293: bases that were set by instruction outlive a switch");
	__asm__ volatile("wrfsbase %0; wrgsbase %0" : : "r"(0ul));
}

void test_main(void)
{
	fresh_fpu();
	for (u32 k = 0; k < 3; k++)
		page_map(VA + k * PAGE_SIZE, va_to_mfn(page_alloc()) << PAGE_SHIFT | PTE_DATA);
	entries = page_entry(VA, 1);
	extended_state();
	bits_far_away();
	other_stores();
	strings_and_prefixes();
	msrs();
	user_part();
	debug_registers();
	end_of_the_ldt();
	bases();
}
