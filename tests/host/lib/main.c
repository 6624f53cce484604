/* SPDX-License-Identifier: MIT */
/* Runs the suites of the hypervisor's lib/. */

int main(void)
{
	SRunner *r = srunner_create(suite_string());
	int failed;

	srunner_add_suite(r, suite_format());
	srunner_add_suite(r, suite_bitmap());
	srunner_add_suite(r, suite_heap());
	srunner_add_suite(r, suite_ratelimit());
	srunner_add_suite(r, suite_index());
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
