/* SPDX-License-Identifier: MIT */
/*
 * The pairing heap beside a list: random steps, the links whole after each, the least at the root.
 */
#include <lib/heap.h>

#define NODES 64
#define STEPS 2000

static u32 seed = 4711;

static u32 draw(u32 n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % n;
}

/* Links agree both ways, no child is less than its parent; how many there are. */
static u32 tree_check(const struct heap_node *t, const struct heap_node *before, u64 least)
{
	u32 n = 0;

	for (; t; before = t, t = t->next) {
		ck_assert_ptr_eq(t->prev, before);
		ck_assert_uint_ge(t->key, least);
		n += 1 + tree_check(t->child, t, t->key);
	}
	return n;
}

START_TEST(random_steps)
{
	struct heap_node t[NODES] = { 0 };
	bool in[NODES] = { false };
	struct heap h = { NULL };
	u32 count = 0;

	for (u32 step = 0; step < STEPS; step++) {
		u32 i = draw(NODES);
		u64 least = ~0ul;

		if (in[i]) {
			heap_remove(&h, &t[i]);
			ck_assert(!t[i].child && !t[i].next && !t[i].prev);
		} else {
			t[i].key = draw(100);
			heap_insert(&h, &t[i]);
		}
		in[i] = !in[i];
		count += in[i] ? 1 : -1;
		for (u32 k = 0; k < NODES; k++)
			if (in[k] && t[k].key < least)
				least = t[k].key;
		ck_assert_uint_eq(h.root ? h.root->key : ~0ul, least);
		ck_assert(!h.root || !h.root->next);
		ck_assert_uint_eq(tree_check(h.root, NULL, 0), count);
	}
}
END_TEST

/* Across the wrap of keys: those just below it come first. */
START_TEST(keys_wrap)
{
	struct heap_node n[8] = { 0 };
	struct heap h = { NULL };

	for (u32 i = 0; i < ARRAY_SIZE(n); i++) {
		n[i].key = (u64)((i * 3) % 8) - 4;
		heap_insert(&h, &n[i]);
	}
	for (u32 i = 0; i < ARRAY_SIZE(n); i++) {
		ck_assert_uint_eq(h.root->key, (u64)i - 4);
		heap_remove(&h, h.root);
	}
}
END_TEST

/* A walk meets every node once, parents before children, wherever removals left holes. */
START_TEST(walk_meets_all)
{
	struct heap_node n[NODES] = { 0 };
	struct heap h = { NULL };
	u32 left = NODES;

	for (u32 i = 0; i < NODES; i++) {
		n[i].key = draw(50);
		heap_insert(&h, &n[i]);
	}
	for (; left; left--) {
		u32 met = 0;

		for (struct heap_node *at = h.root; at; at = heap_next(at))
			met++;
		ck_assert_uint_eq(met, left);
		heap_remove(&h, left % 2 ? h.root : h.root->child);
	}
}
END_TEST

START_TEST(comes_out_sorted)
{
	static struct heap_node t[1000];
	struct heap h = { NULL };
	u64 last = 0;

	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		t[i].key = draw(500);
		heap_insert(&h, &t[i]);
	}
	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		struct heap_node *first = h.root;

		ck_assert_uint_ge(first->key, last);
		last = first->key;
		heap_remove(&h, first);
	}
	ck_assert_ptr_null(h.root);
}
END_TEST

Suite *suite_heap(void)
{
	Suite *s = suite_create("heap");
	TCase *t = tcase_create("heap");

	tcase_add_test(t, random_steps);
	tcase_add_test(t, comes_out_sorted);
	tcase_add_test(t, keys_wrap);
	tcase_add_test(t, walk_meets_all);
	suite_add_tcase(s, t);
	return s;
}
