/* SPDX-License-Identifier: MIT */
/*
 * The changes one can make to a version of the tree, and what they cost whom (charge.h). Whether
 * the change is allowed was decided before (txn/view.c); each edit is made whole or, out of memory,
 * not at all.
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
