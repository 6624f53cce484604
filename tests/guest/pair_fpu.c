/* SPDX-License-Identifier: MIT */
/*
 * The FPU's registers are each domain's own, though both use them all the time and are switched by
 * force; so is the choice which of them are on (XCR0). And a kernel that set CR0.TS gets a trap at
 * the next use, once.
 *
 * pair: case=spin
 */
#include <tests/guest/pair.h>

#define SPIN_NS 2000000000ul

static void use(void *unused)
{
	(void)unused;
	__asm__ volatile("movq %0, %%xmm1" : : "r"(1ul));
}

static void task_switched(void)
{
	ok_is(CALL(fpu_taskswitch, 1), 0, "TS set");
	ok_is(trap_try(use, NULL), 7, "the next use traps");
	CALL(fpu_taskswitch, 1);
	ok_is(CALL(fpu_taskswitch, 0), 0, "TS cleared");
	ok_is(trap_try(use, NULL), VECTOR_NONE, "a use does not");
}

/* The first domain turns on x87 alone, the other SSE too. What is off keeps its content. */
static u64 xcr0_set(void)
{
	u32 a = 1, b, c = 0, d, want = pair_first() ? 1 : 3;

	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	if (!(c >> 27 & 1)) {
		skip("this processor has no XSAVE");
		return 0;
	}
	__asm__ volatile("xsetbv" : : "a"(want), "c"(0), "d"(0));
	return want;
}

static bool xcr0_is(u64 want)
{
	u32 a, d;

	if (!want)
		return true;
	__asm__ volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
	return ((u64)d << 32 | a) == want;
}

/* Fills x87, SSE and MXCSR with values of this domain and looks at them again and again. */
static void spin(u64 mine)
{
	u64 end = time_ns() + SPIN_NS, a, b, c, rounds = 0;
	u32 mxcsr = 0x1f80 | (mine & 3) << 13, control = 0x37f, seen;
	u32 wrong = 0, wrong_xcr0 = 0;
	u64 xcr0 = xcr0_set();

	__asm__ volatile("fninit; fldcw %0; fildq %1; ldmxcsr %2; movq %3, %%xmm0; movq %4, "
			 "%%xmm8; movq %5, %%xmm15"
			 :
			 : "m"(control), "m"(mine), "m"(mxcsr), "r"(mine), "r"(~mine),
			   "r"(mine << 7));
	while (time_ns() < end) {
		__asm__ volatile("movq %%xmm0, %0; movq %%xmm8, %1; movq %%xmm15, %2; stmxcsr %3"
				 : "=r"(a), "=r"(b), "=r"(c), "=m"(seen));
		wrong += a != mine || b != ~mine || c != mine << 7 || (seen & ~0x3fu) != mxcsr;
		wrong_xcr0 += !xcr0_is(xcr0);
		rounds++;
	}
	__asm__ volatile("fistpq %0" : "=m"(a));
	ok(a == mine, "x87 holds its number");
	ok_is(wrong_xcr0, 0, "XCR0 stays as it was set");
	ok_is(wrong, 0, "SSE and its control hold theirs, %lu times", rounds);
}

void test_main(void)
{
	task_switched();
	ok(pair_peer() > 0, "there is another");
	spin(pair_first() ? 0x123456789abc : 0x0fedcba98765);
}
