/* SPDX-License-Identifier: MIT */
/*
 * Forgetting a dead domain: it is taken out of all permissions, and what it owned is domain 0's
 * from then on, so that a later domain of the same number inherits nothing. The nodes stay: the
 * toolstack removes them.
 *
 * All nodes have to be looked at, so this goes in slices, from one path to the next. What was given
 * permissions since the domain's death is left alone: they may be for its successor.
 */
#ifndef XENSTORE_LIKE_FORGET_H
#define XENSTORE_LIKE_FORGET_H

#include <dom0-tools/base/must_check.h>
#include <xenstore-like/tree/path.h>
#include "db.h"

struct forget {
	struct forget *next; /* for the owner */
	uint32_t domid;
	uint64_t gen; /* of the db, when the domain died */
	bool begun;
	char path[PATH_SPACE]; /* of the node that was looked at last */
};

void forget_begin(struct forget *f, const struct db *db, uint32_t domid);

/* Goes on for so many steps of work (tree/work.h). 1: there is more to do; 0: done; -ENOMEM: some
 * permissions may still name the domain. */
__must_check int forget_go_on(struct forget *f, struct db *db, uint64_t steps);

/* All at once. 0 or -ENOMEM. */
__must_check int forget_all(struct forget *f, struct db *db);

#endif
