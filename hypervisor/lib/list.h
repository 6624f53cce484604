/* SPDX-License-Identifier: MIT */
/*
 * Lists with the link inside the object. A list is a pointer to its first link; each link knows
 * what points at it, so it is taken off without a walk. All zero: an empty list, a link on no list.
 */
#ifndef LIB_LIST_H
#define LIB_LIST_H

#include <lib/types.h>

struct link {
	struct link *next, **at;
};

/* Puts @l at @at: the list itself, or the next of the link before it. */
static inline void list_insert(struct link **at, struct link *l)
{
	l->next = *at;
	l->at = at;
	if (l->next)
		l->next->at = &l->next;
	*at = l;
}

/* Does nothing to a link on no list. */
static inline void list_remove(struct link *l)
{
	if (!l->at)
		return;

	*l->at = l->next;
	if (l->next)
		l->next->at = l->at;
	l->at = NULL;
}

#endif
