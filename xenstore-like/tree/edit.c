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
#include "work.h"

const struct node *tree_nearest(const struct node *root, const char *path, char *up,
				unsigned int *missing)
{
	const struct node *node = root, *kid;
	const char *rest = path, *part;
	size_t len, up_len = 0;

	/* Down as far as there are nodes, but not to path itself. */
	while ((part = path_next(&rest, &len)) && *rest) {
		kid = node_kid(node, part, len);
		if (!kid)
			break;

		node = kid;
		up_len = rest - path;
	}

	memcpy(up, path, up_len);
	up[up_len] = '\0';
	if (!up_len)
		strcpy(up, "/");

	*missing = path_depth(path) - path_depth(up);
	return node;
}

static void path_go_down(char *path, const struct node *kid)
{
	size_t len = strlen(path);

	/* The root has its slash already. */
	if (len > 1)
		path[len++] = '/';
	strcpy(path + len, kid->name);
}

const struct node *tree_next(const struct node *root, char *path)
{
	const struct node *node = node_find(root, path);

	if (node && node->kid_count) {
		path_go_down(path, node->kids[0]);
		return node->kids[0];
	}

	while (path[1]) {
		char name[PATH_SPACE];
		unsigned int at;

		strcpy(name, strrchr(path, '/') + 1);
		path_to_parent(path);
		node = node_find(root, path);
		if (!node)
			continue;

		at = node_kid_after(node, name);
		if (at < node->kid_count) {
			path_go_down(path, node->kids[at]);
			return node->kids[at];
		}
	}
	return NULL;
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

static long chain_cost(const struct node *chain)
{
	long bytes = node_cost(chain);

	while (chain->kid_count) {
		chain = chain->kids[0];
		bytes += node_cost(chain);
	}
	return bytes;
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

	rc = tree_own(e->root, up, &place, &e->copied);
	if (rc)
		return rc;

	rc = node_add_kid(place, chain, e->gen);
	if (rc)
		return rc;

	charges_add(e->charges, owner, count, chain_cost(chain));
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
	if (node_find(near, rest))
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
	uint32_t owner;
	size_t before;
	int rc;

	rc = tree_own(e->root, path, &node, &e->copied);
	if (rc)
		return rc;

	owner = perms_owner(node->perms);
	rc = charges_reserve(e->charges, owner);
	if (rc)
		return rc;

	before = node->value_len;
	rc = node_set_value(node, value, len, e->gen);
	if (rc)
		return rc;

	charges_add(e->charges, owner, 0, (long)len - (long)before);
	e->replaced += before;
	return 0;
}

int edit_perms(struct edit *e, const char *path, struct perms *perms)
{
	struct node *node;
	uint32_t from, to;
	int rc;

	rc = tree_own(e->root, path, &node, &e->copied);
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

	charges_add(e->charges, from, -1, -(long)node_cost(node));
	charges_add(e->charges, to, 1, node_cost(node));
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

static void subtree_discharge(struct edit *e, const struct node *node)
{
	size_t cost = node_cost(node);

	work_add(1);
	charges_add(e->charges, perms_owner(node->perms), -1, -(long)cost);
	e->replaced += cost;

	for (unsigned int i = 0; i < node->kid_count; i++)
		subtree_discharge(e, node->kids[i]);
}

unsigned int subtree_count(const struct node *node, unsigned int max)
{
	unsigned int count = 1;

	work_add(1);
	for (unsigned int i = 0; i < node->kid_count && count < max; i++)
		count += subtree_count(node->kids[i], max - count);
	return count;
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
	rc = tree_own(e->root, up, &parent, &e->copied);
	if (rc)
		return rc;

	*removed = node_cut_kid(parent, name, strlen(name), e->gen);
	subtree_discharge(e, *removed);
	return 0;
}
