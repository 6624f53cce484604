/* SPDX-License-Identifier: MIT */
/*
 * Wants all the time of all its vcpus, for ever, and does nothing with it: to see how the scheduler
 * shares. It ends when it is destroyed.
 *
 * run by: tests/system/test-share
 */
#include <tests/guest/test.h>

/*
 * Virtual time counts instructions, and of all instructions these cost an emulator the least real
 * time.
 */
static void burn(void *arg)
{
	(void)arg;
	for (;;)
		asm volatile(".fill 400, 1, 0x90" : : : "memory");
}

void test_main(void)
{
	print("BURN on %u vcpus\n", vcpu_count());
	vcpus_run(vcpu_count(), burn, NULL);
}
