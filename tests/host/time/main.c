/* SPDX-License-Identifier: MIT */
/* Runs the suites of time/. */
#include "suites.h"

#include <tests/host/suites_run.h>

int main(void)
{
	return suites_run(suite_scale(), suite_calendar());
}
