/* SPDX-License-Identifier: MIT */
/*
 * The store as a whole (struct db of view.h): its beginning, its end, and forgetting a domain.
 */
#include "view.h"

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
	/* Owner is domain 0, the others see nothing: the root, and both special names. */
	struct perm mine = { 0, RIGHT_NONE };
	struct perms *perms = perms_new(&mine, 1);

	memset(db, 0, sizeof(*db));
	if (!perms)
		return -ENOMEM;
	db->root = node_new("", 0, perms, 0);
	for (int i = 0; i < SPECIAL_COUNT; i++)
		db->special[i] = perms_get(perms);
	perms_put(perms);
	if (!db->root) {
		db_free(db);
		return -ENOMEM;
	}
	db->owned[0] = 1;
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

static bool perms_name(const struct perms *perms, uint32_t domid)
{
	for (unsigned int i = 0; i < perms->count; i++)
		if (perms->p[i].domid == domid)
			return true;
	return false;
}

/* The list as it is without the domain; a new reference. */
static struct perms *perms_forget(struct perms *perms, uint32_t domid)
{
	struct perms *less = perms_without(perms, domid), *mine;

	if (!less || perms_owner(less) != domid)
		return less;
	mine = perms_with_owner(less, 0);
	perms_put(less);
	return mine;
}

static int node_forget(struct edit *e, const struct node *node, char *path, size_t len,
		       uint32_t domid)
{
	int rc = 0;

	if (perms_name(node->perms, domid)) {
		struct perms *perms = perms_forget(node->perms, domid);

		rc = perms ? edit_perms(e, len ? path : "/", perms) : -ENOMEM;
		perms_put(perms);
		/* The edit may have put a copy in the node's place. */
		node = node_find(*e->root, len ? path : "/");
	}
	for (unsigned int i = 0; !rc && i < node->kid_count; i++) {
		const struct node *kid = node->kids[i];
		size_t kid_len = strlen(kid->name) + 1;

		path[len] = '/';
		memcpy(path + len + 1, kid->name, kid_len);
		rc = node_forget(e, kid, path, len + kid_len, domid);
		path[len] = '\0';
		if (!rc)
			node = node_find(*e->root, len ? path : "/");
	}
	return rc;
}

int db_forget_domain(struct db *db, uint32_t domid)
{
	struct charges charges = { 0 };
	struct edit e = { &db->root, &charges, ++db->gen };
	char path[PATH_SPACE] = "";
	int rc = node_forget(&e, db->root, path, 0, domid);

	for (int i = 0; !rc && i < SPECIAL_COUNT; i++) {
		struct perms *perms = perms_forget(db->special[i], domid);

		if (!perms) {
			rc = -ENOMEM;
			break;
		}
		perms_put(db->special[i]);
		db->special[i] = perms;
	}
	for (unsigned int i = 0; i < charges.count; i++)
		db->owned[charges.list[i].domid] += charges.list[i].delta;
	charges_free(&charges);
	return rc;
}
