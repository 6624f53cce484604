/* SPDX-License-Identifier: MIT */
/*
 * The changes that can be made to a version of the tree, and whom they are charged to (charge.h).
 * Whether a change is allowed was decided before (txn/view.c). Each edit is made whole or, when out
 * of memory, not at all.
 */
#ifndef XENSTORE_LIKE_EDIT_H
#define XENSTORE_LIKE_EDIT_H

#include <stddef.h>
#include <stdint.h>
#include <dom0-tools/base/must_check.h>
#include "charge.h"
#include "node.h"

struct edit {
	struct node **root;
	struct charges *charges;
	uint64_t gen;    /* of this edit */
	size_t copied;   /* bytes of nodes that were copied, because others refer to them as well */
	size_t replaced; /* bytes that are not in this version any more, but may be in others */
};

/* The nearest ancestor of path that exists, with its path in up (PATH_SPACE bytes). *missing: how
 * many nodes below it, path itself included, do not exist. */
const struct node *tree_nearest(const struct node *root, const char *path, char *up,
				unsigned int *missing);

/* Puts the path of the next node in the place of this one's: its first child, or else whoever comes
 * behind it or behind one above it. NULL after the last. The node at path need not exist. path has
 * PATH_SPACE bytes; begin with "/". */
const struct node *tree_next(const struct node *root, char *path);

/* Creates path, and missing nodes above it. owner: of the new nodes, or DOMID_NONE for the owner of
 * the nearest ancestor. 0, -EEXIST when it exists already, -ENOMEM. */
__must_check int edit_create(struct edit *e, const char *path, const void *value, size_t len,
			     uint32_t owner);

/* These: 0, -ENOENT, -ENOMEM. */
__must_check int edit_value(struct edit *e, const char *path, const void *value, size_t len);
__must_check int edit_perms(struct edit *e, const char *path, struct perms *perms);

/* The nodes from this one on down; the count ends at max. */
unsigned int subtree_count(const struct node *node, unsigned int max);

/* path must not be the root. *removed: a reference to what was removed. 0, -ENOENT, -ENOMEM. */
__must_check int edit_remove(struct edit *e, const char *path, struct node **removed);

#endif
