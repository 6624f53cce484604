/* SPDX-License-Identifier: MIT */
/* Runs the suites of grants. */
#include "suites.h"

#include <stdlib.h>

int main(void)
{
	SRunner *r = srunner_create(suite_entry());
	int failed;

	srunner_add_suite(r, suite_maptrack());
	srunner_add_suite(r, suite_ops());
	srunner_add_suite(r, suite_fuzz());
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
