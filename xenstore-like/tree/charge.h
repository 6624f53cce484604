/* SPDX-License-Identifier: MIT */
/*
 * The accounts of an edit: how many nodes, and bytes of memory, each domain gains and loses by it.
 * They are added to those of the store when the edit has become part of its present version
 * (txn/db.c).
 */
#ifndef XENSTORE_LIKE_CHARGE_H
#define XENSTORE_LIKE_CHARGE_H

#include <stdint.h>
#include <dom0-tools/base/must_check.h>

/* What one owner has gained or, below 0, lost. */
struct charge {
	uint32_t domid;
	int nodes;
	long bytes;
};

/* All zeroes is an empty list. */
struct charges {
	struct charge *list;
	unsigned int count;
	unsigned int space;
};

/* Makes room for the domain, so that charges_add() for it cannot fail. 0 or -ENOMEM. */
__must_check int charges_reserve(struct charges *charges, uint32_t domid);

/* The domain must have room (charges_reserve()). */
void charges_add(struct charges *charges, uint32_t domid, int nodes, long bytes);

/* What the domain has gained and lost so far. */
struct charge charges_of(const struct charges *charges, uint32_t domid);

/* Empties the list. */
void charges_free(struct charges *charges);

#endif
