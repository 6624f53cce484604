/* SPDX-License-Identifier: MIT */
#include <tests/host/suites_run.h>
/* Runs the suites of the hypervisor's lib/. */

int main(void)
{
	return suites_run(suite_string(), suite_format(), suite_bitmap(), suite_heap(),
			  suite_ratelimit(), suite_index());
}
