/* SPDX-License-Identifier: MIT */
/* A domain's life from its making to its last frame; the timers and watchdogs that live with it. */
#ifndef LIFE_LIFE_H
#define LIFE_LIFE_H

#include <dom/domain.h>
#include <dom/ops.h>
#include <pvabi/sched.h>
#include <pvabi/vcpu.h>

/* Operations on a vcpu and of the scheduler; some of both are handled here, the rest in ctl/. */
#define OP_sched_op(nr, name, arg, who, how, ...) OP_HANDLER(op_sched_##name, arg, how)
#define OP_vcpu_op(nr, name, arg, who, how, ...)  OP_HANDLER(op_vcpu_##name, arg, how)
#include <pvabi/hypercalls.def>

/*
 * Makes a domain with all its parts but memory, for domctl and the dom0 builder: paused, on the
 * list, with a reference for the caller. @max_vcpus is 1 to MAX_VCPUS. No lock held. 0, or -EINVAL,
 * -EEXIST (the id) or -ENOMEM, and nothing is left of it. (create.c)
 */
int __must_check domain_build(domid_t id, u32 max_vcpus, u32 max_grant_frames,
			      u32 max_maptrack_frames, struct domain **out);
/*
 * XEN_DOMCTL_destroydomain: stops @d for ever and gives back all it has, in pieces. The caller
 * holds a reference and no lock. 0, or -ERESTART: call again. Does nothing when @d is dead already.
 * (destroy.c)
 */
int __must_check domain_destroy(struct domain *d);

/* Timers of a vcpu: raise VIRQ_TIMER, end a poll. (vcpu_timers.c) */
void vcpu_timers_init(struct vcpu *v);
/* None fires any more when it returns. The vcpu is paused, so it starts none. */
void vcpu_timers_stop(struct vcpu *v);

/* A domain's watchdogs: those that are not patted in time shut it down. (watchdog.c) */
void watchdogs_init(struct domain *d);
/* None bites any more when it returns. The domain is paused and dying. */
void watchdogs_stop(struct domain *d);

#endif
