/* SPDX-License-Identifier: MIT */
/*
 * How a hypercall reaches its handler. A handler named hc_NAME gets its arguments here; it may change
 * them to record its progress and return -ERESTART: the call is then made again with the new arguments,
 * after interrupts, softirqs and the scheduler had their turn.
 */
#ifndef LIB_HYPERCALL_H
#define LIB_HYPERCALL_H

#include <lib/errno.h>
#include <lib/types.h>

struct hypercall {
	u64 arg[6];
	u32 nr;
};

/* A handler for every row of the one list. */
#define HC(nr, name, args, who, meaning) long hc_##name(struct hypercall *hc);
#include <pvabi/hypercalls.def>

/* An argument as a guest pointer to @type: never dereferenced, only given to guest_copy_in/out. */
#define HC_PTR(hc, i, type) ((type *)(hc)->arg[i])

/* All handlers, whichever room has them. */
#define HC(nr, name, args, who, meaning) long hc_##name(struct hypercall *hc);
#include <pvabi/hypercalls.def>

#endif
