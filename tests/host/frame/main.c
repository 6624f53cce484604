/* SPDX-License-Identifier: MIT */
/* Tests of hypervisor/frame: type states, buddy system, heap. */
#include "suites.h"

#include <stdlib.h>

int main(void)
{
	SRunner *sr = srunner_create(state_suite());
	int failed;

	srunner_add_suite(sr, buddy_suite());
	srunner_add_suite(sr, heap_suite());
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
