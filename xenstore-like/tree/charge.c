/* SPDX-License-Identifier: MIT */
/*
 * The accounts of an edit (see charge.h): a short list, for an edit has few owners.
 */
#include "charge.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CHARGES_FIRST 4

static struct charge *charge_find(const struct charges *charges, uint32_t domid)
{
	for (unsigned int i = 0; i < charges->count; i++)
		if (charges->list[i].domid == domid)
			return &charges->list[i];
	return NULL;
}

static int charges_grow(struct charges *charges)
{
	unsigned int space = charges->space ? charges->space * 2 : CHARGES_FIRST;
	struct charge *list = realloc(charges->list, space * sizeof(*list));

	if (!list)
		return -ENOMEM;

	charges->list = list;
	charges->space = space;
	return 0;
}

int charges_reserve(struct charges *charges, uint32_t domid)
{
	int rc;

	if (charge_find(charges, domid))
		return 0;

	if (charges->count == charges->space) {
		rc = charges_grow(charges);
		if (rc)
			return rc;
	}

	charges->list[charges->count] = (struct charge){ .domid = domid };
	charges->count++;
	return 0;
}

void charges_add(struct charges *charges, uint32_t domid, int nodes, long bytes)
{
	struct charge *charge = charge_find(charges, domid);

	assert(charge);
	charge->nodes += nodes;
	charge->bytes += bytes;
}

struct charge charges_of(const struct charges *charges, uint32_t domid)
{
	const struct charge *charge = charge_find(charges, domid);

	if (charge)
		return *charge;
	return (struct charge){ .domid = domid };
}

void charges_free(struct charges *charges)
{
	free(charges->list);
	memset(charges, 0, sizeof(*charges));
}
