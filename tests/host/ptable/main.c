/* SPDX-License-Identifier: MIT */
/* Tests of hypervisor/ptable: rules, mappings, calls and faults, random guests, decoded stores. */
#include "suites.h"

#include <stdlib.h>

int main(void)
{
	SRunner *sr = srunner_create(rules_suite());
	int failed;

	srunner_add_suite(sr, calls_suite());
	srunner_add_suite(sr, mappings_suite());
	srunner_add_suite(sr, fuzz_suite());
	srunner_add_suite(sr, store_suite());
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
