/* SPDX-License-Identifier: MIT */
/*
 * Segments that one vcpu uses while another spoils their descriptors, thousands of times: each load
 * that the hypervisor makes for the guest (data selectors at a switch of vcpus, the code and stack
 * segment of a return) may be refused by the processor. A data selector then becomes null, a return
 * becomes the failsafe callback, and nothing else happens. A 16-bit stack segment is the guest's
 * own affair.
 *
 * vcpus: 2
 */
#include <tests/guest/test.h>

#define DATA      0x00cff3000000ffffull
#define DATA16    0x008ff3000000ffffull /* the stack pointer has 16 bits */
#define CODE      0x00affb000000ffffull
#define SLOT_DATA 1
#define SLOT_CODE 2
#define SLOT_S16  3
#define SEL(slot) ((slot) << 3 | 3)
#define ROUNDS    2000
#define STACK_GAP 1024

static u64 *gdt;
static u64 gdt_mfn;
static u32 arrived, over;
static u64 nulls, loads, refusals;

static void slot_set(u32 slot, u64 descriptor)
{
	hc_update_descriptor((gdt_mfn << PAGE_SHIFT) + slot * 8, descriptor);
}

static void load_all(void *selector)
{
	u32 s = (u32)(u64)selector;

	__asm__ volatile("mov %0, %%ds; mov %0, %%es; mov %0, %%fs" : : "r"(s));
}

static u32 ds(void)
{
	u32 s;

	__asm__ volatile("mov %%ds, %0" : "=r"(s));
	return s;
}

/* Loads what may be gone already, and lets the other run: what is left is the selector, or null. */
static void data_user(void *unused)
{
	(void)unused;
	hc_set_gdt(&gdt_mfn, 512);
	__atomic_store_n(&arrived, 1, __ATOMIC_RELEASE);

	while (!__atomic_load_n(&over, __ATOMIC_ACQUIRE)) {
		if (trap_try(load_all, (void *)SEL(SLOT_DATA)) != VECTOR_NONE)
			continue;

		loads++;
		hc_sched_op(SCHEDOP_yield, NULL);
		if (ds() != 0 && ds() != SEL(SLOT_DATA))
			ok(false, "ds is %x", ds());
		nulls += ds() == 0;
	}
	trap_try(load_all, 0);
}

static void other_arrives(void)
{
	for (u32 turn = 0; !__atomic_load_n(&arrived, __ATOMIC_ACQUIRE); turn++)
		cpu_relax(turn);
}

static void data_segments(void)
{
	ok_is(vcpu_start(1, data_user, NULL), 0, "a vcpu uses a data segment");
	other_arrives();

	for (u32 i = 0; i < ROUNDS; i++) {
		slot_set(SLOT_DATA, i % 2 ? DATA : 0);
		hc_sched_op(SCHEDOP_yield, NULL);
	}
	__atomic_store_n(&over, 1, __ATOMIC_RELEASE);
	vcpu_wait(1);
	ok(loads > 0 && nulls > 0, "which was spoilt under it %lu times of %lu", nulls, loads);
}

static void go(void *frame)
{
	iret_frame(frame);
}

static void user_int80(void)
{
	__asm__ volatile("int $0x80");
}

/* To the user part and back, by a code segment and a stack segment that come and go. */
static void returner(void *unused)
{
	struct iret_context f = {
		.rip = (u64)user_int80, .cs = SEL(SLOT_CODE), .rflags = 0x202, .ss = SEL(SLOT_DATA)
	};
	u64 others = 0;

	(void)unused;
	hc_set_gdt(&gdt_mfn, 512);
	user_enable();
	f.rsp = ((u64)&f - STACK_GAP) & ~15ul;
	__atomic_store_n(&arrived, 1, __ATOMIC_RELEASE);

	while (!__atomic_load_n(&over, __ATOMIC_ACQUIRE)) {
		int vector = trap_try(go, &f);

		refusals += vector == VECTOR_FAILSAFE;
		others += vector != VECTOR_FAILSAFE && vector != 128 && vector != 13;
		hc_sched_op(SCHEDOP_yield, NULL);
	}
	ok_is((long)others, 0, "a return arrives, or is refused to the guest");
}

static void returns(void)
{
	arrived = over = 0;
	ok_is(vcpu_start(1, returner, NULL), 0, "a vcpu returns by segments of its own");
	other_arrives();

	for (u32 i = 0; i < ROUNDS; i++) {
		slot_set(SLOT_CODE, i & 1 ? CODE : 0);
		slot_set(SLOT_DATA, i & 2 ? DATA : 0);
		hc_sched_op(SCHEDOP_yield, NULL);
	}
	__atomic_store_n(&over, 1, __ATOMIC_RELEASE);
	vcpu_wait(1);
	ok(refusals > 0, "which was refused %lu times", refusals);
}

static void narrow_stack(void)
{
	struct iret_context f = { .rip = (u64)user_int80,
				  .cs = FLAT_USER_CS,
				  .rflags = 0x202,
				  .rsp = 0x1000,
				  .ss = SEL(SLOT_S16) };

	ok_is(hc_set_gdt(&gdt_mfn, 512), 0, "this vcpu has the table too");
	ok_is(user_enable(), 0, "and user mode");
	slot_set(SLOT_S16, DATA16);
	ok_is(trap_try(go, &f), 128, "user mode may have a stack segment of 16 bits");
	ok_is((long)(trap_last()->regs.rsp & 0xffff), 0x1000,
	      "with the 16 bits that were asked for");
}

void test_main(void)
{
	gdt = page_alloc();
	gdt_mfn = va_to_mfn(gdt);
	gdt[SLOT_DATA] = DATA;
	gdt[SLOT_CODE] = CODE;
	page_readonly(gdt, gdt_mfn);

	data_segments();
	returns();
	narrow_stack();
}
