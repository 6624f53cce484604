/* SPDX-License-Identifier: MIT */
/* What main() of each libcheck program ends with. */
#ifndef TESTS_HOST_SUITES_RUN_H
#define TESTS_HOST_SUITES_RUN_H

#include <check.h>
#include <stdlib.h>

/* Runs one suite or several; the program's exit status. */
#define suites_run(...) suites_run_all((Suite *const[]){ __VA_ARGS__, NULL })

static inline int suites_run_all(Suite *const suites[])
{
	SRunner *runner = srunner_create(suites[0]);
	int failed;

	for (Suite *const *s = suites + 1; *s; s++)
		srunner_add_suite(runner, *s);

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);

	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
