/* SPDX-License-Identifier: MIT */
/*
 * What the daemon needs of the hypervisor, through dom0-tools/access: pages, event channels, and
 * the life of domains. Domain 0's own page comes from its kernel.
 */
#ifndef XENSTORE_LIKE_XENFLOOR_H
#define XENSTORE_LIKE_XENFLOOR_H

#include "domain.h"

extern const struct floor xenfloor;

/* Opens all devices. 0 or a negative errno, with a line in the log. */
int xenfloor_open(void);
void xenfloor_close(void);

/* Readable when an event has come. */
int xenfloor_fd(void);
/* The next port that fired, unmasked again already; -EAGAIN: none. */
int xenfloor_event(void);
/* The port of the hypervisor's word that some domain shut down or died. */
uint32_t xenfloor_death_port(void);
/* The event channel that domain 0's kernel made for its store. */
int xenfloor_own_port(uint32_t *port);

#endif
