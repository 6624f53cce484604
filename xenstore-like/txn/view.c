/* SPDX-License-Identifier: MIT */
/*
 * The tree's operations with permissions and quotas (see view.h). Each operation looks at what it
 * needs, may refuse, and ends in one step, made by view_make().
 */
#include "view.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <xenstore-like/tree/path.h>
#include "quota.h"

static struct node **view_root(struct view *v)
{
	return v->txn ? &v->txn->work : &v->db->root;
}

static bool is_privileged(const struct view *v)
{
	return who_is_privileged(v->who);
}

int view_refuse(struct view *v, enum quota quota)
{
	v->quota = quota_text(quota);
	return -ENOSPC;
}

int view_room(struct view *v, size_t more)
{
	int64_t bytes;

	if (is_privileged(v))
		return 0;

	bytes = v->db->bytes[v->who.domid] + (int64_t)(v->held + more);
	if (v->txn)
		bytes += charges_of(&v->txn->charges, v->who.domid).bytes;

	if (bytes > (int64_t)quota_of(QUOTA_BYTES))
		return view_refuse(v, QUOTA_BYTES);
	return 0;
}

/* ---- looking: whatever an operation depends on is recorded in the transaction */

/* Records that these SEEN_ parts of path were looked at. */
static int view_see(struct view *v, const char *path, unsigned int what)
{
	unsigned int max = quota_of(QUOTA_TXN_OPS);
	int rc;

	if (is_privileged(v))
		max = TXN_OPS_PRIVILEGED_MAX;

	if (!v->txn || v->txn->doomed)
		return 0;

	if (v->txn->op_count >= max)
		return view_refuse(v, QUOTA_TXN_OPS);

	rc = view_room(v, seen_cost(strlen(path)));
	if (rc)
		return rc;

	/* The asker was let in by the permissions: the result depends on them too. */
	if (!is_privileged(v))
		what |= SEEN_PERMS;

	rc = txn_see(v->txn, path, what);
	if (rc)
		txn_doom(v->txn, v->db->root);
	return rc;
}

static bool may(const struct view *v, const struct perms *perms, unsigned int need)
{
	return (perms_of(perms, v->who) & need) == need;
}

/* The path of the topmost missing node: the one right below the nearest ancestor. */
static void path_first_missing(const char *path, size_t up_len, char *out)
{
	const char *rest = path + up_len;
	const char *part;
	size_t part_len, len;

	part = path_next(&rest, &part_len);
	len = part + part_len - path;
	memcpy(out, path, len);
	out[len] = '\0';
}

/* For a node that is not there: -ENOENT, or -EACCES where the asker has no rights on the nearest
 * ancestor, or else names could be probed. */
static int lookup_missing(struct view *v, const char *path, unsigned int need)
{
	char up[PATH_SPACE], first[PATH_SPACE];
	const struct node *near;
	unsigned int missing;
	int rc;

	near = tree_nearest(*view_root(v), path, up, &missing);
	path_first_missing(path, strlen(up), first);

	rc = view_see(v, first, SEEN_PRESENCE);
	if (rc)
		return rc;

	rc = view_see(v, up, SEEN_PERMS);
	if (rc)
		return rc;

	return may(v, near->perms, need) ? -ENOENT : -EACCES;
}

/* Finds the node at path, if the asker has all the rights in need. what: SEEN_ bits, the parts of
 * the node that the operation will look at. */
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

	if (!may(v, node->perms, need))
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

static int get_special(struct view *v, int special, const struct perms **perms)
{
	*perms = v->db->special[special];
	return may(v, *perms, RIGHT_READ) ? 0 : -EACCES;
}

int view_get_perms(struct view *v, const char *path, const struct perms **perms)
{
	const struct node *node;
	int special, rc;

	if (path_is_special(path)) {
		special = db_special(path);
		return special < 0 ? -EINVAL : get_special(v, special, perms);
	}

	rc = lookup(v, path, RIGHT_READ, SEEN_PERMS, &node);
	if (rc)
		return rc;

	*perms = node->perms;
	return 0;
}

/* ---- changing: each operation ends in one step */

static int make_now(struct view *v, const struct step *step)
{
	struct db *db = v->db;
	struct charges charges = { 0 };
	struct edit e = { .root = &db->root, .charges = &charges, .gen = db->gen + 1 };
	struct change *change = change_new(step->path);
	int rc;

	if (!change)
		return -ENOMEM;

	rc = step_make(step, &e, &change->removed);
	if (rc) {
		charges_free(&charges);
		change_free(change);
		return rc;
	}

	db->gen++;
	db_settle(db, &e);
	db_tell(db, step);
	changes_add(v->changes, change);
	return 0;
}

/* *kept is set when the transaction has taken over the step, to make it again at commit. */
static int make_in_txn(struct view *v, struct step *step, bool *kept)
{
	struct txn *txn = v->txn;
	struct edit e = { .root = &txn->work, .charges = &txn->charges, .gen = v->db->gen + 1 };
	struct node *removed;
	int rc;

	v->db->gen++;
	rc = step_make(step, &e, &removed);
	txn->bytes += e.copied;
	node_put(removed);
	if (rc) {
		txn_doom(txn, v->db->root);
		return rc;
	}

	if (!txn->doomed) {
		txn_add(txn, step);
		*kept = true;
	}
	return 0;
}

static int view_make(struct view *v, enum step_kind kind, const char *path, const void *value,
		     size_t len, struct perms *perms)
{
	uint32_t owner = is_privileged(v) ? DOMID_NONE : v->who.domid;
	struct step *step;
	bool kept = false;
	int rc;

	if (v->txn && !v->txn->doomed) {
		rc = view_room(v, step_cost(strlen(path), len));
		if (rc)
			return rc;
	}

	step = step_new(kind, path, value, len, perms, owner);
	if (!step)
		return -ENOMEM;

	if (v->txn)
		rc = make_in_txn(v, step, &kept);
	else
		rc = make_now(v, step);

	if (!kept)
		step_free(step);
	return rc;
}

/* May the asker own all the nodes that path would add, the last with a value of len bytes? */
static int check_room(struct view *v, const char *path, size_t len)
{
	char up[PATH_SPACE];
	unsigned int missing;
	int owned;

	if (is_privileged(v))
		return 0;

	if (path_depth(path) > quota_of(QUOTA_DEPTH))
		return view_refuse(v, QUOTA_DEPTH);

	tree_nearest(*view_root(v), path, up, &missing);
	owned = v->db->owned[v->who.domid];
	if (v->txn)
		owned += charges_of(&v->txn->charges, v->who.domid).nodes;

	if (owned + (int)missing > (int)quota_of(QUOTA_NODES))
		return view_refuse(v, QUOTA_NODES);

	return view_room(v, nodes_cost(missing, strlen(path) - strlen(up) + len));
}

static int create(struct view *v, const char *path, const void *value, size_t len)
{
	int rc;

	rc = check_room(v, path, len);
	if (rc)
		return rc;

	return view_make(v, STEP_CREATE, path, value, len, NULL);
}

int view_write(struct view *v, const char *path, const void *value, size_t len)
{
	const struct node *node;
	int rc;

	if (!is_privileged(v) && len > quota_of(QUOTA_ENTRY))
		return view_refuse(v, QUOTA_ENTRY);

	rc = lookup(v, path, RIGHT_WRITE, SEEN_PRESENCE, &node);
	if (rc == -ENOENT)
		return create(v, path, value, len);
	if (rc)
		return rc;

	if (len > node->value_len) {
		rc = view_room(v, len - node->value_len);
		if (rc)
			return rc;
	}

	return view_make(v, STEP_WRITE, path, value, len, NULL);
}

int view_mkdir(struct view *v, const char *path)
{
	const struct node *node;
	int rc;

	rc = lookup(v, path, RIGHT_WRITE, SEEN_PRESENCE, &node);
	if (rc == -ENOENT)
		return create(v, path, NULL, 0);
	return rc;
}

/* Removing a node that is not there succeeds if its parent is. */
static int remove_missing(struct view *v, const char *path)
{
	char up[PATH_SPACE];

	strcpy(up, path);
	path_to_parent(up);
	return node_find(*view_root(v), up) ? 0 : -ENOENT;
}

int view_remove(struct view *v, const char *path)
{
	const struct node *node;
	int rc;

	if (strcmp(path, "/") == 0)
		return -EINVAL;

	rc = lookup(v, path, RIGHT_WRITE, SEEN_PRESENCE, &node);
	if (rc == -ENOENT)
		return remove_missing(v, path);
	if (rc)
		return rc;

	/* Others may have made nodes below it; who wants to remove so many does it in parts. */
	if (!is_privileged(v) && subtree_count(node, REMOVE_NODES_MAX + 1) > REMOVE_NODES_MAX) {
		v->quota = "nodes removed at once";
		return -ENOSPC;
	}

	return view_make(v, STEP_REMOVE, path, NULL, 0, NULL);
}

static int set_special(struct view *v, const char *path, struct perms *perms)
{
	int special = db_special(path);
	struct step *step;

	if (special < 0)
		return special;

	if (!is_privileged(v))
		return -EACCES;

	step = step_new(STEP_PERMS, path, NULL, 0, perms, DOMID_NONE);
	if (!step)
		return -ENOMEM;

	db_set_special(v->db, special, perms);
	db_tell(v->db, step);
	step_free(step);
	return 0;
}

int view_set_perms(struct view *v, const char *path, struct perms *perms)
{
	const struct node *node;
	int rc;

	if (path_is_special(path))
		return set_special(v, path, perms);

	if (!is_privileged(v) && perms->count > quota_of(QUOTA_PERMS))
		return view_refuse(v, QUOTA_PERMS);

	rc = lookup(v, path, RIGHT_WRITE | RIGHT_OWNER, SEEN_PERMS, &node);
	if (rc)
		return rc;

	/* Otherwise a domain could use up another's quota. */
	if (!is_privileged(v) && perms_owner(node->perms) != perms_owner(perms))
		return -EPERM;

	return view_make(v, STEP_PERMS, path, NULL, 0, perms);
}
