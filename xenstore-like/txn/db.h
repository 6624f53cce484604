/* SPDX-License-Identifier: MIT */
/*
 * The store as a whole: the present version of the tree, how much of it each domain owns, and who
 * may watch domains come and go.
 */
#ifndef XENSTORE_LIKE_DB_H
#define XENSTORE_LIKE_DB_H

#include <stdint.h>
#include <dom0-tools/base/must_check.h>
#include <pvabi/xen.h>
#include <xenstore-like/tree/edit.h>
#include <xenstore-like/tree/node.h>
#include <xenstore-like/tree/perms.h>

/* Names that are not nodes, but can be watched and have permissions. */
enum special { SPECIAL_INTRODUCE, SPECIAL_RELEASE, SPECIAL_COUNT };

struct step;

struct db {
	/* Is told each step that has become part of the present version; or NULL. */
	void (*note)(struct db *db, const struct step *step);
	struct node *root;
	uint64_t gen;                         /* of the last change, in a transaction or outside */
	uint32_t owned[DOMID_FIRST_RESERVED]; /* nodes, by owner */
	int64_t bytes[DOMID_FIRST_RESERVED];  /* of memory for them */
	uint64_t displaced; /* bytes that changes have put out of the present version so far */
	struct perms *special[SPECIAL_COUNT];
};

/* A tree of the root alone, which only domain 0 may see. 0 or -ENOMEM. */
__must_check int db_init(struct db *db);
void db_free(struct db *db);

/* SPECIAL_ number of "@introduceDomain" and "@releaseDomain", or -ENOENT. */
__must_check int db_special(const char *path);
const char *db_special_name(enum special special);

/* The permissions of a special name. */
void db_set_special(struct db *db, enum special special, struct perms *perms);

/* Adds up an edit that is now part of the present version, and empties its charges. */
void db_settle(struct db *db, struct edit *e);

/* Tells that a step has become part of the present version. */
void db_tell(struct db *db, const struct step *step);

#endif
