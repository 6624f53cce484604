/* SPDX-License-Identifier: MIT */
/* Runs the suites of kernel images and of dom0's memory plan. */
#include "image.h"

#include <stdlib.h>

int main(void)
{
	SRunner *r = srunner_create(suite_elf());
	int failed;

	srunner_add_suite(r, suite_bzimage());
	srunner_add_suite(r, suite_unpack());
	srunner_add_suite(r, suite_layout());
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
