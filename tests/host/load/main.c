/* SPDX-License-Identifier: MIT */
/* Runs the suites of kernel files and of the layout of new guests. */
#include "suites.h"

#include <tests/host/suites_run.h>

int main(void)
{
	return suites_run(suite_kernel(), suite_elf_damage(), suite_bzimage(), suite_layout(),
			  suite_layout_dom0(), suite_unpack_boot(), suite_unpack_tools());
}
