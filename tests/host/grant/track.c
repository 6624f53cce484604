/* SPDX-License-Identifier: MIT */
/* Mapping records: handles are found only while in use, never given twice, limited. */
#include "suites.h"

#include <stdlib.h>

#define PAGES 3
#define MOST  (PAGES * TRACKS_PER_PAGE)

START_TEST(limit)
{
	struct tracks t = { 0 };
	u32 handle;

	must((tracks_init(&t, PAGES)) == (0));
	ck_assert_ptr_null(track_find(&t, 0));
	for (u32 i = 0; i < MOST; i++) {
		struct track *r = track_alloc(&t, &handle);

		must(r && handle == i);
		ck_assert_ptr_null(track_find(&t, handle)); /* taken */
		r->flags = GNTMAP_host_map;
		ck_assert_ptr_eq(track_find(&t, handle), r);
	}
	ck_assert_ptr_null(track_alloc(&t, &handle));
	ck_assert_ptr_null(track_find(&t, MOST));
	ck_assert_ptr_null(track_find(&t, ~0u));
	track_free(&t, 100);
	ck_assert_ptr_null(track_find(&t, 100));
	must(track_alloc(&t, &handle) && handle == 100);
	tracks_free(&t);
	must((host_heap_blocks) == (0));
}
END_TEST

START_TEST(random_use)
{
	static bool used[MOST];
	struct tracks t = { 0 };
	u32 n = 0, handle;

	srand(5);
	must((tracks_init(&t, PAGES)) == (0));
	for (u32 i = 0; i < 200000; i++) {
		if (rand() % 2) {
			struct track *r = track_alloc(&t, &handle);

			must(!r == (n == MOST));
			if (!r)
				continue;
			must(!used[handle]);
			used[handle] = true;
			r->flags = GNTMAP_device_map;
			n++;
		} else {
			handle = rand() % MOST;
			must(!track_find(&t, handle) == !used[handle]);
			if (!used[handle])
				continue;
			track_free(&t, handle);
			used[handle] = false;
			n--;
		}
		must((t.used) == (n));
	}
	tracks_free(&t);
}
END_TEST

Suite *suite_track(void)
{
	Suite *s = suite_create("mapping records");
	TCase *t = tcase_create("track");

	tcase_add_test(t, limit);
	tcase_add_test(t, random_use);
	suite_add_tcase(s, t);
	return s;
}
