/* SPDX-License-Identifier: MIT */
/*
 * Event channels, two-level ABI: 4096 ports per domain, pending and mask bits in shared_info, a
 * selector word and the upcall bytes in vcpu_info. Ports: free, reserved, unbound, interdomain,
 * virq, ipi, pirq.
 */
#ifndef EVENT_EVENT_H
#define EVENT_EVENT_H

#include <dom/domain.h>
#include <lib/hypercall.h>

#define EVENT_PORTS 4096

/* Gives @d a table of ports, with all free but port 0. 0 or -ENOMEM. */
int __must_check event_init(struct domain *d);
/*
 * Closes all ports of a dying domain; none can be bound from then on. No lock held. 0, or -ERESTART
 * when some are left: call again.
 */
int __must_check event_teardown(struct domain *d);
/* Frees the table, in which no port is in use any more. */
void event_free(struct domain *d);

/*
 * Raises a virq, from any CPU: a per-vcpu one at @v, a global one at the vcpu that its port was
 * moved to. Nothing happens if it is not bound. No lock: as event_set_pending.
 */
void event_virq(struct vcpu *v, u32 virq);
void event_virq_global(struct domain *d, u32 virq);
/*
 * Sets @port of @d pending by the ABI's rules of mask and upcall, and wakes the vcpu. A port that
 * nobody bound is left alone. No lock, but the table must live: @d is the caller's own, or its
 * timers and devices are stopped before event_teardown, or the lock of a joined port is held.
 */
void event_set_pending(struct domain *d, u32 port);
/* Is an upcall due: one is pending, and upcalls are not masked. */
static inline bool event_upcall_due(const struct vcpu *v)
{
	return v->info && READ_ONCE(v->info->evtchn_upcall_pending) &&
	       !READ_ONCE(v->info->evtchn_upcall_mask);
}
/* @v's info moved (VCPUOP_register_vcpu_info): all that was pending at the old place is raised. */
void event_vcpu_info_moved(struct vcpu *v);
/* Ends @v's sleep, or takes it out of guest mode so that it sees what is new. From any CPU. */
void vcpu_notify(struct vcpu *v);

/*
 * For SCHEDOP_poll: marks @v as polling @n ports, whose numbers were copied in. Each of them that
 * becomes pending from now on, masked or not, wakes it by vcpu_wake. So the caller
 *
 *   1. sets v->blocked, without which vcpu_wake does nothing,
 *   2. calls event_poll_begin,
 *   3. asks event_any_pending for what came before, and sleeps only if nothing is pending;
 *      otherwise it clears v->events.polling and v->blocked again.
 *
 * vcpu_wake clears v->events.polling.
 */
void event_poll_begin(struct vcpu *v, const u32 *ports, u32 n);
/* Whether any of @n ports is pending. Numbers that are no port's are not. */
bool event_any_pending(struct domain *d, const u32 *ports, u32 n);
/* For assertions: does this CPU hold the lock of @d's ports? */
bool event_locked(const struct domain *d);
/* Prints each port of @d that is not free, for the debug key. Takes the lock. */
void event_dump(struct domain *d);

#endif
