/* SPDX-License-Identifier: MIT */
/*
 * The pairing heap (Fredman, Sedgewick, Sleator, Tarjan, "The Pairing Heap", Algorithmica 1, 1986).
 * A node's children are a list from ->child along ->next; ->prev of the first child is the parent,
 * of any other the sibling before it. Pure.
 */
#include <lib/heap.h>

/* Makes the later of two roots the first child of the other, which is returned. */
static struct heap_node *merge(struct heap_node *a, struct heap_node *b)
{
	if (!a)
		return b;
	if (!b)
		return a;

	if (before(b->key, a->key)) {
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

/* Merges siblings by pairs, from left to right: a stack of heaps, linked by ->next. */
static struct heap_node *merge_pairs(struct heap_node *first)
{
	struct heap_node *stack = NULL;

	while (first) {
		struct heap_node *a = first, *b = a->next, *pair;

		first = b ? b->next : NULL;
		a->next = a->prev = NULL;
		if (b)
			b->next = b->prev = NULL;

		pair = merge(a, b);
		pair->next = stack;
		stack = pair;
	}
	return stack;
}

/* One heap out of a list of siblings: by pairs, and then all pairs from right to left. */
static struct heap_node *merge_siblings(struct heap_node *first)
{
	struct heap_node *stack = merge_pairs(first), *root = NULL;

	while (stack) {
		struct heap_node *pair = stack;

		stack = pair->next;
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

/* Takes @n, which is not the root, with all below it from its parent or the sibling before it. */
static void cut(struct heap_node *n)
{
	if (n->prev->child == n)
		n->prev->child = n->next;
	else
		n->prev->next = n->next;

	if (n->next)
		n->next->prev = n->prev;
}

void heap_remove(struct heap *h, struct heap_node *n)
{
	struct heap_node *below = merge_siblings(n->child);

	if (h->root == n) {
		h->root = below;
	} else {
		cut(n);
		h->root = merge(h->root, below);
	}
	n->child = n->next = n->prev = NULL;
}

struct heap_node *heap_next(struct heap_node *n)
{
	if (n->child)
		return n->child;

	/* Up to the nearest node, itself included, that has a sibling behind it. */
	while (n && !n->next) {
		while (n->prev && n->prev->child != n)
			n = n->prev;
		n = n->prev;
	}
	return n ? n->next : NULL;
}
