/* SPDX-License-Identifier: MIT */
/*
 * How a hypercall reaches its handler. A handler named hc_NAME gets its arguments here; it may
 * change them to record its progress and return -ERESTART: the call is then made again with the new
 * arguments, after interrupts, softirqs and the scheduler had their turn.
 */
#ifndef LIB_HYPERCALL_H
#define LIB_HYPERCALL_H

#include <lib/errno.h>
#include <lib/types.h>
#include <pvabi/rows.h>

struct hypercall {
	u64 arg[6];
	u32 nr;
};

/* An argument as a guest pointer to @type: never dereferenced, only given to guest_copy_in/out. */
#define HC_PTR(hc, i, type) ((type *)(hc)->arg[i])

/* A handler for each call that is answered, whichever room has it. */
#define HC(nr, name, args, who, how, ...) IF_ANSWERED(how, long hc_##name(struct hypercall *hc);)
#include <pvabi/hypercalls.def>

#endif
