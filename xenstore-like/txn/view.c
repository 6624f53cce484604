/* SPDX-License-Identifier: MIT */
/*
 * The tree's operations with permissions and quotas (see view.h). Each operation looks at what it
 * needs, refuses or not, and ends in one step, made by view_make().
 */
#include "view.h"

#include <errno.h>
#include <string.h>
#include <xenstore-like/tree/path.h>
#include "quota.h"

static struct node **view_root(struct view *v)
{
	return v->txn ? &v->txn->work : &v->db->root;
}

static int refuse_quota(struct view *v, const char *quota)
{
	v->quota = quota;
	return -ENOSPC;
}

static int view_see(struct view *v, const char *path, unsigned int what)
{
	unsigned int max = who_is_privileged(v->who) ? TXN_OPS_PRIVILEGED_MAX : QUOTA_TXN_OPS_MAX;
	int rc;

	if (!v->txn || v->txn->doomed)
		return 0;
	if (v->txn->op_count >= max)
		return refuse_quota(v, "operations in a transaction");
	if (!who_is_privileged(v->who))
		what |= SEEN_PERMS;
	rc = txn_see(v->txn, path, what);
	if (rc)
		txn_doom(v->txn, v->db->root);
	return rc;
}

/* The path of the topmost missing node: the one right below the nearest ancestor. */
static void path_first_missing(const char *path, size_t up_len, char *out)
{
	size_t len;
	const char *rest = path + up_len, *part = path_next(&rest, &len);

	memcpy(out, path, part + len - path);
	out[part + len - path] = '\0';
}

/* A node is not there: -ENOENT, or -EACCES for whom the nearest ancestor does not let look (else
 * names could be probed). */
static int lookup_missing(struct view *v, const char *path, unsigned int need)
{
	char up[PATH_SPACE], first[PATH_SPACE];
	unsigned int missing;
	const struct node *near = tree_nearest(*view_root(v), path, up, &missing);
	int rc;

	path_first_missing(path, strlen(up), first);
	rc = view_see(v, first, SEEN_PRESENCE);
	if (!rc)
		rc = view_see(v, up, SEEN_PERMS);
	if (rc)
		return rc;
	return (perms_of(near->perms, v->who) & need) == need ? -ENOENT : -EACCES;
}

static int lookup(struct view *v, const char *path, unsigned int need, unsigned int what,
		  const struct node **out)
{
	const struct node *node;
	int rc;

	if (path_is_special(path))
		return -EINVAL;
	node = node_find(*view_root(v), path);
	if (!node)
		return lookup_missing(v, path, need);
	rc = view_see(v, path, what);
	if (rc)
		return rc;
	if ((perms_of(node->perms, v->who) & need) != need)
		return -EACCES;
	*out = node;
	return 0;
}

int view_read(struct view *v, const char *path, const struct node **node)
{
	return lookup(v, path, RIGHT_READ, SEEN_VALUE, node);
}

int view_list(struct view *v, const char *path, const struct node **node)
{
	return lookup(v, path, RIGHT_READ, SEEN_KIDS, node);
}

int view_get_perms(struct view *v, const char *path, const struct perms **perms)
{
	int special = path_is_special(path) ? db_special(path) : -EINVAL;
	const struct node *node;
	int rc;

	if (special >= 0) {
		*perms = v->db->special[special];
		return perms_of(*perms, v->who) & RIGHT_READ ? 0 : -EACCES;
	}
	rc = lookup(v, path, RIGHT_READ, SEEN_PERMS, &node);
	if (!rc)
		*perms = node->perms;
	return rc;
}

static void charges_settle(struct db *db, struct charges *charges)
{
	for (unsigned int i = 0; i < charges->count; i++)
		if (charges->list[i].domid < DOMID_FIRST_RESERVED)
			db->owned[charges->list[i].domid] += charges->list[i].delta;
	charges_free(charges);
}

static int make_now(struct view *v, struct step *step)
{
	struct charges charges = { 0 };
	struct edit e = { &v->db->root, &charges, v->db->gen + 1 };
	struct change *change = change_new(step->path);
	int rc;

	if (!change) {
		step_free(step);
		return -ENOMEM;
	}
	rc = step_make(step, &e, &change->removed);
	step_free(step);
	if (rc) {
		charges_free(&charges);
		change_free(change);
		return rc;
	}
	v->db->gen++;
	charges_settle(v->db, &charges);
	changes_add(v->changes, change);
	return 0;
}

static int make_in_txn(struct view *v, struct step *step)
{
	struct txn *txn = v->txn;
	struct edit e = { &txn->work, &txn->charges, ++v->db->gen };
	struct node *removed;
	int rc = step_make(step, &e, &removed);

	node_put(removed);
	if (rc || txn->doomed) {
		step_free(step);
		if (rc)
			txn_doom(txn, v->db->root);
		return rc;
	}
	txn_add(txn, step);
	return 0;
}

static int view_make(struct view *v, enum step_kind kind, const char *path, const void *value,
		     size_t len, struct perms *perms)
{
	uint32_t owner = who_is_privileged(v->who) ? DOMID_NONE : v->who.domid;
	struct step *step = step_new(kind, path, value, len, perms, owner);

	if (!step)
		return -ENOMEM;
	return v->txn ? make_in_txn(v, step) : make_now(v, step);
}

static int check_room(struct view *v, const char *path)
{
	char up[PATH_SPACE];
	unsigned int missing;
	int owned;

	if (who_is_privileged(v->who))
		return 0;
	tree_nearest(*view_root(v), path, up, &missing);
	owned = v->db->owned[v->who.domid];
	if (v->txn)
		owned += charges_of(&v->txn->charges, v->who.domid);
	if (owned + (int)missing > QUOTA_NODES_MAX)
		return refuse_quota(v, "nodes");
	return 0;
}

static int create(struct view *v, const char *path, const void *value, size_t len)
{
	int rc = check_room(v, path);

	return rc ? rc : view_make(v, STEP_CREATE, path, value, len, NULL);
}

int view_write(struct view *v, const char *path, const void *value, size_t len)
{
	const struct node *node;
	int rc;

	if (!who_is_privileged(v->who) && len > QUOTA_ENTRY_MAX)
		return refuse_quota(v, "entry size");
	rc = lookup(v, path, RIGHT_WRITE, SEEN_PRESENCE, &node);
	if (rc == -ENOENT)
		return create(v, path, value, len);
	return rc ? rc : view_make(v, STEP_WRITE, path, value, len, NULL);
}

int view_mkdir(struct view *v, const char *path)
{
	const struct node *node;
	int rc = lookup(v, path, RIGHT_WRITE, SEEN_PRESENCE, &node);

	return rc == -ENOENT ? create(v, path, NULL, 0) : rc;
}

int view_remove(struct view *v, const char *path)
{
	char up[PATH_SPACE];
	const struct node *node;
	int rc;

	if (strcmp(path, "/") == 0)
		return -EINVAL;
	rc = lookup(v, path, RIGHT_WRITE, SEEN_PRESENCE, &node);
	if (rc == -ENOENT) {
		/* Removing what is not there is fine where it could have been. */
		strcpy(up, path);
		path_to_parent(up);
		return node_find(*view_root(v), up) ? 0 : -ENOENT;
	}
	return rc ? rc : view_make(v, STEP_REMOVE, path, NULL, 0, NULL);
}

static int set_special(struct view *v, const char *path, struct perms *perms)
{
	int special = db_special(path);

	if (special < 0)
		return special;
	if (!who_is_privileged(v->who))
		return -EACCES;
	perms_put(v->db->special[special]);
	v->db->special[special] = perms_get(perms);
	return 0;
}

int view_set_perms(struct view *v, const char *path, struct perms *perms)
{
	const struct node *node;
	int rc;

	if (path_is_special(path))
		return set_special(v, path, perms);
	if (!who_is_privileged(v->who) && perms->count > QUOTA_PERMS_MAX)
		return refuse_quota(v, "permissions of a node");
	rc = lookup(v, path, RIGHT_WRITE | RIGHT_OWNER, SEEN_PERMS, &node);
	if (rc)
		return rc;
	if (!who_is_privileged(v->who) && perms_owner(node->perms) != perms_owner(perms))
		return -EPERM;
	return view_make(v, STEP_PERMS, path, NULL, 0, perms);
}

/* The domains that gained nodes through the asker's own changes; domain 0 may go beyond. */
static int commit_room(struct view *v, const struct charges *charges)
{
	int delta = charges_of(charges, v->who.domid);

	if (!who_is_privileged(v->who) && delta > 0 &&
	    (int)v->db->owned[v->who.domid] + delta > QUOTA_NODES_MAX)
		return refuse_quota(v, "nodes");
	return 0;
}

static int commit_steps(struct view *v, struct edit *e, struct changes *changes)
{
	for (struct step *step = v->txn->first; step; step = step->next) {
		struct change *change = change_new(step->path);
		int rc;

		if (!change)
			return -ENOMEM;
		changes_add(changes, change);
		rc = step_make(step, e, &change->removed);
		if (rc)
			return rc == -ENOMEM ? rc : -EAGAIN;
	}
	return commit_room(v, e->charges);
}

int view_commit(struct view *v)
{
	struct db *db = v->db;
	struct charges charges = { 0 };
	struct changes changes;
	struct change *change;
	struct node *root;
	struct edit e = { &root, &charges, db->gen + 1 };
	int rc;

	if (v->txn->doomed || txn_conflicts(v->txn, db->root))
		return -EAGAIN;
	changes_init(&changes);
	root = node_get(db->root);
	rc = commit_steps(v, &e, &changes);
	if (rc) {
		while ((change = changes_pop(&changes)))
			change_free(change);
		charges_free(&charges);
		node_put(root);
		return rc;
	}
	db->gen++;
	node_put(db->root);
	db->root = root;
	charges_settle(db, &charges);
	while ((change = changes_pop(&changes)))
		changes_add(v->changes, change);
	return 0;
}
