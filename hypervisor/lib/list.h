/* SPDX-License-Identifier: MIT */
/*
 * Circular doubly linked lists with the link inside the object. A list's head is a link too;
 * an unlinked link points at itself, so list_del is safe to call twice.
 */
#ifndef LIB_LIST_H
#define LIB_LIST_H

#include <lib/types.h>

struct list {
	struct list *next, *prev;
};

#define LIST_INIT(name) { &(name), &(name) }

static inline void list_init(struct list *l)
{
	l->next = l->prev = l;
}

static inline bool list_empty(const struct list *l)
{
	return l->next == l;
}

/* Puts @l right before @at: with @at a head, at the tail of its list. */
static inline void list_add_tail(struct list *at, struct list *l)
{
	l->prev = at->prev;
	l->next = at;
	at->prev->next = l;
	at->prev = l;
}

/* Puts @l right behind @at: with @at a head, at the front of its list. */
static inline void list_add(struct list *at, struct list *l)
{
	list_add_tail(at->next, l);
}

static inline void list_del(struct list *l)
{
	l->prev->next = l->next;
	l->next->prev = l->prev;
	list_init(l);
}

#define list_entry(ptr, type, member) container_of(ptr, type, member)
#define list_first(head, type, member) list_entry((head)->next, type, member)

/* The body may unlink and free @pos. */
#define list_for_each(pos, head, type, member)                                              \
	for (struct list *it_ = (head)->next, *nx_ = it_->next;                             \
	     it_ != (head) && ((pos) = list_entry(it_, type, member), true);                \
	     it_ = nx_, nx_ = it_->next)

#endif
