/* SPDX-License-Identifier: MIT */
/*
 * The store as a whole (see db.h): its beginning, its end, and forgetting a domain.
 */
#include "db.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore-like/tree/path.h>

static const char *const special_names[SPECIAL_COUNT] = {
	[SPECIAL_INTRODUCE] = "@introduceDomain",
	[SPECIAL_RELEASE] = "@releaseDomain",
};

int db_init(struct db *db)
{
	/* The root and both special names belong to domain 0, and nobody else may see them. */
	const struct perm mine = { 0, RIGHT_NONE };
	struct perms *perms = perms_new(&mine, 1);

	memset(db, 0, sizeof(*db));
	if (!perms)
		return -ENOMEM;

	for (int i = 0; i < SPECIAL_COUNT; i++)
		db->special[i] = perms_get(perms);

	db->root = node_new("", 0, perms, 0);
	perms_put(perms);
	if (!db->root) {
		db_free(db);
		return -ENOMEM;
	}

	db->owned[0] = 1;
	db->bytes[0] = node_cost(db->root);
	return 0;
}

void db_free(struct db *db)
{
	node_put(db->root);
	for (int i = 0; i < SPECIAL_COUNT; i++)
		perms_put(db->special[i]);
	memset(db, 0, sizeof(*db));
}

int db_special(const char *path)
{
	for (int i = 0; i < SPECIAL_COUNT; i++)
		if (strcmp(path, special_names[i]) == 0)
			return i;
	return -ENOENT;
}

const char *db_special_name(enum special special)
{
	return special_names[special];
}

void db_settle(struct db *db, struct edit *e)
{
	struct charges *charges = e->charges;

	for (unsigned int i = 0; i < charges->count; i++) {
		const struct charge *charge = &charges->list[i];

		assert(charge->domid < DOMID_FIRST_RESERVED);
		db->owned[charge->domid] += charge->nodes;
		db->bytes[charge->domid] += charge->bytes;
	}

	db->displaced += e->copied + e->replaced;
	charges_free(charges);
}

void db_set_special(struct db *db, enum special special, struct perms *perms)
{
	perms_get(perms);
	perms_put(db->special[special]);
	db->special[special] = perms;
}

void db_tell(struct db *db, const struct step *step)
{
	if (db->note)
		db->note(db, step);
}

/* ---- forgetting a domain */

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

/* 1: the list was changed, and a copy may have replaced the node; 0: it did not name the domain;
 * -ENOMEM. */
static int node_forget(struct edit *e, const struct node *node, const char *path, uint32_t domid)
{
	struct perms *perms;
	int rc;

	if (!perms_name(node->perms, domid))
		return 0;

	perms = perms_forget(node->perms, domid);
	if (!perms)
		return -ENOMEM;

	rc = edit_perms(e, path, perms);
	perms_put(perms);
	return rc ? rc : 1;
}

/* The node and all below it; returns as node_forget(), for any of them. path has room for any path,
 * and holds the node's own, of len bytes ("" for the root). */
static int subtree_forget(struct edit *e, const struct node *node, char *path, size_t len,
			  uint32_t domid)
{
	const char *name = len ? path : "/"; /* whenever path holds len bytes */
	int rc, changed;

	changed = node_forget(e, node, name, domid);
	if (changed < 0)
		return changed;
	if (changed)
		node = node_find(*e->root, name);

	for (unsigned int i = 0; i < node->kid_count; i++) {
		const struct node *kid = node->kids[i];
		size_t kid_len = strlen(kid->name) + 1;

		path[len] = '/';
		memcpy(path + len + 1, kid->name, kid_len);
		rc = subtree_forget(e, kid, path, len + kid_len, domid);
		path[len] = '\0';
		if (rc < 0)
			return rc;

		/* A change below may have replaced this node too. */
		if (rc) {
			changed = 1;
			node = node_find(*e->root, name);
		}
	}
	return changed;
}

static int specials_forget(struct db *db, uint32_t domid)
{
	for (int i = 0; i < SPECIAL_COUNT; i++) {
		struct perms *perms = perms_forget(db->special[i], domid);

		if (!perms)
			return -ENOMEM;

		perms_put(db->special[i]);
		db->special[i] = perms;
	}
	return 0;
}

int db_forget_domain(struct db *db, uint32_t domid)
{
	struct charges charges = { 0 };
	struct edit e = { .root = &db->root, .charges = &charges, .gen = db->gen + 1 };
	char path[PATH_SPACE] = "";
	int rc;

	db->gen++;
	rc = subtree_forget(&e, db->root, path, 0, domid);
	if (rc >= 0)
		rc = specials_forget(db, domid);

	/* Also after a failure: the nodes done so far have their new owner. */
	db_settle(db, &e);
	return rc;
}
