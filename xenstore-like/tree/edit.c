/* SPDX-License-Identifier: MIT */
/*
 * Changes to a version of the tree (see edit.h). Each first gets what can fail (memory, the nodes
 * on the way made its own), and then changes one place.
 */
#include "edit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "path.h"

int charges_add(struct charges *charges, uint32_t domid, int delta)
{
	struct charge *list;
	unsigned int space;

	for (unsigned int i = 0; i < charges->count; i++) {
		if (charges->list[i].domid == domid) {
			charges->list[i].delta += delta;
			return 0;
		}
	}
	if (charges->count == charges->space) {
		space = charges->space ? charges->space * 2 : 4;
		list = realloc(charges->list, space * sizeof(*list));
		if (!list)
			return -ENOMEM;
		charges->list = list;
		charges->space = space;
	}
	charges->list[charges->count++] = (struct charge){ domid, delta };
	return 0;
}

int charges_of(const struct charges *charges, uint32_t domid)
{
	for (unsigned int i = 0; i < charges->count; i++)
		if (charges->list[i].domid == domid)
			return charges->list[i].delta;
	return 0;
}

void charges_free(struct charges *charges)
{
	free(charges->list);
	memset(charges, 0, sizeof(*charges));
}

void changes_init(struct changes *changes)
{
	changes->first = NULL;
	changes->last = &changes->first;
}

struct change *change_new(const char *path)
{
	size_t len = strlen(path) + 1;
	struct change *change = calloc(1, sizeof(*change) + len);

	if (change)
		memcpy(change->path, path, len);
	return change;
}

void changes_add(struct changes *changes, struct change *change)
{
	change->next = NULL;
	*changes->last = change;
	changes->last = &change->next;
}

struct change *changes_pop(struct changes *changes)
{
	struct change *change = changes->first;

	if (change) {
		changes->first = change->next;
		if (!changes->first)
			changes->last = &changes->first;
	}
	return change;
}

void change_free(struct change *change)
{
	if (change)
		node_put(change->removed);
	free(change);
}

const struct node *tree_nearest(const struct node *root, const char *path, char *up,
				unsigned int *missing)
{
	const struct node *node;

	*missing = 0;
	strcpy(up, path);
	do {
		path_to_parent(up);
		++*missing;
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
		if (bottom && node_add_kid(bottom, node, gen)) {
			node_put(node);
			goto fail;
		}
		if (!top)
			top = node;
		bottom = node;
	}
	if (!bottom || node_set_value(bottom, value, len, gen))
		goto fail;
	return top;
fail:
	node_put(top);
	return NULL;
}

int edit_create(struct edit *e, const char *path, const void *value, size_t len, uint32_t owner)
{
	char up[PATH_SPACE];
	unsigned int missing;
	const struct node *near = tree_nearest(*e->root, path, up, &missing);
	struct perms *perms;
	struct node *chain, *place;
	size_t skip = strlen(up);

	if (missing == 1 && node_find(near, path + skip))
		return -EEXIST;
	perms = perms_with_owner(near->perms,
				 owner == DOMID_NONE ? perms_owner(near->perms) : owner);
	if (!perms)
		return -ENOMEM;
	chain = chain_new(path + skip, perms, value, len, e->gen);
	if (!chain)
		goto fail_perms;
	if (charges_add(e->charges, perms_owner(perms), missing))
		goto fail_chain;
	if (tree_own(e->root, up, &place) || node_add_kid(place, chain, e->gen))
		goto fail_charges;
	perms_put(perms);
	return 0;
fail_charges:
	charges_add(e->charges, perms_owner(perms), -(int)missing);
fail_chain:
	node_put(chain);
fail_perms:
	perms_put(perms);
	return -ENOMEM;
}

int edit_value(struct edit *e, const char *path, const void *value, size_t len)
{
	struct node *node;
	int rc = tree_own(e->root, path, &node);

	return rc ? rc : node_set_value(node, value, len, e->gen);
}

int edit_perms(struct edit *e, const char *path, struct perms *perms)
{
	struct node *node;
	int rc = tree_own(e->root, path, &node);

	if (rc)
		return rc;
	if (charges_add(e->charges, perms_owner(perms), 0) ||
	    charges_add(e->charges, perms_owner(node->perms), -1))
		return -ENOMEM;
	charges_add(e->charges, perms_owner(perms), 1);
	node_set_perms(node, perms, e->gen);
	return 0;
}

/* Makes room for all owners first (delta 0), so that the second walk cannot fail. */
static int charge_subtree(struct charges *charges, const struct node *node, int delta)
{
	int rc = charges_add(charges, perms_owner(node->perms), delta);

	for (unsigned int i = 0; !rc && i < node->kid_count; i++)
		rc = charge_subtree(charges, node->kids[i], delta);
	return rc;
}

int edit_remove(struct edit *e, const char *path, struct node **removed)
{
	const struct node *node = node_find(*e->root, path);
	const char *name = strrchr(path, '/') + 1;
	char up[PATH_SPACE];
	struct node *parent;

	if (!node)
		return -ENOENT;
	strcpy(up, path);
	path_to_parent(up);
	if (charge_subtree(e->charges, node, 0) || tree_own(e->root, up, &parent))
		return -ENOMEM;
	*removed = node_cut_kid(parent, name, strlen(name), e->gen);
	charge_subtree(e->charges, *removed, -1);
	return 0;
}
