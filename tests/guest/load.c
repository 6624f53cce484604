/* SPDX-License-Identifier: MIT */
/*
 * Counts how much it gets done, and says it every second: what other guests leave to it.
 *
 * run by: tests/system/test-load
 */
#include <tests/guest/test.h>

#define UNIT 1000

/* As burn.c: of all instructions these cost an emulator the least real time. */
static void work(void)
{
	for (u32 i = 0; i < UNIT; i++)
		__asm__ volatile(".fill 400, 1, 0x90" : : : "memory");
}

void test_main(void)
{
	for (u64 n = 1;; n++) {
		u64 end = time_ns() + SECOND, units = 0;

		while (time_ns() < end) {
			work();
			units++;
		}
		print("LOAD %lu\n", units);
	}
}
