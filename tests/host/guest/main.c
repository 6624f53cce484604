/* SPDX-License-Identifier: MIT */
/* Runs the suites of what a guest is shown. */
#include "world.h"

#include <stdlib.h>

int main(void)
{
	SRunner *r = srunner_create(suite_ports());
	int failed;

	srunner_add_suite(r, suite_checks());
	srunner_add_suite(r, suite_emulate());
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
