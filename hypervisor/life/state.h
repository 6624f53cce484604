/* SPDX-License-Identifier: MIT */
/* What the making and the end of domains keep in them, and their timers (dom/domain.h). */
#ifndef LIFE_STATE_H
#define LIFE_STATE_H

#include <time/time.h>

#define WATCHDOGS 2 /* of a domain: the ABI's number */

struct domain;

struct watchdog {
	struct timer timer;
	struct domain *dom;
	bool used; /* d->lock */
};

/* How far the end of a domain has come. Who has set d->control.busy works at it. */
struct domain_teardown {
	u32 step;        /* of the list in life/destroy.c */
	u32 vcpus;       /* done by the step that ends them */
	u64 frames_left; /* not seen yet by the step that gives back its frames */
};

struct vcpu_timers {
	struct timer single_shot, periodic;
	u64 period_ns;     /* 0: no periodic timer is set */
	u64 period_due;    /* when it fires next */
	struct timer poll; /* ends SCHEDOP_poll */
};

#endif
