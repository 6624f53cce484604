/* SPDX-License-Identifier: MIT */
/*
 * Whatever other guests do, a domain's memory, its registers (those of the FPU too) and its time
 * are its own. This one runs beside all others: it fills its free memory and the SSE registers with
 * a pattern, sleeps and spins in turn, and looks whether all is as it was. A beat a second; DAMAGE
 * is the word for what must not be.
 *
 * run by: tests/guest/run, beside the others
 */
#include <tests/guest/test.h>

#define PAGES   256
#define BEAT_NS 500000000ul
#define SPIN    200000

static u64 *page[PAGES];

static u64 pattern(u32 p, u32 i)
{
	return (u64)(p * 512 + i + 1) * 0x9e3779b97f4a7c15ul;
}

static void memory_fill(void)
{
	for (u32 p = 0; p < PAGES; p++) {
		page[p] = page_alloc();
		for (u32 i = 0; i < 512; i++)
			page[p][i] = pattern(p, i);
	}
}

static void memory_check(void)
{
	for (u32 p = 0; p < PAGES; p++)
		for (u32 i = 0; i < 512; i++)
			if (page[p][i] != pattern(p, i)) {
				print("DAMAGE in page %u word %u: %lx\n", p, i, page[p][i]);
				return;
			}
}

static void registers_fill(u64 n)
{
	__asm__ volatile("movq %0, %%xmm0; movq %1, %%xmm7; movq %2, %%xmm15"
			 :
			 : "r"(n), "r"(n * 3), "r"(n * 7));
}

static void registers_check(u64 n)
{
	u64 a, b, c;

	__asm__ volatile("movq %%xmm0, %0; movq %%xmm7, %1; movq %%xmm15, %2"
			 : "=r"(a), "=r"(b), "=r"(c));
	if (a != n || b != n * 3 || c != n * 7)
		print("DAMAGE in SSE registers: %lx %lx %lx, not of %lx\n", a, b, c, n);
}

/* Spinning is when others take the CPU from us by force. */
static u64 spin(u64 last)
{
	for (u32 i = 0; i < SPIN; i++) {
		u64 now = time_ns();

		if (now < last)
			print("DAMAGE in time: %lu after %lu\n", now, last);
		last = now;
	}
	return last;
}

void test_main(void)
{
	u64 last = time_ns();

	memory_fill();
	for (u64 n = 1;; n++) {
		registers_fill(n * 0x1234567);
		last = spin(last);
		time_sleep(BEAT_NS);
		registers_check(n * 0x1234567);
		memory_check();
		print("beat %lu\n", n);
	}
}
