/* SPDX-License-Identifier: MIT */
/*
 * The devices that a domain has now, as the store and the kernel tell: those of its configuration,
 * and what came and went since. Reads only.
 */
#ifndef HOSPES_DEVICE_DEV_VIEW_H
#define HOSPES_DEVICE_DEV_VIEW_H

#include <limits.h>
#include <stdbool.h>
#include <dom0-tools/config/config.h>
#include "dev_nodes.h"

/* Far more devices of a kind than a configuration can hold. */
#define DEV_VIEWS_MAX 256

struct dev_view {
	enum dev_kind kind;
	unsigned int id;          /* vdev or handle */
	unsigned int state;       /* enum dev_state, of the backend ... */
	unsigned int guest_state; /* ... and as the guest's kernel tells */
	char name[24];            /* "xvda"; of an interface: dom0's end of it */

	/* of disks */
	char source[PATH_MAX];
	bool readonly, shareable, no_discard;
	int loop;       /* the number of its loop device, or -1 */
	uint64_t bytes; /* 0 until the backend has opened it */

	/* of interfaces */
	char mac[18];
	char bridge[CONFIG_IFNAME_MAX + 1]; /* "": in none */
	unsigned int mtu;                   /* of dom0's end, 0: it is not there */
	unsigned int queues;                /* that the guest uses; 0: it does not tell */
	uint64_t rate_kib;                  /* KiB/s that the guest sends at most; 0: no bound */
	bool link_up;                       /* dom0's end */
};

/* A domain's devices of one kind, by rising numbers: free(*views). Returns how many. */
__must_check int dev_views(struct store *s, uint32_t domid, enum dev_kind kind,
			   struct dev_view **views, struct hospes_error *err);

/*
 * The one that @who means: by number, target or source of a disk; by number, MAC address or link of
 * an interface. -ENODEV.
 */
__must_check int dev_view_find(struct store *s, uint32_t domid, enum dev_kind kind, const char *who,
			       struct dev_view *view, struct hospes_error *err);

/* The one with that number. -ENODEV. */
__must_check int dev_view_number(struct store *s, uint32_t domid, enum dev_kind kind,
				 unsigned int id, struct dev_view *view, struct hospes_error *err);

/* "connected", "waiting", ...; "" for none of xenbus's. */
const char *dev_state_word(unsigned int state);

/* "r" read only, "w" writable, "w!" writable in several domains at once, as xl says it. */
const char *dev_mode_word(const struct dev_view *view);

#endif
