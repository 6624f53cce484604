/* SPDX-License-Identifier: MIT */
/*
 * The pairing heap. A node's children are a list from ->child along ->next; ->prev of the first
 * child is the parent, of any other the sibling before it. Pure.
 */
#include <time/heap.h>

/* Makes the later of two roots the first child of the other; the winner. */
static struct timer *merge(struct timer *a, struct timer *b)
{
	if (!a || !b)
		return a ? a : b;
	if (b->when < a->when) {
		struct timer *t = a;

		a = b;
		b = t;
	}
	b->prev = a;
	b->next = a->child;
	if (a->child)
		a->child->prev = b;
	a->child = b;
	return a;
}

/* One heap out of a list of siblings: pairs from left to right, then all together from the right. */
static struct timer *merge_siblings(struct timer *first)
{
	struct timer *done = NULL, *root = NULL;

	while (first) {
		struct timer *a = first, *b = a->next, *pair;

		first = b ? b->next : NULL;
		a->next = a->prev = NULL;
		if (b)
			b->next = b->prev = NULL;
		pair = merge(a, b);
		pair->next = done; /* a stack of pairs */
		done = pair;
	}
	while (done) {
		struct timer *pair = done;

		done = pair->next;
		pair->next = NULL;
		root = merge(root, pair);
	}
	return root;
}

void heap_insert(struct timer_heap *h, struct timer *t)
{
	t->child = t->next = t->prev = NULL;
	h->root = merge(h->root, t);
}

void heap_remove(struct timer_heap *h, struct timer *t)
{
	struct timer *rest = merge_siblings(t->child);

	if (h->root == t) {
		h->root = rest;
	} else {
		if (t->prev->child == t)
			t->prev->child = t->next;
		else
			t->prev->next = t->next;
		if (t->next)
			t->next->prev = t->prev;
		h->root = merge(h->root, rest);
	}
	t->child = t->next = t->prev = NULL;
}
