/* SPDX-License-Identifier: MIT */
/* What event channels keep in a domain and in a vcpu (dom/domain.h), besides the table of ports. */
#ifndef EVENT_STATE_H
#define EVENT_STATE_H

#include <lib/types.h>
#include <pvabi/xen.h>

#define POLL_WORDS 2

struct domain_event_limits {
	u32 highest; /* port that the toolstack allows it; 0: the highest that the ABI has */
};

struct vcpu_events {
	u16 virq_port[NR_VIRQS];    /* the ports its virqs raise; 0: none */
	bool polling;               /* in SCHEDOP_poll, for: */
	u64 poll_ports[POLL_WORDS]; /* a bit for each port, modulo their number */
};

#endif
