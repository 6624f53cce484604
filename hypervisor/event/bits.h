/* SPDX-License-Identifier: MIT */
/*
 * The two-level bits that a guest shares with us: a pending and a mask bit a port, a selector word
 * and an upcall byte a vcpu. Pure, lock-free: the guest writes the same words at any time, so all
 * changes are atomic and none is trusted. They are set in the order that the ABI needs: pending
 * bit, selector, upcall byte; the guest clears them the other way round, so an event between two of
 * its steps is seen again. Which vcpu hears of a port is read after its pending bit is set: who
 * moves the port or the vcpu's info then either is seen by us, or sees the bit.
 */
#ifndef EVENT_BITS_H
#define EVENT_BITS_H

#include <lib/bitmap.h>
#include <pvabi/xen.h>

enum raised {
	RAISED_NOTHING, /* it was pending before */
	RAISED_MASKED,  /* pending now, but masked: only pollers may care */
	RAISED_TELL,    /* its vcpu is to be told: bits_tell */
};

/* Sets @port pending. */
static inline enum raised bits_raise(u64 *pending, const u64 *mask, u32 port)
{
	if (atomic_bit_set(pending, port))
		return RAISED_NOTHING;
	return bit_test(mask, port) ? RAISED_MASKED : RAISED_TELL;
}

/* Clears the mask bit of @port; true if its vcpu is to be told. */
static inline bool bits_unmask(const u64 *pending, u64 *mask, u32 port)
{
	return atomic_bit_clear(mask, port) && bit_test(pending, port);
}

/* Selector and upcall byte; true if the vcpu had no upcall pending: it is to be woken. */
static inline bool bits_tell(struct vcpu_info *info, u32 port)
{
	return !atomic_bit_set(&info->evtchn_pending_sel, port / 64) &&
	       !__atomic_exchange_n(&info->evtchn_upcall_pending, 1, __ATOMIC_SEQ_CST);
}

/* All selector bits and the upcall: nothing that was pending may get lost. */
static inline void bits_tell_all(struct vcpu_info *info)
{
	__atomic_store_n(&info->evtchn_pending_sel, ~0ul, __ATOMIC_SEQ_CST);
	__atomic_store_n(&info->evtchn_upcall_pending, 1, __ATOMIC_SEQ_CST);
}

#endif
