/* SPDX-License-Identifier: MIT */
/* Tests of hypervisor/frame: type states, buddy system, heap. */
#include "suites.h"

#include <tests/host/suites_run.h>

int main(void)
{
	return suites_run(state_suite(), buddy_suite(), heap_suite());
}
