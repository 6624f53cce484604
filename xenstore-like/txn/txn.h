/* SPDX-License-Identifier: MIT */
/*
 * Transactions: what one has read, what it has changed, and whether it may be committed. It works
 * on its own version of the tree; at the end each thing it has looked at must be in the present
 * tree as it was in the version it began with, and then its changes are made again on the present
 * tree. So two transactions conflict only where one has read what the other has changed.
 */
#ifndef XENSTORE_LIKE_TXN_H
#define XENSTORE_LIKE_TXN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <dom0-tools/base/must_check.h>
#include <xenstore-like/tree/edit.h>
#include <xenstore-like/tree/strmap.h>

/* What was looked at on a path. Whether the node exists is always part of it. */
enum {
	SEEN_PRESENCE = 0,
	SEEN_VALUE = 1,
	SEEN_PERMS = 2,
	SEEN_KIDS = 4,
};

enum step_kind { STEP_WRITE, STEP_CREATE, STEP_PERMS, STEP_REMOVE };

/* One change, to be made again at commit. */
struct step {
	struct step *next;
	enum step_kind kind;
	uint32_t owner;      /* STEP_CREATE: as for edit_create() */
	struct perms *perms; /* STEP_PERMS */
	size_t len;
	char *value;
	char path[];
};

struct txn {
	struct txn *next; /* of the same connection */
	uint32_t id;
	bool doomed;           /* will end in -EAGAIN whatever comes */
	uint64_t began;        /* seconds, on the server's clock */
	unsigned int op_count; /* seen and steps together */
	size_t bytes;          /* of memory for them, and for copies of nodes in work */
	uint64_t displaced;    /* the db's count when it began: what it may keep alive since */
	struct node *base;     /* the version it began with */
	struct node *work;     /* the same with its own changes */
	struct charges charges;
	struct strmap seen;
	struct step *first, **last;
};

/* Takes references of root. now: in seconds. NULL when out of memory. */
struct txn *txn_new(uint32_t id, struct node *root, uint64_t now);
void txn_free(struct txn *txn);

/* Drops all it holds and continues on the version root; its end will be -EAGAIN. */
void txn_doom(struct txn *txn, struct node *root);

/* What a record takes of memory. */
size_t seen_cost(size_t path_len);
size_t step_cost(size_t path_len, size_t value_len);

/* Records that these SEEN_ parts of path were looked at. 0 or -ENOMEM. */
__must_check int txn_see(struct txn *txn, const char *path, unsigned int what);

/* NULL when out of memory. */
struct step *step_new(enum step_kind kind, const char *path, const void *value, size_t len,
		      struct perms *perms, uint32_t owner);
void step_free(struct step *step);

/* Adds a step, and counts it. The transaction owns it from then on. */
void txn_add(struct txn *txn, struct step *step);

/* Does root differ from the base in anything that was seen? */
bool txn_conflicts(const struct txn *txn, const struct node *root);

/* Makes the step on e. *removed: as edit_remove(), for STEP_REMOVE, else NULL. 0, -ENOENT, -EEXIST,
 * -ENOMEM. */
__must_check int step_make(const struct step *step, struct edit *e, struct node **removed);

#endif
