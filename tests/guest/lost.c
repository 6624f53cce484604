/* SPDX-License-Identifier: MIT */
/*
 * Says where one of its frames is, and then wants all the time of its CPU: so a machine check on
 * that CPU hits it, and may be said to be in that frame.
 *
 * run by: tests/system/test-machine-check
 */
#include <tests/guest/test.h>

void test_main(void)
{
	print("FRAME %lx\n", va_to_mfn(page_alloc()) << PAGE_SHIFT);
	console_flush();

	for (;;)
		__asm__ volatile("pause" : : : "memory");
}
