/* SPDX-License-Identifier: MIT */
/* Takes the looks of hospes top at the host. Each gives rates since the one before. */
#include "top.h"

#include <errno.h>
#include <stdlib.h>
#include <dom0-tools/device/dev.h>

/* A store daemon that was started anew needs a new connection. */
static void store_keep(struct host *h)
{
	if (h->store != NULL && !store_exists(h->store, STORE_NO_TXN, "/local")) {
		store_close(h->store);
		h->store = NULL;
	}

	if (h->store == NULL)
		h->store = dev_store_connect();
}

static int rates_make(struct top *top, const struct usage *before, struct hospes_error *err)
{
	top->rates = calloc(top->usage.count + 1, sizeof(*top->rates));
	if (top->rates == NULL)
		return error_set(err, -ENOMEM, "no memory for the table");

	usage_rates(before, &top->usage, top->rates);
	top_sort(top);
	return 0;
}

int top_look(struct host *h, struct top *top, struct hospes_error *err)
{
	struct usage before = top->usage;
	int rc;

	store_keep(h);
	free(top->rates);
	top->rates = NULL;

	rc = usage_read(h, &top->usage, err);
	if (rc == 0)
		rc = rates_make(top, &before, err);

	usage_free(&before);
	return rc;
}

void top_free(struct top *top)
{
	usage_free(&top->usage);
	free(top->rates);
}
