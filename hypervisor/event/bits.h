/* SPDX-License-Identifier: MIT */
/*
 * The two-level bits that a guest shares with us: a pending and a mask bit a port, a selector word
 * and an upcall byte a vcpu. Pure and lock-free: the guest writes the same words at any time, so
 * all changes are atomic and no value is trusted. Inside event/ only.
 *
 * They are set in the order that the ABI needs: pending bit, selector, upcall byte. The guest
 * clears them in the opposite order, so it sees again what comes between two of its steps. Which
 * vcpu hears of a port is read after its pending bit is set: somebody who moves the port or the
 * vcpu's info at that moment is either seen by us, or sees the bit.
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

	if (bit_test(mask, port))
		return RAISED_MASKED;

	return RAISED_TELL;
}

/* Clears the mask bit of @port; true if its vcpu is to be told. */
static inline bool bits_unmask(const u64 *pending, u64 *mask, u32 port)
{
	if (!atomic_bit_clear(mask, port))
		return false;

	return bit_test(pending, port);
}

/* Selector and upcall byte; true if the vcpu had no upcall pending: it is to be woken. */
static inline bool bits_tell(struct vcpu_info *info, u32 port)
{
	/* The bit was set: whoever set it sets the upcall byte too. */
	if (atomic_bit_set(&info->evtchn_pending_sel, port / 64))
		return false;

	return !__atomic_exchange_n(&info->evtchn_upcall_pending, 1, __ATOMIC_SEQ_CST);
}

/* All selector bits and the upcall: nothing that was pending may get lost. */
static inline void bits_tell_all(struct vcpu_info *info)
{
	__atomic_store_n(&info->evtchn_pending_sel, ~0ul, __ATOMIC_SEQ_CST);
	__atomic_store_n(&info->evtchn_upcall_pending, 1, __ATOMIC_SEQ_CST);
}

#endif
