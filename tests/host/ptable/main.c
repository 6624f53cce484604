/* SPDX-License-Identifier: MIT */
/* Tests of ptable: rules, mappings, runs, calls, faults, random guests, decoded stores. */
#include "suites.h"

#include <tests/host/suites_run.h>

int main(void)
{
	return suites_run(rules_suite(), calls_suite(), mappings_suite(), runs_suite(),
			  fuzz_suite(), store_suite());
}
