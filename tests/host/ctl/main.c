/* SPDX-License-Identifier: MIT */
/* Runs the suites of the control floor. */
#include "suites.h"

#include <stdlib.h>

int main(void)
{
	SRunner *r = srunner_create(suite_memory());
	int failed;

	srunner_add_suite(r, suite_blocks());
	srunner_add_suite(r, suite_sched());
	srunner_add_suite(r, suite_devices());
	srunner_add_suite(r, suite_domctl());
	srunner_add_suite(r, suite_fuzz());
	srunner_add_suite(r, suite_rows());
	srunner_add_suite(r, suite_save());
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
