/* SPDX-License-Identifier: MIT */
/*
 * The pairing heap. A node's children are a list from ->child along ->next; ->prev of the first
 * child is the parent, of any other the sibling before it. Pure.
 */
#include <lib/heap.h>

/* Makes the greater of two roots the first child of the other; the winner. */
static struct heap_node *merge(struct heap_node *a, struct heap_node *b)
{
	if (!a || !b)
		return a ? a : b;
	if ((s64)(b->key - a->key) < 0) {
		struct heap_node *n = a;

		a = b;
		b = n;
	}
	b->prev = a;
	b->next = a->child;
	if (a->child)
		a->child->prev = b;
	a->child = b;
	return a;
}

/* One heap out of a list of siblings: pairs from left to right, then all from the right. */
static struct heap_node *merge_siblings(struct heap_node *first)
{
	struct heap_node *done = NULL, *root = NULL;

	while (first) {
		struct heap_node *a = first, *b = a->next, *pair;

		first = b ? b->next : NULL;
		a->next = a->prev = NULL;
		if (b)
			b->next = b->prev = NULL;
		pair = merge(a, b);
		pair->next = done; /* a stack of pairs */
		done = pair;
	}
	while (done) {
		struct heap_node *pair = done;

		done = pair->next;
		pair->next = NULL;
		root = merge(root, pair);
	}
	return root;
}

void heap_insert(struct heap *h, struct heap_node *n)
{
	n->child = n->next = n->prev = NULL;
	h->root = merge(h->root, n);
}

void heap_remove(struct heap *h, struct heap_node *n)
{
	struct heap_node *rest = merge_siblings(n->child);

	if (h->root == n) {
		h->root = rest;
	} else {
		if (n->prev->child == n)
			n->prev->child = n->next;
		else
			n->prev->next = n->next;
		if (n->next)
			n->next->prev = n->prev;
		h->root = merge(h->root, rest);
	}
	n->child = n->next = n->prev = NULL;
}

struct heap_node *heap_next(struct heap_node *n)
{
	if (n->child)
		return n->child;
	while (n && !n->next) {
		while (n->prev && n->prev->child != n)
			n = n->prev;
		n = n->prev;
	}
	return n ? n->next : NULL;
}
