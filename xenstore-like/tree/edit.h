/* SPDX-License-Identifier: MIT */
/*
 * The changes one can make to a version of the tree, and their bookkeeping: how many nodes each
 * domain owns (charges), and what changed (for the watches). Whether the change is allowed was
 * decided before (txn/view.c); each edit is made whole or, out of memory, not at all.
 */
#ifndef XENSTORE_LIKE_EDIT_H
#define XENSTORE_LIKE_EDIT_H

#include <stddef.h>
#include <stdint.h>
#include <dom0-tools/base/must_check.h>
#include "node.h"

/* Nodes gained and lost, by owner. */
struct charge {
	uint32_t domid;
	int delta;
};

/* All zeroes is an empty list. */
struct charges {
	struct charge *list;
	unsigned int count;
	unsigned int space;
};

/* Makes room for the domain, so that charges_add() for it cannot fail. 0 or -ENOMEM. */
__must_check int charges_reserve(struct charges *charges, uint32_t domid);

/* For a domain that has room. */
void charges_add(struct charges *charges, uint32_t domid, int delta);

/* What the domain has gained (less than 0: lost). */
int charges_of(const struct charges *charges, uint32_t domid);

/* Empties the list. */
void charges_free(struct charges *charges);

/* What watches are told. removed: what was at path before, or NULL when it was set. */
struct change {
	struct change *next;
	struct node *removed;
	char path[];
};

struct changes {
	struct change *first;
	struct change **last;
};

void changes_init(struct changes *changes);

/* NULL when out of memory. */
struct change *change_new(const char *path);
void change_free(struct change *change);

/* At the end; the list owns the change then. */
void changes_add(struct changes *changes, struct change *change);

/* The first, taken out; NULL when there is none. */
struct change *changes_pop(struct changes *changes);

/* Frees all that are in the list. */
void changes_drop(struct changes *changes);

struct edit {
	struct node **root;
	struct charges *charges;
	uint64_t gen; /* of this edit */
};

/* The parent or a further ancestor of path that exists, with its path in up (PATH_SPACE bytes);
 * *missing: how many nodes, path itself included, are not there. */
const struct node *tree_nearest(const struct node *root, const char *path, char *up,
				unsigned int *missing);

/* Makes path with all that is missing above it. owner: of the new nodes, or DOMID_NONE for the one
 * that the nearest ancestor has. 0, -EEXIST when it is there already, -ENOMEM. */
__must_check int edit_create(struct edit *e, const char *path, const void *value, size_t len,
			     uint32_t owner);

/* These: 0, -ENOENT, -ENOMEM. */
__must_check int edit_value(struct edit *e, const char *path, const void *value, size_t len);
__must_check int edit_perms(struct edit *e, const char *path, struct perms *perms);

/* path is not the root. *removed: a reference to what was cut off. 0, -ENOENT, -ENOMEM. */
__must_check int edit_remove(struct edit *e, const char *path, struct node **removed);

#endif
