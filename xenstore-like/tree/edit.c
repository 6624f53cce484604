/* SPDX-License-Identifier: MIT */
/*
 * Changes to a version of the tree (see edit.h). Each first does what can fail (memory, copies of
 * shared nodes on the way), and then changes one place.
 */
#include "edit.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include "path.h"

const struct node *tree_nearest(const struct node *root, const char *path, char *up,
				unsigned int *missing)
{
	const struct node *node;

	*missing = 0;
	strcpy(up, path);

	/* It ends at the root, which always exists. */
	do {
		path_to_parent(up);
		(*missing)++;
		node = node_find(root, up);
	} while (!node);

	return node;
}

/* The nodes of rest, one below the other, the last with the value. NULL when out of memory. */
static struct node *chain_new(const char *rest, struct perms *perms, const void *value, size_t len,
			      uint64_t gen)
{
	struct node *top = NULL, *bottom = NULL, *node;
	const char *part;
	size_t part_len;

	while ((part = path_next(&rest, &part_len))) {
		node = node_new(part, part_len, perms, gen);
		if (!node)
			goto fail;

		if (!top) {
			top = node;
		} else if (node_add_kid(bottom, node, gen)) {
			node_put(node);
			goto fail;
		}
		bottom = node;
	}

	if (!bottom || node_set_value(bottom, value, len, gen))
		goto fail;
	return top;

fail:
	node_put(top);
	return NULL;
}

/* Attaches the chain below the node at up, and charges its owner for count nodes. Takes over the
 * caller's reference if it succeeds. */
static int chain_attach(struct edit *e, const char *up, struct node *chain, unsigned int count)
{
	uint32_t owner = perms_owner(chain->perms);
	struct node *place;
	int rc;

	rc = charges_reserve(e->charges, owner);
	if (rc)
		return rc;

	rc = tree_own(e->root, up, &place);
	if (rc)
		return rc;

	rc = node_add_kid(place, chain, e->gen);
	if (rc)
		return rc;

	charges_add(e->charges, owner, count);
	return 0;
}

int edit_create(struct edit *e, const char *path, const void *value, size_t len, uint32_t owner)
{
	char up[PATH_SPACE];
	const struct node *near;
	const char *rest;
	unsigned int missing;
	struct perms *perms;
	struct node *chain;
	int rc;

	near = tree_nearest(*e->root, path, up, &missing);
	rest = path + strlen(up);
	if (missing == 1 && node_find(near, rest))
		return -EEXIST;

	if (owner == DOMID_NONE)
		owner = perms_owner(near->perms);
	perms = perms_with_owner(near->perms, owner);
	if (!perms)
		return -ENOMEM;

	chain = chain_new(rest, perms, value, len, e->gen);
	perms_put(perms);
	if (!chain)
		return -ENOMEM;

	rc = chain_attach(e, up, chain, missing);
	if (rc)
		node_put(chain);
	return rc;
}

int edit_value(struct edit *e, const char *path, const void *value, size_t len)
{
	struct node *node;
	int rc;

	rc = tree_own(e->root, path, &node);
	if (rc)
		return rc;

	return node_set_value(node, value, len, e->gen);
}

int edit_perms(struct edit *e, const char *path, struct perms *perms)
{
	struct node *node;
	uint32_t from, to;
	int rc;

	rc = tree_own(e->root, path, &node);
	if (rc)
		return rc;

	from = perms_owner(node->perms);
	to = perms_owner(perms);

	rc = charges_reserve(e->charges, from);
	if (rc)
		return rc;

	rc = charges_reserve(e->charges, to);
	if (rc)
		return rc;

	charges_add(e->charges, from, -1);
	charges_add(e->charges, to, 1);
	node_set_perms(node, perms, e->gen);
	return 0;
}

/* Makes room for all owners in the subtree. */
static int subtree_reserve(struct charges *charges, const struct node *node)
{
	int rc = charges_reserve(charges, perms_owner(node->perms));

	for (unsigned int i = 0; !rc && i < node->kid_count; i++)
		rc = subtree_reserve(charges, node->kids[i]);
	return rc;
}

static void subtree_discharge(struct charges *charges, const struct node *node)
{
	charges_add(charges, perms_owner(node->perms), -1);

	for (unsigned int i = 0; i < node->kid_count; i++)
		subtree_discharge(charges, node->kids[i]);
}

int edit_remove(struct edit *e, const char *path, struct node **removed)
{
	const struct node *node = node_find(*e->root, path);
	const char *name = strrchr(path, '/') + 1;
	char up[PATH_SPACE];
	struct node *parent;
	int rc;

	assert(*name);
	if (!node)
		return -ENOENT;

	rc = subtree_reserve(e->charges, node);
	if (rc)
		return rc;

	strcpy(up, path);
	path_to_parent(up);
	rc = tree_own(e->root, up, &parent);
	if (rc)
		return rc;

	*removed = node_cut_kid(parent, name, strlen(name), e->gen);
	subtree_discharge(e->charges, *removed);
	return 0;
}
