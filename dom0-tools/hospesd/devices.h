/* SPDX-License-Identifier: MIT */
/*
 * Tells feed.h of devices that come to a domain or leave it, from the backends' nodes in the store.
 * Those that are there at the first look at a domain came with it, and are no news.
 */
#ifndef HOSPES_HOSPESD_DEVICES_H
#define HOSPES_HOSPESD_DEVICES_H

#include <stdint.h>
#include <xenstore-like/client/client.h>

/* To be watched: what happens below it is a sign, of one domain's devices. */
#define DEVICES_PATH "/local/domain/0/backend"
void devices_sign(const char *path);

/* A running domain's devices, as they are now: if it gave a sign since its last look. */
void devices_look(struct store *s, uint32_t domid, const char *name);
/* It ends: its devices go with it, and are no news. */
void devices_forget(uint32_t domid);

#endif
