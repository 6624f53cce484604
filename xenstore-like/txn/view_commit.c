/* SPDX-License-Identifier: MIT */
/*
 * The commit of a transaction (see view.h): its steps once more, on the present tree, all or none.
 */
#include <errno.h>
#include <string.h>
#include "quota.h"
#include "view.h"

/* The quota again, on the tree as it is now; domain 0 has none. */
static int commit_room(struct view *v, const struct charges *charges)
{
	struct charge charge = charges_of(charges, v->who.domid);
	int owned = v->db->owned[v->who.domid];
	int64_t bytes = v->db->bytes[v->who.domid];

	if (who_is_privileged(v->who))
		return 0;

	if (charge.nodes > 0 && owned + charge.nodes > (int)quota_of(QUOTA_NODES))
		return view_refuse(v, QUOTA_NODES);

	if (charge.bytes > 0 && bytes + charge.bytes > (int64_t)quota_of(QUOTA_BYTES))
		return view_refuse(v, QUOTA_BYTES);
	return 0;
}

/* Makes one step again. A path that was set already has its change in set. */
static int commit_step(const struct step *step, struct edit *e, struct changes *changes,
		       struct strmap *set)
{
	struct change *change = change_new(step->path);
	size_t len = strlen(step->path);
	int rc;

	if (!change)
		return -ENOMEM;

	rc = step_make(step, e, &change->removed);

	/* Once is enough to tell, however often it was set. */
	if (!rc && !change->removed && strmap_find(set, change->path, len)) {
		change_free(change);
		return 0;
	}

	if (!rc && !change->removed)
		rc = strmap_add(set, &change->item, change->path, len);
	if (rc) {
		change_free(change);
		return rc;
	}

	changes_add(changes, change);
	return 0;
}

/* Makes all steps again, on e, and collects the changes for the watches. */
static int commit_steps(struct view *v, struct edit *e, struct changes *changes)
{
	struct strmap set = { 0 };
	int rc = 0;

	for (struct step *step = v->txn->first; step && !rc; step = step->next)
		rc = commit_step(step, e, changes, &set);

	/* The items stay: the changes own them. */
	while (strmap_pop(&set))
		;

	/* The present tree has no place for the step any more. */
	if (rc && rc != -ENOMEM)
		return -EAGAIN;
	if (rc)
		return rc;

	return commit_room(v, e->charges);
}

int view_commit(struct view *v)
{
	struct db *db = v->db;
	struct charges charges = { 0 };
	struct changes changes;
	struct node *root;
	struct edit e = { .root = &root, .charges = &charges, .gen = db->gen + 1 };
	int rc;

	if (v->txn->doomed || txn_conflicts(v->txn, db->root))
		return -EAGAIN;

	/* The steps go into a new version, which becomes the present one only if all of them
	 * succeed. */
	changes_init(&changes);
	root = node_get(db->root);
	rc = commit_steps(v, &e, &changes);
	if (rc) {
		changes_drop(&changes);
		charges_free(&charges);
		node_put(root);
		return rc;
	}

	db->gen++;
	node_put(db->root);
	db->root = root;
	db_settle(db, &e);

	for (const struct step *step = v->txn->first; step; step = step->next)
		db_tell(db, step);
	changes_move(v->changes, &changes);
	return 0;
}
