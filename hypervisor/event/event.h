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

int event_init(struct domain *d);
/* Closes all ports of a dying domain; 0 or -ERESTART. */
int event_teardown(struct domain *d);
void event_free(struct domain *d);

/* Raises a virq, from any CPU: per-vcpu kinds at @v, global ones where they are bound. */
void event_virq(struct vcpu *v, u32 virq);
void event_virq_global(struct domain *d, u32 virq);
/*
 * Sets @port of @d pending (mask and upcall rules of the ABI) and wakes the vcpu. No lock: @d is
 * not yet past event_teardown, because it is the caller's own, or its timers and devices are
 * stopped before, or the lock of a joined port is held.
 */
void event_set_pending(struct domain *d, u32 port);
/* Is an upcall due: upcall_pending and not masked. */
static inline bool event_upcall_due(const struct vcpu *v)
{
	return v->info && READ_ONCE(v->info->evtchn_upcall_pending) &&
	       !READ_ONCE(v->info->evtchn_upcall_mask);
}
/* A vcpu's info moved (register_vcpu_info): all its pending state is raised again. */
void event_vcpu_info_moved(struct vcpu *v);
/* Ends @v's sleep, or gets it out of guest mode to see what is new. From any CPU. */
void vcpu_notify(struct vcpu *v);

/*
 * sched_op poll: marks @v as polling @ports (copied, n up to the ABI's limit); any of them that
 * becomes pending, masked or not, wakes it by vcpu_wake, which wants v->blocked: the caller sets
 * that first, calls this, then looks with event_any_pending, and sleeps only if nothing is pending
 * (else it clears both again). vcpu_wake clears v->polling.
 */
void event_poll_begin(struct vcpu *v, const u32 *ports, u32 n);
/* sched_op poll: true if one of @ports (guest array already copied) is pending. */
bool event_any_pending(struct domain *d, const u32 *ports, u32 n);
/* A description of every port for debug keys. */
void event_dump(struct domain *d);

#endif
