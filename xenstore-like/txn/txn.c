/* SPDX-License-Identifier: MIT */
/*
 * Transactions (see txn.h): the record of what was seen and done. view.c keeps the record while the
 * transaction runs, and commits it.
 */
#include "txn.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What malloc() and the slots of a map add to a structure, about. */
#define OVERHEAD 48

struct seen {
	struct strmap_item item; /* first: strmap gives it back */
	unsigned int what;
	char path[];
};

_Static_assert(offsetof(struct seen, item) == 0, "strmap gives back the item");

struct txn *txn_new(uint32_t id, struct node *root, uint64_t now)
{
	struct txn *txn = calloc(1, sizeof(*txn));

	if (!txn)
		return NULL;

	txn->id = id;
	txn->began = now;
	txn->base = node_get(root);
	txn->work = node_get(root);
	txn->last = &txn->first;
	return txn;
}

/* Empties the record, and lets both versions go. */
static void txn_forget(struct txn *txn)
{
	struct strmap_item *item;
	struct step *step;

	while ((item = strmap_pop(&txn->seen)))
		free(item);

	while ((step = txn->first)) {
		txn->first = step->next;
		step_free(step);
	}
	txn->last = &txn->first;
	txn->op_count = 0;
	txn->bytes = 0;

	charges_free(&txn->charges);
	node_put(txn->base);
	node_put(txn->work);
}

void txn_free(struct txn *txn)
{
	txn_forget(txn);
	free(txn);
}

void txn_doom(struct txn *txn, struct node *root)
{
	txn_forget(txn);
	txn->base = node_get(root);
	txn->work = node_get(root);
	txn->doomed = true;
}

size_t seen_cost(size_t path_len)
{
	return sizeof(struct seen) + OVERHEAD + path_len;
}

size_t step_cost(size_t path_len, size_t value_len)
{
	/* The value is in the version as well. */
	return sizeof(struct step) + OVERHEAD + path_len + 2 * value_len;
}

static struct seen *seen_new(struct strmap *map, const char *path, size_t len)
{
	struct seen *seen = calloc(1, sizeof(*seen) + len + 1);

	if (!seen)
		return NULL;

	memcpy(seen->path, path, len);
	if (strmap_add(map, &seen->item, seen->path, len)) {
		free(seen);
		return NULL;
	}
	return seen;
}

int txn_see(struct txn *txn, const char *path, unsigned int what)
{
	size_t len = strlen(path);
	struct seen *seen;

	assert(!txn->doomed);
	seen = (struct seen *)strmap_find(&txn->seen, path, len);
	if (!seen) {
		seen = seen_new(&txn->seen, path, len);
		if (!seen)
			return -ENOMEM;
		txn->op_count++;
		txn->bytes += seen_cost(len);
	}

	seen->what |= what;
	return 0;
}

struct step *step_new(enum step_kind kind, const char *path, const void *value, size_t len,
		      struct perms *perms, uint32_t owner)
{
	size_t path_len = strlen(path);
	struct step *step = calloc(1, sizeof(*step) + path_len + 1);

	if (!step)
		return NULL;

	if (len) {
		step->value = malloc(len);
		if (!step->value) {
			free(step);
			return NULL;
		}
		memcpy(step->value, value, len);
	}

	step->kind = kind;
	step->owner = owner;
	step->len = len;
	if (perms)
		step->perms = perms_get(perms);
	memcpy(step->path, path, path_len);
	return step;
}

void step_free(struct step *step)
{
	perms_put(step->perms);
	free(step->value);
	free(step);
}

void txn_add(struct txn *txn, struct step *step)
{
	assert(!txn->doomed);

	step->next = NULL;
	*txn->last = step;
	txn->last = &step->next;
	txn->op_count++;
	txn->bytes += step_cost(strlen(step->path), step->len);
}

static bool node_differs(const struct node *a, const struct node *b, unsigned int what)
{
	if (!a || !b)
		return a != b;

	if ((what & SEEN_VALUE) && a->value_gen != b->value_gen)
		return true;

	if ((what & SEEN_PERMS) && a->perms_gen != b->perms_gen)
		return true;

	return (what & SEEN_KIDS) && a->kids_gen != b->kids_gen;
}

bool txn_conflicts(const struct txn *txn, const struct node *root)
{
	struct strmap_item *item;

	/* Nothing was changed at all. */
	if (root == txn->base)
		return false;

	for (item = strmap_first(&txn->seen); item; item = strmap_next(&txn->seen, item)) {
		const struct seen *seen = (const struct seen *)item;
		const struct node *then = node_find(txn->base, seen->path);
		const struct node *now = node_find(root, seen->path);

		if (node_differs(then, now, seen->what))
			return true;
	}
	return false;
}

int step_make(const struct step *step, struct edit *e, struct node **removed)
{
	*removed = NULL;

	switch (step->kind) {
	case STEP_WRITE:
		return edit_value(e, step->path, step->value, step->len);
	case STEP_CREATE:
		return edit_create(e, step->path, step->value, step->len, step->owner);
	case STEP_PERMS:
		return edit_perms(e, step->path, step->perms);
	case STEP_REMOVE:
		return edit_remove(e, step->path, removed);
	}
	return -EINVAL;
}
