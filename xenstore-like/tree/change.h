/* SPDX-License-Identifier: MIT */
/*
 * What an edit has changed, for the watches: a list of paths, in the order of the changes.
 */
#ifndef XENSTORE_LIKE_CHANGE_H
#define XENSTORE_LIKE_CHANGE_H

#include "node.h"
#include "strmap.h"

/* removed: what was at path before, when it was removed; NULL when it was set. */
struct change {
	struct strmap_item item; /* first: for who looks for changes by path */
	struct change *next;
	struct node *removed;
	char path[];
};

struct changes {
	struct change *first;
	struct change **last;
};

void changes_init(struct changes *changes);

/* NULL when out of memory. */
struct change *change_new(const char *path);
void change_free(struct change *change);

/* Appends the change; the list owns it from then on. */
void changes_add(struct changes *changes, struct change *change);

/* The first, taken out; NULL when there is none. */
struct change *changes_pop(struct changes *changes);

/* Appends all that are in the other list, which is empty then. */
void changes_move(struct changes *changes, struct changes *from);

/* Frees all that are in the list. */
void changes_drop(struct changes *changes);

#endif
