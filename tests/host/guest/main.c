/* SPDX-License-Identifier: MIT */
/* Runs the suites of what a guest is shown. */
#include "world.h"

#include <tests/host/suites_run.h>

int main(void)
{
	return suites_run(suite_ports(), suite_checks(), suite_emulate());
}
