/* SPDX-License-Identifier: MIT */
/* Tests of hypervisor/insn: decoding, registers by number, code fetched from a guest. */
#include "suites.h"

#include <stdlib.h>

int main(void)
{
	SRunner *sr = srunner_create(decode_suite());
	int failed;

	srunner_add_suite(sr, registers_suite());
	srunner_add_suite(sr, fetch_suite());
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);

	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
