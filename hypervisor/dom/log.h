/* SPDX-License-Identifier: MIT */
/* A domain's log of refusals: what the toolstack shows as `hospes log`. */
#ifndef DOM_LOG_H
#define DOM_LOG_H

#include <console/ring.h>
#include <dom/domain.h>

struct dom_log {
	struct spinlock lock; /* LOCK_LOG: the ring */
	struct text_ring ring;
	char text[CONFIG_DOMAIN_LOG_SIZE];
};

_Static_assert((CONFIG_DOMAIN_LOG_SIZE & (CONFIG_DOMAIN_LOG_SIZE - 1)) == 0, "a ring's size");

struct dom_log *domain_log_create(void); /* NULL: out of memory */

#endif
