/* SPDX-License-Identifier: MIT */
/*
 * Random operations from several CPUs at once, with hostile numbers, while granters scribble over
 * their tables. The models in world.c panic on a reference too few; at the end every count must be
 * explained.
 */
#include "suites.h"
#include "../fake/lock.h"

#include <pthread.h>
#include <stdlib.h>

#define ROUNDS 30000
#define PAGES  6
#define REFS   16

static u64 pages[FAKE_DOMAINS][PAGES];

static u32 one_of(unsigned int *seed, const u32 *list, u32 n)
{
	return list[rand_r(seed) % n];
}

static u64 random_page(unsigned int *seed)
{
	u32 who = rand_r(seed) % FAKE_DOMAINS;

	return pages[who][rand_r(seed) % PAGES];
}

/* An entry that is often a good grant of a page of its own. */
static void scribble(u32 who, unsigned int *seed)
{
	struct grant_entry_v1 e = {
		.flags = GTF_permit_access,
		.domid = rand_r(seed) % FAKE_DOMAINS,
		.frame = pages[who][rand_r(seed) % PAGES],
	};

	if (rand_r(seed) % 2)
		e.flags = rand_r(seed);
	if (!(rand_r(seed) % 8))
		e.frame = rand_r(seed);

	__atomic_store((u64 *)entry_of(who, rand_r(seed) % REFS), (u64 *)&e, __ATOMIC_SEQ_CST);
}

static void random_map(u32 me, unsigned int *seed)
{
	static const u32 flags[] = { GNTMAP_host_map,
				     GNTMAP_host_map | GNTMAP_readonly,
				     GNTMAP_device_map,
				     GNTMAP_host_map | GNTMAP_device_map,
				     0,
				     GNTMAP_readonly | GNTMAP_device_map };
	u32 h;

	map(me, rand_r(seed) % (FAKE_DOMAINS + 1), rand_r(seed) % (REFS + 2),
	    rand_r(seed) % 40 * PAGE_SIZE, one_of(seed, flags, ARRAY_SIZE(flags)), &h);
}

static void random_unmap(u32 me, unsigned int *seed)
{
	struct gnttab_unmap_grant_ref list[5] = { 0 };

	for (u32 i = 0; i < ARRAY_SIZE(list); i++) {
		list[i].host_addr = rand_r(seed) % 40 * PAGE_SIZE;
		list[i].handle = rand_r(seed) % 64;
		if (rand_r(seed) % 2)
			list[i].dev_bus_addr = random_page(seed) << PAGE_SHIFT;
	}

	call(me, GNTTABOP_unmap_grant_ref, list, ARRAY_SIZE(list));
}

/* A grant, or a page of its own. */
static void random_side(u32 me, bool is_ref, struct gnttab_copy_ptr *p, unsigned int *seed)
{
	if (is_ref) {
		p->u.ref = rand_r(seed) % REFS;
		p->domid = rand_r(seed) % FAKE_DOMAINS;
	} else {
		p->u.gmfn = pages[me][rand_r(seed) % PAGES];
		p->domid = DOMID_SELF;
	}
}

static void random_copy(u32 me, unsigned int *seed)
{
	struct gnttab_copy op = { .len = rand_r(seed) % 5000, .flags = rand_r(seed) % 4 };

	random_side(me, op.flags & GNTCOPY_source_gref, &op.source, seed);
	random_side(me, op.flags & GNTCOPY_dest_gref, &op.dest, seed);

	/* Halves that do not overlap: others write the same pages at the same time. */
	op.source.offset = rand_r(seed) % 2048;
	op.dest.offset = 2048 + rand_r(seed) % 2048;

	call(me, GNTTABOP_copy, &op, 1);
}

static void random_step(u32 me, unsigned int *seed)
{
	switch (rand_r(seed) % 4) {
	case 0:
		scribble(me, seed);
		break;
	case 1:
		random_map(me, seed);
		break;
	case 2:
		random_unmap(me, seed);
		break;
	case 3:
		random_copy(me, seed);
		break;
	}
}

static void *guest(void *arg)
{
	unsigned int seed = (u64)arg;
	u32 me = (u64)arg % FAKE_DOMAINS;

	for (u32 i = 0; i < ROUNDS; i++)
		random_step(me, &seed);

	return NULL;
}

static void pages_make(void)
{
	for (u32 i = 0; i < FAKE_DOMAINS; i++) {
		for (u32 j = 0; j < PAGES; j++)
			pages[i][j] = world_page(i, i);
	}
}

START_TEST(random_guests)
{
	pthread_t t[4];

	fake_lock_threads = true;
	world_up();
	pages_make();

	for (u64 i = 0; i < ARRAY_SIZE(t); i++)
		pthread_create(&t[i], NULL, guest, (void *)i);
	for (u32 i = 0; i < ARRAY_SIZE(t); i++)
		pthread_join(t[i], NULL);
	world_down();
}
END_TEST

/* One at a time: after each step every writable mapping has its handle. */
START_TEST(writers_have_handles)
{
	unsigned int seed = 7;

	world_up();
	pages_make();

	for (u32 i = 0; i < ROUNDS; i++) {
		random_step(i % FAKE_DOMAINS, &seed);
		world_handles_cover();
	}

	world_down();
}
END_TEST

Suite *suite_fuzz(void)
{
	Suite *s = suite_create("hostile use of grants");
	TCase *t = tcase_create("fuzz");

	tcase_set_timeout(t, 120);
	tcase_add_test(t, random_guests);
	tcase_add_test(t, writers_have_handles);
	suite_add_tcase(s, t);
	return s;
}
