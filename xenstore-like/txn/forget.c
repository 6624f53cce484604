/* SPDX-License-Identifier: MIT */
/*
 * Forgetting a dead domain (see forget.h).
 */
#include "forget.h"

#include <errno.h>
#include <string.h>
#include <xenstore-like/tree/work.h>

/* The list without the domain: a new reference, or NULL when out of memory. */
static struct perms *perms_forget(struct perms *perms, uint32_t domid)
{
	struct perms *less, *mine;

	less = perms_without(perms, domid);
	if (!less || perms_owner(less) != domid)
		return less;

	mine = perms_with_owner(less, 0);
	perms_put(less);
	return mine;
}

static int node_forget(struct forget *f, struct db *db, const struct node *node)
{
	struct charges charges = { 0 };
	struct edit e = { .root = &db->root, .charges = &charges };
	struct perms *perms;
	int rc;

	work_add(1);
	if (node->perms_gen > f->gen || !perms_name(node->perms, f->domid))
		return 0;

	perms = perms_forget(node->perms, f->domid);
	if (!perms)
		return -ENOMEM;

	db->gen++;
	e.gen = db->gen;
	rc = edit_perms(&e, f->path, perms);
	db_settle(db, &e);
	perms_put(perms);
	return rc;
}

static int specials_forget(struct forget *f, struct db *db)
{
	for (enum special special = 0; special < SPECIAL_COUNT; special++) {
		struct perms *perms = perms_forget(db->special[special], f->domid);

		if (!perms)
			return -ENOMEM;

		db_set_special(db, special, perms);
		perms_put(perms);
	}
	return 0;
}

void forget_begin(struct forget *f, const struct db *db, uint32_t domid)
{
	f->next = NULL;
	f->domid = domid;
	f->gen = db->gen;
	f->begun = false;
	strcpy(f->path, "/");
}

int forget_go_on(struct forget *f, struct db *db, uint64_t steps)
{
	const uint64_t end = work_done + steps;
	const struct node *node = db->root;
	int rc;

	if (f->begun) {
		node = tree_next(db->root, f->path);
	} else {
		f->begun = true;
		rc = specials_forget(f, db);
		if (rc)
			return rc;
	}

	while (node) {
		rc = node_forget(f, db, node);
		if (rc)
			return rc;
		if (work_done >= end)
			return 1;
		node = tree_next(db->root, f->path);
	}
	return 0;
}

int forget_all(struct forget *f, struct db *db)
{
	int rc;

	do
		rc = forget_go_on(f, db, UINT32_MAX);
	while (rc > 0);
	return rc;
}
