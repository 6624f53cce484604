/* SPDX-License-Identifier: MIT */
/* The maptrack: handles are found only while in use, never given twice, limited. */
#include "suites.h"

#include <stdlib.h>

#define PAGES 3
#define MOST  (PAGES * RECORDS_PER_PAGE)

/* Ends all mappings; no memory may be left then. */
static void maptrack_down(struct maptrack *m)
{
	for (u32 handle = 0; handle < maptrack_handles(m); handle++) {
		if (maptrack_find(m, handle))
			maptrack_release(m, handle);
	}

	must(m->used == 0);
	maptrack_free(m);
	must(fake_heap_blocks == 0);
}

START_TEST(limit)
{
	struct maptrack m = { 0 };
	struct maptrack_record *r;
	u32 handle;

	maptrack_init(&m, PAGES);
	ck_assert_ptr_null(maptrack_find(&m, 0));

	for (u32 i = 0; i < MOST; i++) {
		r = maptrack_take(&m, &handle);
		must(r && handle == i);
		ck_assert_ptr_null(maptrack_find(&m, handle)); /* busy */

		r->flags = GNTMAP_host_map;
		ck_assert_ptr_eq(maptrack_find(&m, handle), r);
	}

	ck_assert_ptr_null(maptrack_take(&m, &handle));
	ck_assert_ptr_null(maptrack_find(&m, MOST));
	ck_assert_ptr_null(maptrack_find(&m, ~0u));

	maptrack_release(&m, 100);
	ck_assert_ptr_null(maptrack_find(&m, 100));
	r = maptrack_take(&m, &handle);
	must(r && handle == 100);

	maptrack_release(&m, handle);
	maptrack_down(&m);
}
END_TEST

static bool used[MOST];

/* Takes a handle and counts it in *n, unless all are in use. */
static void take_one(struct maptrack *m, u32 *n)
{
	u32 handle;
	struct maptrack_record *r = maptrack_take(m, &handle);

	must(!r == (*n == MOST));
	if (!r)
		return;

	must(!used[handle]);
	used[handle] = true;
	r->flags = GNTMAP_device_map;
	++*n;
}

/* Releases a random handle, unless it is free. */
static void release_one(struct maptrack *m, u32 *n)
{
	u32 handle = rand() % MOST;

	must(!maptrack_find(m, handle) == !used[handle]);
	if (!used[handle])
		return;

	maptrack_release(m, handle);
	used[handle] = false;
	--*n;
}

START_TEST(random_use)
{
	struct maptrack m = { 0 };
	u32 n = 0;

	srand(5);
	maptrack_init(&m, PAGES);

	for (u32 i = 0; i < 200000; i++) {
		if (rand() % 2)
			take_one(&m, &n);
		else
			release_one(&m, &n);

		must(m.used == n);
	}

	maptrack_down(&m);
}
END_TEST

Suite *suite_maptrack(void)
{
	Suite *s = suite_create("maptrack");
	TCase *t = tcase_create("maptrack");

	tcase_add_test(t, limit);
	tcase_add_test(t, random_use);
	suite_add_tcase(s, t);
	return s;
}
