/* SPDX-License-Identifier: MIT */
/* Reads and writes a guest's nodes; what follows from them is decided in domains.c. */
#include "place.h"

#include <stdio.h>
#include <stdlib.h>

void place_name_path(uint32_t domid, char path[PLACE_PATH_MAX])
{
	snprintf(path, PLACE_PATH_MAX, "/local/domain/%u/name", domid);
}

bool place_name(struct store *store, uint32_t domid, char name[CONFIG_NAME_MAX + 1])
{
	char path[PLACE_PATH_MAX], *text;

	place_name_path(domid, path);
	if (!store || store_read(store, STORE_NO_TXN, path, &text, NULL))
		return false;

	snprintf(name, CONFIG_NAME_MAX + 1, "%s", text);
	free(text);
	return true;
}

static int read_number(struct store *store, uint32_t domid, const char *node, uint64_t *number)
{
	char path[96];

	snprintf(path, sizeof(path), "/local/domain/%u/%s", domid, node);
	return store_read_number(store, STORE_NO_TXN, path, number);
}

bool place_read(struct store *store, uint32_t domid, struct guest_place *place)
{
	uint64_t port, frame;

	if (!store)
		return false;
	if (read_number(store, domid, "console/port", &port))
		return false;
	if (read_number(store, domid, "console/ring-ref", &frame))
		return false;

	place->domid = domid;
	place->port = (int)port;
	place->frame = (xen_pfn_t)frame;
	return true;
}

bool place_control_domain(struct store *store)
{
	if (store_write_string(store, STORE_NO_TXN, "/local/domain/0/domid", "0") < 0)
		return false;
	if (store_write_string(store, STORE_NO_TXN, "/local/domain/0/name", "Domain-0") < 0)
		return false;

	return store_mkdir(store, STORE_NO_TXN, "/vm") == 0;
}

/* Only while the domain's nodes are there: a late write must not bring them back. */
void place_publish(struct store *store, const struct guest *g)
{
	char port[96], tty[96];
	store_txn t;
	bool there;

	if (g->pty.master < 0 || store_transaction_start(store, &t))
		return;

	snprintf(port, sizeof(port), "/local/domain/%u/console/port", g->domid);
	snprintf(tty, sizeof(tty), "/local/domain/%u/console/tty", g->domid);
	there = store_exists(store, t, port) && !store_write_string(store, t, tty, g->pty.name);
	/* On a conflict the guest has ended; without the store it is made known again later. */
	ignore(store_transaction_end(store, t, there));
}
