/* SPDX-License-Identifier: MIT */
/*
 * The store as one asker sees it: the tree's operations with permissions and quotas checked, inside
 * or outside a transaction. Outside, a change is made at once; inside, it is noted and made again
 * by view_commit(). All paths are canonical (tree/path.h). Watches are told by the caller, from the
 * changes collected here.
 */
#ifndef XENSTORE_LIKE_VIEW_H
#define XENSTORE_LIKE_VIEW_H

#include <stddef.h>
#include <dom0-tools/base/must_check.h>
#include <xenstore-like/tree/change.h>
#include <xenstore-like/tree/node.h>
#include <xenstore-like/tree/perms.h>
#include "db.h"
#include "txn.h"

struct view {
	struct db *db;
	struct who who;
	struct txn *txn; /* or NULL */
	struct changes *changes;
	const char *quota; /* the one that refused, after -ENOSPC */
};

/*
 * All of these: 0 or a negative errno.
 *   -ENOENT   there is no such node
 *   -EACCES   no permission; also for a node that is not there, where one may not look
 *   -EPERM    only domain 0 gives a node away
 *   -ENOSPC   a quota, named in v->quota
 *   -EINVAL   the path is not one for this operation
 *   -ENOMEM   in a transaction, it is doomed then
 */

/* *node is valid until the next change. */
__must_check int view_read(struct view *v, const char *path, const struct node **node);
__must_check int view_list(struct view *v, const char *path, const struct node **node);

/* Makes the node, and all that is missing above it, if it is not there. */
__must_check int view_write(struct view *v, const char *path, const void *value, size_t len);

/* The same without a value; a node that is there stays as it is. */
__must_check int view_mkdir(struct view *v, const char *path);

/* The node and all below it. It need not be there, as long as its parent is. */
__must_check int view_remove(struct view *v, const char *path);

/* path may be special. *perms is valid until the next change. */
__must_check int view_get_perms(struct view *v, const char *path, const struct perms **perms);
__must_check int view_set_perms(struct view *v, const char *path, struct perms *perms);

/* Commits v->txn whole or not at all; the caller then frees it in any case. -EAGAIN: conflict. */
__must_check int view_commit(struct view *v);

#endif
