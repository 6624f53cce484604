/* SPDX-License-Identifier: MIT */
/* Runs the suites of grants. */
#include "suites.h"

#include <tests/host/suites_run.h>

int main(void)
{
	return suites_run(suite_entry(), suite_maptrack(), suite_ops(), suite_fuzz());
}
