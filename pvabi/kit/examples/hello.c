/* SPDX-License-Identifier: MIT */
/* The smallest kernel on the kit: says who it is and ends. */
#include <pvabi/kit/kit.h>

void kernel_main(void)
{
	long v = hc_xen_version(0, NULL);

	print("ok 1 - hello from a guest of %lu pages on version %ld.%ld\n", start_info->nr_pages,
	      v >> 16, v & 0xffff);
	print("DONE 1 passed, 0 failed, 0 skipped\n");
}
