/* SPDX-License-Identifier: MIT */
/* A test's begin and end. A kernel that is no test has a kernel_main of its own in place of it. */
#include <tests/guest/test.h>

void kernel_main(void)
{
	test_main();
	test_end();
}
