/* SPDX-License-Identifier: MIT */
/*
 * The persistent tree (see node.h). The rule that keeps old versions whole: a node with more than
 * one reference is never changed, and node_own() on the way down from a root makes a shared node's
 * children shared before they can be reached through the copy.
 */
#include "node.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "path.h"
#include "work.h"

#define KIDS_FIRST 4

/* Beside the structure, the name and the value: what malloc() adds, the place in the parent's list,
 * five permissions. */
#define NODE_OVERHEAD 128

uint64_t work_done;

struct node *node_new(const char *name, size_t len, struct perms *perms, uint64_t gen)
{
	struct node *node = calloc(1, sizeof(*node) + len + 1);

	if (!node)
		return NULL;

	node->refs = 1;
	node->value_gen = gen;
	node->perms_gen = gen;
	node->kids_gen = gen;
	node->perms = perms_get(perms);
	memcpy(node->name, name, len);
	return node;
}

struct node *node_get(struct node *node)
{
	assert(node->refs);
	node->refs++;
	return node;
}

size_t nodes_cost(unsigned int count, size_t bytes)
{
	return count * (sizeof(struct node) + NODE_OVERHEAD) + bytes;
}

size_t node_cost(const struct node *node)
{
	return nodes_cost(1, strlen(node->name) + node->value_len);
}

/* Recursion is as deep as the tree, and a path holds fewer than 1600 parts. */
void node_put(struct node *node)
{
	if (!node)
		return;

	assert(node->refs);
	node->refs--;
	if (node->refs)
		return;

	work_add(1);

	for (unsigned int i = 0; i < node->kid_count; i++)
		node_put(node->kids[i]);
	perms_put(node->perms);
	free(node->value);
	free(node->kids);
	free(node);
}

/* ---- finding */

/* How the name (len bytes) compares with a whole string. */
static int name_compare(const char *name, size_t len, const char *other)
{
	int diff = strncmp(name, other, len);

	if (diff)
		return diff;

	/* Equal, or only the beginning of the other. */
	return other[len] == '\0' ? 0 : -1;
}

/* The index of a name among the children, or where it would go. */
static unsigned int kid_place(const struct node *node, const char *name, size_t len, bool *found)
{
	unsigned int low = 0, high = node->kid_count;

	*found = false;
	while (low < high) {
		unsigned int mid = low + (high - low) / 2;
		int diff = name_compare(name, len, node->kids[mid]->name);

		work_add(1);
		if (diff == 0) {
			*found = true;
			return mid;
		}

		if (diff < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

struct node *node_kid(const struct node *node, const char *name, size_t len)
{
	bool found;
	unsigned int at = kid_place(node, name, len, &found);

	return found ? node->kids[at] : NULL;
}

unsigned int node_kid_after(const struct node *node, const char *name)
{
	bool found;
	unsigned int at = kid_place(node, name, strlen(name), &found);

	return found ? at + 1 : at;
}

const struct node *node_find(const struct node *root, const char *path)
{
	const struct node *node = root;
	const char *part;
	size_t len;

	while (node && (part = path_next(&path, &len)))
		node = node_kid(node, part, len);
	return node;
}

/* ---- owning */

/* These two fill a copy that is still empty. 0 or -ENOMEM. */

static int copy_value(struct node *copy, const struct node *node)
{
	if (!node->value)
		return 0;

	copy->value = malloc(node->value_len);
	if (!copy->value)
		return -ENOMEM;

	memcpy(copy->value, node->value, node->value_len);
	copy->value_len = node->value_len;
	return 0;
}

static int copy_kids(struct node *copy, const struct node *node)
{
	if (!node->kid_count)
		return 0;

	copy->kids = malloc(node->kid_count * sizeof(*copy->kids));
	if (!copy->kids)
		return -ENOMEM;

	copy->kid_space = node->kid_count;
	for (unsigned int i = 0; i < node->kid_count; i++)
		copy->kids[i] = node_get(node->kids[i]);
	copy->kid_count = node->kid_count;
	return 0;
}

static struct node *node_copy(const struct node *node)
{
	struct node *copy = node_new(node->name, strlen(node->name), node->perms, 0);

	if (!copy)
		return NULL;

	work_add(1 + (node->value_len + node->kid_count * sizeof(*node->kids)) / WORK_BYTES);
	copy->value_gen = node->value_gen;
	copy->perms_gen = node->perms_gen;
	copy->kids_gen = node->kids_gen;

	if (copy_value(copy, node) || copy_kids(copy, node)) {
		node_put(copy);
		return NULL;
	}
	return copy;
}

/* Replaces a node that others refer to as well by a copy. */
static int node_own(struct node **slot, size_t *copied)
{
	struct node *copy;

	if ((*slot)->refs == 1)
		return 0;

	copy = node_copy(*slot);
	if (!copy)
		return -ENOMEM;

	*copied += node_cost(copy) + copy->kid_count * sizeof(*copy->kids);
	node_put(*slot);
	*slot = copy;
	return 0;
}

int tree_own(struct node **root, const char *path, struct node **out, size_t *copied)
{
	struct node **slot = root;
	const char *part;
	size_t len;
	int rc;

	rc = node_own(slot, copied);
	if (rc)
		return rc;

	while ((part = path_next(&path, &len))) {
		bool found;
		unsigned int at = kid_place(*slot, part, len, &found);

		if (!found)
			return -ENOENT;

		slot = &(*slot)->kids[at];
		rc = node_own(slot, copied);
		if (rc)
			return rc;
	}

	*out = *slot;
	return 0;
}

/* ---- changing an owned node */

int node_set_value(struct node *node, const void *value, size_t len, uint64_t gen)
{
	char *copy = NULL;

	assert(node->refs == 1);
	if (len) {
		copy = malloc(len);
		if (!copy)
			return -ENOMEM;
		memcpy(copy, value, len);
	}

	free(node->value);
	node->value = copy;
	node->value_len = len;
	node->value_gen = gen;
	return 0;
}

void node_set_perms(struct node *node, struct perms *perms, uint64_t gen)
{
	assert(node->refs == 1);

	/* The new one first: both may be the same. */
	perms_get(perms);
	perms_put(node->perms);
	node->perms = perms;
	node->perms_gen = gen;
}

static int kids_grow(struct node *node)
{
	unsigned int space = node->kid_space ? node->kid_space * 2 : KIDS_FIRST;
	struct node **kids = realloc(node->kids, space * sizeof(*kids));

	if (!kids)
		return -ENOMEM;

	node->kids = kids;
	node->kid_space = space;
	return 0;
}

int node_add_kid(struct node *node, struct node *kid, uint64_t gen)
{
	unsigned int at, behind;
	bool found;
	int rc;

	assert(node->refs == 1);
	if (node->kid_count == node->kid_space) {
		rc = kids_grow(node);
		if (rc)
			return rc;
	}

	at = kid_place(node, kid->name, strlen(kid->name), &found);
	assert(!found);

	behind = node->kid_count - at;
	memmove(&node->kids[at + 1], &node->kids[at], behind * sizeof(*node->kids));
	node->kids[at] = kid;
	node->kid_count++;
	node->kids_gen = gen;
	return 0;
}

struct node *node_cut_kid(struct node *node, const char *name, size_t len, uint64_t gen)
{
	unsigned int at, behind;
	struct node *kid;
	bool found;

	assert(node->refs == 1);
	at = kid_place(node, name, len, &found);
	if (!found)
		return NULL;

	kid = node->kids[at];
	node->kid_count--;
	behind = node->kid_count - at;
	memmove(&node->kids[at], &node->kids[at + 1], behind * sizeof(*node->kids));
	node->kids_gen = gen;
	return kid;
}
