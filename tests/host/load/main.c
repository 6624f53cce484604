/* SPDX-License-Identifier: MIT */
/* Runs the suites of kernel files and of the layout of new guests. */
#include "suites.h"

#include <stdlib.h>

int main(void)
{
	SRunner *r = srunner_create(suite_kernel());
	int failed;

	srunner_add_suite(r, suite_elf_damage());
	srunner_add_suite(r, suite_bzimage());
	srunner_add_suite(r, suite_layout());
	srunner_add_suite(r, suite_layout_dom0());
	srunner_add_suite(r, suite_unpack_boot());
	srunner_add_suite(r, suite_unpack_tools());

	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
