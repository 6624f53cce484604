/* SPDX-License-Identifier: MIT */
/*
 * The tree of nodes. It is persistent: whoever holds a reference to a root sees that version for
 * ever. A change first copies the nodes on its way that others refer to as well. So keeping a
 * version costs one reference, and without open transactions nothing is copied.
 *
 * Each node carries generations, which say when its value, its permissions and its list of children
 * were last changed; transactions compare them. Permissions are checked elsewhere (txn/view.c).
 */
#ifndef XENSTORE_LIKE_NODE_H
#define XENSTORE_LIKE_NODE_H

#include <stddef.h>
#include <stdint.h>
#include <dom0-tools/base/must_check.h>
#include "perms.h"

struct node {
	unsigned int refs;
	unsigned int kid_count;
	unsigned int kid_space;
	uint32_t value_len;
	uint64_t value_gen;
	uint64_t perms_gen;
	uint64_t kids_gen;
	struct perms *perms;
	char *value;
	struct node **kids; /* sorted by name */
	char name[];
};

/* An empty node with one reference. The name is len bytes; perms gets a reference more. NULL when
 * out of memory. */
struct node *node_new(const char *name, size_t len, struct perms *perms, uint64_t gen);

struct node *node_get(struct node *node);
/* The last put frees the node and puts its children. NULL is allowed. */
void node_put(struct node *node);

/* What a node takes of memory: charged to its owner. count nodes take so much, with bytes of names
 * and values together. Permissions of usual length are in it, for few nodes have a list of their
 * own. */
size_t nodes_cost(unsigned int count, size_t bytes);
size_t node_cost(const struct node *node);

/* The child of that name (len bytes), or NULL. */
struct node *node_kid(const struct node *node, const char *name, size_t len);

/* The place among the children of the first whose name is behind that one. */
unsigned int node_kid_after(const struct node *node, const char *name);

/* The node at a canonical path below root, or NULL. */
const struct node *node_find(const struct node *root, const char *path);

/* Makes the node at path, and all above it, changeable in this version alone. 0, -ENOENT, -ENOMEM;
 * *out lives until the next change of the version. *copied grows by the cost of the nodes that were
 * copied for it. */
__must_check int tree_own(struct node **root, const char *path, struct node **out, size_t *copied);

/* The following need an owned node: one with a single reference. gen: of the change. */

/* 0 or -ENOMEM. */
__must_check int node_set_value(struct node *node, const void *value, size_t len, uint64_t gen);

void node_set_perms(struct node *node, struct perms *perms, uint64_t gen);

/* Takes over the caller's reference to kid if it succeeds. No child may have that name yet. 0 or
 * -ENOMEM. */
__must_check int node_add_kid(struct node *node, struct node *kid, uint64_t gen);

/* Takes the child out; the caller owns its reference. NULL when there is none of that name. */
struct node *node_cut_kid(struct node *node, const char *name, size_t len, uint64_t gen);

#endif
