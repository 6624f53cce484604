/* SPDX-License-Identifier: MIT */
/* Runs the suites of boot/. */
#include "suites.h"

#include <tests/host/suites_run.h>

int main(void)
{
	return suites_run(suite_multiboot(), suite_ranges(), suite_acpi(), suite_microcode(),
			  suite_cmdline());
}
