/* SPDX-License-Identifier: MIT */
/* What is inline in the hypervisor, as functions whose accesses of memory are steps too. */
#include "machine.h"

#include <frame/refs.h>

enum verdict step_apply(struct frame *f, transition_t *transition)
{
	return ref_apply(f, transition);
}
