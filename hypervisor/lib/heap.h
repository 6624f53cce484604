/* SPDX-License-Identifier: MIT */
/*
 * A pairing heap: the least key at the root, links inside the objects, so nothing is allocated.
 * Insertion is one comparison; taking one out costs the logarithm on average. Keys are compared by
 * before(), so they may wrap, if all in one heap lie within 2^63. Locks are the caller's.
 */
#ifndef LIB_HEAP_H
#define LIB_HEAP_H

#include <lib/types.h>

struct heap_node {
	u64 key;
	struct heap_node *child, *next, *prev;
};

struct heap {
	struct heap_node *root; /* NULL: empty */
};

/* For numbers that wrap, times above all: does @a come before @b? They lie within 2^63. */
static inline bool before(u64 a, u64 b)
{
	return (s64)(a - b) < 0;
}

void heap_insert(struct heap *h, struct heap_node *n); /* n->key is set; it is on no heap */
void heap_remove(struct heap *h, struct heap_node *n); /* it is on @h */
/*
 * Behind @n in a walk through the heap from its root: parents first, else no order. NULL: the end.
 */
struct heap_node *heap_next(struct heap_node *n);

#endif
