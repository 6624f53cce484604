/* SPDX-License-Identifier: MIT */
/* Runs the suites of event channels. */
#include "suites.h"

#include <tests/host/suites_run.h>

int main(void)
{
	return suites_run(suite_port(), suite_bits(), suite_ops(), suite_races());
}
