/* SPDX-License-Identifier: MIT */
/* Runs the suites of boot/. */
#include "suites.h"

#include <stdlib.h>

int main(void)
{
	SRunner *r = srunner_create(suite_multiboot());
	int failed;

	srunner_add_suite(r, suite_ranges());
	srunner_add_suite(r, suite_acpi());
	srunner_add_suite(r, suite_microcode());
	srunner_add_suite(r, suite_cmdline());
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
