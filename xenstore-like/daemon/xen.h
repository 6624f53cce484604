/* SPDX-License-Identifier: MIT */
/*
 * What the daemon needs of the hypervisor, through dom0-tools/access: pages, event channels, and
 * the life of domains. Domain 0's own page comes from its kernel.
 */
#ifndef XENSTORE_LIKE_XEN_H
#define XENSTORE_LIKE_XEN_H

#include <dom0-tools/base/must_check.h>
#include "floor.h"

/* Valid between xen_open() and xen_close(). */
extern const struct floor xen_floor;

/* Opens all devices. 0 or a negative errno, with a line in the log. */
__must_check int xen_open(void);
void xen_close(void);

/* A file descriptor, readable when an event has come. */
int xen_fd(void);

/* The next port that fired, already unmasked again; -EAGAIN: none. */
__must_check int xen_next_event(void);

/* The port on which the hypervisor tells that some domain shut down or died. */
uint32_t xen_death_port(void);

/* The event channel that domain 0's kernel made for its store. 0 or -ENODEV. */
__must_check int xen_own_port(uint32_t *port);

#endif
