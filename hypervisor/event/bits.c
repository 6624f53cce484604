/* SPDX-License-Identifier: MIT */
/*
 * Setting the shared two-level bits (event/bits.h), in the order that the ABI needs: pending bit,
 * then selector, then upcall byte; the guest clears them the other way round, so an event between
 * two of its steps is seen again.
 */
#include <event/bits.h>

#include <lib/bitmap.h>

/* Selector and upcall byte. True if the vcpu had no upcall pending. */
static bool upcall_raise(struct vcpu_info *info, u32 port)
{
	if (!info)
		return false;
	if (atomic_bit_set(&info->evtchn_pending_sel, port / 64))
		return false;
	return !__atomic_exchange_n(&info->evtchn_upcall_pending, 1, __ATOMIC_SEQ_CST);
}

enum raised bits_raise(const struct event_bits *b, u32 port)
{
	if (atomic_bit_set(b->pending, port))
		return RAISED_NOTHING;
	if (bit_test(b->mask, port))
		return RAISED_BIT;
	return upcall_raise(b->info, port) ? RAISED_UPCALL : RAISED_BIT;
}

bool bits_unmask(const struct event_bits *b, u32 port)
{
	return atomic_bit_clear(b->mask, port) && bit_test(b->pending, port) &&
	       upcall_raise(b->info, port);
}

void bits_raise_all(struct vcpu_info *info)
{
	__atomic_store_n(&info->evtchn_pending_sel, ~0ul, __ATOMIC_SEQ_CST);
	__atomic_store_n(&info->evtchn_upcall_pending, 1, __ATOMIC_SEQ_CST);
}
