/* SPDX-License-Identifier: MIT */
/*
 * Hypercalls of hostile guests over the hypervisor's own rooms (page tables, frames, grants,
 * events, memory, control) on the small machine of hypercalls/. After steps all references are
 * counted anew, and in the end nothing may be left. With EACH in the environment they are counted
 * after each step, so that a finding names the guilty one; with VERBOSE refusals are told.
 */
#include "fuzz.h"
#include "hypercalls/machine.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	machine_run(data, size);
	return 0;
}

/* How many hypercalls that were, for the figures. */
static void told(void)
{
	fprintf(stderr, "stat::hypercalls: %lu\nstat::most_looks: %ld\n", ops_calls,
		machine_most_looks);
}

/* One more argument: short inputs say nothing here, so long ones are tried from the beginning. */
static void argument_add(int *argc, char ***argv, char *more)
{
	char **all = calloc((size_t)*argc + 2, sizeof(*all));

	memcpy(all, *argv, (size_t)*argc * sizeof(*all));
	all[*argc] = more;
	*argv = all;
	*argc += 1;
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static char long_ones[] = "-len_control=0";

	argument_add(argc, argv, long_ones);
	ops_count_each(getenv("EACH"));
	atexit(told);
	return 0;
}
