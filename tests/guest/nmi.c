/* SPDX-License-Identifier: MIT */
/*
 * NMIs race with a vcpu that spoils another's code segment. Vcpu 1 runs in a code segment of its
 * own; vcpu 0 zeroes that descriptor, and makes it whole again, over and over. The processor goes
 * on in the segment that it has loaded, until something interrupts it: then the way back is
 * refused, and the guest is told by its failsafe callback. If it was an NMI, too.
 *
 * vcpus: 2
 * run by: tests/system/test-nmi
 */
#include <tests/guest/test.h>

#define CODE      0x00affb000000ffffull
#define OWN_CODE  (1 << 3) /* in a frame: of the guest's kernel */
#define STACK_GAP 1024     /* below what the vcpu's stack holds already */
#define SPINS     20000

static u64 *gdt;
static u64 gdt_mfn;
static u32 arrived, over;
static u64 refusals;

static void go(void *frame)
{
	iret_frame(frame);
}

/* In the segment of its own, until all is over. */
static void stay(void)
{
	__asm__ volatile("1: pause; cmpl $0, %0; je 1b; int $0x80" : : "m"(over));
}

static void stays(void *unused)
{
	struct iret_context f = {
		.rip = (u64)stay, .cs = OWN_CODE, .rflags = 0x202, .ss = FLAT_KERNEL_SS
	};
	int vector = VECTOR_FAILSAFE;

	(void)unused;
	hc_set_gdt(&gdt_mfn, 512);
	f.rsp = ((u64)&f - STACK_GAP) & ~15ul;

	__atomic_store_n(&arrived, 1, __ATOMIC_RELEASE);
	while (vector == VECTOR_FAILSAFE) {
		vector = trap_try(go, &f);
		refusals += vector == VECTOR_FAILSAFE;
	}
	ok_is(vector, 128, "it stays there until it leaves by itself");
}

static void code_set(u64 descriptor)
{
	if (hc_update_descriptor((gdt_mfn << PAGE_SHIFT) + OWN_CODE, descriptor))
		ok(false, "the descriptor can be written");

	for (u32 i = 0; i < SPINS; i++)
		__asm__ volatile("pause");
}

void test_main(void)
{
	u64 end = time_ns() + cmdline_number("seconds", 5) * SECOND;

	gdt = page_alloc();
	gdt_mfn = va_to_mfn(gdt);
	gdt[1] = CODE;
	page_readonly(gdt, gdt_mfn);

	ok_is(vcpu_start(1, stays, NULL), 0, "a vcpu runs in a code segment of its own");
	for (u32 turn = 0; !__atomic_load_n(&arrived, __ATOMIC_ACQUIRE); turn++)
		cpu_relax(turn);

	while (time_ns() < end) {
		code_set(0);
		code_set(CODE);
	}
	__atomic_store_n(&over, 1, __ATOMIC_RELEASE);
	vcpu_wait(1);
	ok(refusals > 0, "its way back was refused %lu times", refusals);
}
