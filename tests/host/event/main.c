/* SPDX-License-Identifier: MIT */
/* Runs the suites of event channels. */
#include "suites.h"

#include <stdlib.h>

int main(void)
{
	SRunner *r = srunner_create(suite_port());
	int failed;

	srunner_add_suite(r, suite_bits());
	srunner_add_suite(r, suite_ops());
	srunner_add_suite(r, suite_races());
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
