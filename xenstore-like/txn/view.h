/* SPDX-License-Identifier: MIT */
/*
 * The store as one asker sees it: the tree's operations with permissions and quotas checked, inside
 * or outside a transaction. Outside, a change is made at once; inside, it is noted and made again
 * by view_commit(). All paths are canonical (path.h). Watches are told by the caller, from the
 * changes collected here.
 */
#ifndef XENSTORE_LIKE_VIEW_H
#define XENSTORE_LIKE_VIEW_H

#include <pvabi/xen.h>
#include <xenstore-like/tree/edit.h>
#include <xenstore-like/tree/perms.h>
#include "txn.h"

enum { SPECIAL_INTRODUCE, SPECIAL_RELEASE, SPECIAL_COUNT };

struct db {
	struct node *root;
	uint64_t gen;
	uint32_t owned[DOMID_FIRST_RESERVED]; /* nodes, by owner */
	struct perms *special[SPECIAL_COUNT];
};

struct view {
	struct db *db;
	struct who who;
	struct txn *txn; /* or NULL */
	struct changes *changes;
	const char *quota; /* the one that refused, after -ENOSPC */
};

int db_init(struct db *db);
void db_free(struct db *db);
/* SPECIAL_ number of "@introduceDomain" and "@releaseDomain", or -ENOENT. */
int db_special(const char *path);
/* Takes a dead domain out of all permissions; what it owned is domain 0's from now on, so that a
 * later domain of the same number inherits nothing. The nodes stay: the toolstack removes them. */
int db_forget_domain(struct db *db, uint32_t domid);

/* 0 or a negative errno. *node is valid until the next change. */
int view_read(struct view *v, const char *path, const struct node **node);
int view_list(struct view *v, const char *path, const struct node **node);
int view_write(struct view *v, const char *path, const void *value, size_t len);
int view_mkdir(struct view *v, const char *path);
int view_remove(struct view *v, const char *path);
int view_get_perms(struct view *v, const char *path, const struct perms **perms);
int view_set_perms(struct view *v, const char *path, struct perms *perms);

/* Commits v->txn, which the caller then frees. -EAGAIN: conflict. */
int view_commit(struct view *v);

#endif
