/* SPDX-License-Identifier: MIT */
/* A domain's life from its making to its last frame; the timers and watchdogs that live with it. */
#ifndef LIFE_LIFE_H
#define LIFE_LIFE_H

#include <dom/domain.h>
#include <dom/ops.h>

/* Makes a domain with all its parts but memory, for domctl and the dom0 builder. (create.c) */
int domain_build(domid_t id, u32 max_vcpus, u32 max_grant_frames, u32 max_maptrack_frames,
		 struct domain **out);
/* domctl destroydomain: 0 or -ERESTART. (destroy.c) */
int domain_kill(struct domain *d);

/* Timers of a vcpu: raise VIRQ_TIMER, end a poll. (vcpu_timers.c) */
void vcpu_timers_init(struct vcpu *v);
void vcpu_timers_stop(struct vcpu *v);
op_vcpu_fn vcpu_set_periodic, vcpu_stop_periodic, vcpu_set_single_shot, vcpu_stop_single_shot;

/* A domain's watchdogs: not patted in time, they shut it down. (watchdog.c) */
void watchdogs_init(struct domain *d);
void watchdogs_stop(struct domain *d);
op_fn domain_watchdog; /* SCHEDOP_watchdog: 0, the id of a new one, or -errno with a reason */

#endif
