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
