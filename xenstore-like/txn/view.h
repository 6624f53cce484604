/* SPDX-License-Identifier: MIT */
/*
 * The store as one asker sees it: the tree's operations with permissions and quotas checked, inside
 * or outside a transaction. Outside, a change is made at once; inside, it is recorded and made
 * again by view_commit(). All paths are canonical (tree/path.h). Watches are told by the caller,
 * from the changes collected here.
 */
#ifndef XENSTORE_LIKE_VIEW_H
#define XENSTORE_LIKE_VIEW_H

#include <stddef.h>
#include <dom0-tools/base/must_check.h>
#include <xenstore-like/tree/change.h>
#include <xenstore-like/tree/node.h>
#include <xenstore-like/tree/perms.h>
#include "db.h"
#include "quota.h"
#include "txn.h"

struct view {
	struct db *db;
	struct who who;
	struct txn *txn; /* or NULL */
	struct changes *changes;
	size_t held;       /* bytes of memory that the asker holds besides its nodes */
	const char *quota; /* the one that refused, after -ENOSPC; or NULL */
};

/*
 * All of these: 0 or a negative errno.
 *   -ENOENT   there is no such node
 *   -EACCES   no permission; also for a missing node, if the asker may not know that it is missing
 *   -EPERM    only domain 0 can give a node to another owner
 *   -ENOSPC   a quota, named in v->quota
 *   -EINVAL   the path does not fit this operation
 *   -ENOMEM   a transaction may be doomed by it
 */

/* Names the quota that refuses. Returns -ENOSPC. */
__must_check int view_refuse(struct view *v, enum quota quota);

/* Has the asker room for so many bytes more? -ENOSPC: no. */
__must_check int view_room(struct view *v, size_t more);

/* *node is valid until the next change. */
__must_check int view_read(struct view *v, const char *path, const struct node **node);
__must_check int view_list(struct view *v, const char *path, const struct node **node);

/* Creates the node, and missing ones above it, if need be. */
__must_check int view_write(struct view *v, const char *path, const void *value, size_t len);

/* Creates the node with an empty value; one that exists is left as it is. */
__must_check int view_mkdir(struct view *v, const char *path);

/* Removes the node and all below it. It need not exist, as long as its parent does. */
__must_check int view_remove(struct view *v, const char *path);

/* path may be special. *perms is valid until the next change. */
__must_check int view_get_perms(struct view *v, const char *path, const struct perms **perms);
__must_check int view_set_perms(struct view *v, const char *path, struct perms *perms);

/* Commits v->txn whole or not at all; either way the caller then frees it. -EAGAIN: a conflict. */
__must_check int view_commit(struct view *v);

#endif
