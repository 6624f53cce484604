/* SPDX-License-Identifier: MIT */
/*
 * Random operations from several CPUs at once, with hostile numbers, while granters scribble over
 * their tables. The models in world.c panic on a reference too few; at the end every count must be
 * explained.
 */
#include "suites.h"

#include <pthread.h>
#include <stdlib.h>

#define ROUNDS 30000
#define PAGES  6
#define REFS   16

static u64 pages[HOST_DOMAINS][PAGES];

static u32 one_of(unsigned int *seed, const u32 *list, u32 n)
{
	return list[rand_r(seed) % n];
}

static void scribble(u32 who, unsigned int *seed)
{
	struct grant_entry_v1 e = { rand_r(seed) % 2 ? (int)GTF_permit_access : rand_r(seed),
				    rand_r(seed) % HOST_DOMAINS,
				    rand_r(seed) % 8 ? pages[who][rand_r(seed) % PAGES]
						     : (u32)rand_r(seed) };

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

	map(me, rand_r(seed) % (HOST_DOMAINS + 1), rand_r(seed) % (REFS + 2),
	    rand_r(seed) % 40 * PAGE_SIZE, one_of(seed, flags, ARRAY_SIZE(flags)), &h);
}

static void random_unmap(u32 me, unsigned int *seed)
{
	struct gnttab_unmap_grant_ref list[5];

	for (u32 i = 0; i < ARRAY_SIZE(list); i++)
		list[i] = (struct gnttab_unmap_grant_ref){
			.host_addr = rand_r(seed) % 40 * PAGE_SIZE,
			.dev_bus_addr =
				rand_r(seed) % 2
					? pages[rand_r(seed) % HOST_DOMAINS][rand_r(seed) % PAGES]
						  << PAGE_SHIFT
					: 0,
			.handle = rand_r(seed) % 64
		};
	call(me, GNTTABOP_unmap_grant_ref, list, ARRAY_SIZE(list));
}

static void random_copy(u32 me, unsigned int *seed)
{
	struct gnttab_copy op = { .len = rand_r(seed) % 5000, .flags = rand_r(seed) % 4 };

	op.source.u.ref = op.flags & GNTCOPY_source_gref ? (u32)rand_r(seed) % REFS
							 : pages[me][rand_r(seed) % PAGES];
	op.dest.u.ref = op.flags & GNTCOPY_dest_gref ? (u32)rand_r(seed) % REFS
						     : pages[me][rand_r(seed) % PAGES];
	op.source.domid = op.flags & GNTCOPY_source_gref ? (u32)rand_r(seed) % HOST_DOMAINS
							 : DOMID_SELF;
	op.dest.domid = op.flags & GNTCOPY_dest_gref ? (u32)rand_r(seed) % HOST_DOMAINS
						     : DOMID_SELF;
	op.source.offset = rand_r(seed) % 2048;
	op.dest.offset = 2048 + rand_r(seed) % 2048;
	call(me, GNTTABOP_copy, &op, 1);
}

static void *guest(void *arg)
{
	unsigned int seed = (u64)arg;
	u32 me = (u64)arg % HOST_DOMAINS;

	for (u32 i = 0; i < ROUNDS; i++)
		switch (rand_r(&seed) % 4) {
		case 0:
			scribble(me, &seed);
			break;
		case 1:
			random_map(me, &seed);
			break;
		case 2:
			random_unmap(me, &seed);
			break;
		case 3:
			random_copy(me, &seed);
			break;
		}
	return NULL;
}

START_TEST(random_guests)
{
	pthread_t t[4];

	world_up();
	for (u32 i = 0; i < HOST_DOMAINS; i++)
		for (u32 j = 0; j < PAGES; j++)
			pages[i][j] = world_page(i, i);
	for (u64 i = 0; i < ARRAY_SIZE(t); i++)
		pthread_create(&t[i], NULL, guest, (void *)i);
	for (u32 i = 0; i < ARRAY_SIZE(t); i++)
		pthread_join(t[i], NULL);
	world_down();
}
END_TEST

Suite *suite_fuzz(void)
{
	Suite *s = suite_create("hostile use of grants");
	TCase *t = tcase_create("fuzz");

	tcase_set_timeout(t, 120);
	tcase_add_test(t, random_guests);
	suite_add_tcase(s, t);
	return s;
}
