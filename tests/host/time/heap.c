/* SPDX-License-Identifier: MIT */
/* The timer heap beside a list: random insertions and removals, the links whole after each, the soonest always at the root. */
#include "suites.h"

#include <stdlib.h>
#include <time/heap.h>

#define TIMERS 64
#define STEPS 2000

static u32 seed = 4711;

static u32 draw(u32 n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % n;
}

/* Links agree both ways, no child is sooner than its parent; how many there are. */
static u32 tree_check(const struct timer *t, const struct timer *before, u64 least)
{
	u32 n = 0;

	for (; t; before = t, t = t->next) {
		ck_assert_ptr_eq(t->prev, before);
		ck_assert_uint_ge(t->when, least);
		n += 1 + tree_check(t->child, t, t->when);
	}
	return n;
}

START_TEST(random_steps)
{
	struct timer t[TIMERS] = { 0 };
	bool in[TIMERS] = { false };
	struct timer_heap h = { NULL };
	u32 count = 0;

	for (u32 step = 0; step < STEPS; step++) {
		u32 i = draw(TIMERS);
		u64 least = TIME_NEVER;

		if (in[i]) {
			heap_remove(&h, &t[i]);
			ck_assert(!t[i].child && !t[i].next && !t[i].prev);
		} else {
			t[i].when = draw(100);
			heap_insert(&h, &t[i]);
		}
		in[i] = !in[i];
		count += in[i] ? 1 : -1;
		for (u32 k = 0; k < TIMERS; k++)
			if (in[k] && t[k].when < least)
				least = t[k].when;
		ck_assert_uint_eq(h.root ? h.root->when : TIME_NEVER, least);
		ck_assert(!h.root || !h.root->next);
		ck_assert_uint_eq(tree_check(h.root, NULL, 0), count);
	}
}
END_TEST

START_TEST(comes_out_sorted)
{
	static struct timer t[1000];
	struct timer_heap h = { NULL };
	u64 last = 0;

	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		t[i].when = draw(500);
		heap_insert(&h, &t[i]);
	}
	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		struct timer *first = h.root;

		ck_assert_uint_ge(first->when, last);
		last = first->when;
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
	suite_add_tcase(s, t);
	return s;
}
