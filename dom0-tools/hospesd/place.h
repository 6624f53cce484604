/* SPDX-License-Identifier: MIT */
/* What the store says of a guest's console and name, and what it is told of its terminal. */
#ifndef HOSPES_HOSPESD_PLACE_H
#define HOSPES_HOSPESD_PLACE_H

#include <stdbool.h>
#include <stdint.h>
#include <xenstore-like/client/client.h>
#include "guest.h"

#define PLACE_PATH_MAX 64

/* The node with a domain's name. */
void place_name_path(uint32_t domid, char path[PLACE_PATH_MAX]);

/* The name as the store has it, cut where it is too long; false: it has none yet. */
bool place_name(struct store *store, uint32_t domid, char name[CONFIG_NAME_MAX + 1]);

/* Where a domain's console is; false while not all of it is there. Leaves the rest of @place. */
bool place_read(struct store *store, uint32_t domid, struct guest_place *place);

/*
 * Nobody creates the control domain, so the nodes that programs and people expect of it are written
 * here. False: the store does not take them.
 */
bool place_control_domain(struct store *store);

/* Makes the guest's terminal known there. */
void place_publish(struct store *store, const struct guest *g);

#endif
