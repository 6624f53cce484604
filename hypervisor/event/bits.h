/* SPDX-License-Identifier: MIT */
/*
 * The two-level bits that a guest shares with us: a pending and a mask bit a port, a selector word
 * and an upcall byte a vcpu. Pure, lock-free: the guest writes the same words at any time, so all
 * changes are atomic and none is trusted.
 */
#ifndef EVENT_BITS_H
#define EVENT_BITS_H

#include <lib/types.h>
#include <pvabi/xen.h>

/*
 * Where a domain's bits are, and those of the vcpu that hears of the port. info NULL: the vcpu
 * registered none yet.
 */
struct event_bits {
	u64 *pending, *mask;
	struct vcpu_info *info;
};

enum raised {
	RAISED_NOTHING, /* it was pending before */
	RAISED_BIT,	/* pending now, but masked, or the vcpu knows already: pollers may care */
	RAISED_UPCALL,	/* and the vcpu has a new upcall: wake it */
};

/* Sets @port pending. */
enum raised bits_raise(const struct event_bits *b, u32 port);
/* Clears the mask bit of @port; true if that made an upcall due. */
bool bits_unmask(const struct event_bits *b, u32 port);
/* All selector bits and the upcall: nothing that was pending may get lost. */
void bits_raise_all(struct vcpu_info *info);

#endif
