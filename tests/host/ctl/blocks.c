/* SPDX-License-Identifier: MIT */
/* A large block, given to a domain in pieces: what others find in the windows of the call. */
#include "suites.h"

#include <frame/alloc.h>
#include <pvabi/memory.h>

#define RESERVATION ((struct xen_memory_reservation *)arena)
#define FIRST       ((u64 *)(arena + 4096))

#define PIECE 256 /* frames that may come to it between two of them */

#define ORDER 10
#define BLOCK (1u << ORDER)
#define PLACE 5000

static u64 listed, most_listed;

static long populate(void)
{
	*FIRST = PLACE;
	*RESERVATION = (struct xen_memory_reservation){
		.extent_start.p = FIRST, .nr_extents = 1, .extent_order = ORDER, .domid = 1
	};
	return call(__HYPERVISOR_memory_op, XENMEM_populate_physmap, (u64)arena, 0);
}

static u64 m2p_of(u64 mfn)
{
	return ((u64 *)M2P_RW_VIRT)[mfn];
}

static void watch_pieces(void)
{
	most_listed = MAX(most_listed, guest->frames.count - listed);
	listed = guest->frames.count;
}

static void die_in_the_middle(void)
{
	if (guest->frames.count > listed)
		guest->dying = LIFE_DYING;
}

/* Whatever else there is to do, it is not done before a block of 4 MiB is. */
START_TEST(block_in_pieces)
{
	u64 tot = guest->tot_pages;

	guest->max_pages = 2000;
	listed = guest->frames.count;
	most_listed = 0;
	fake_in_window = watch_pieces;
	fake_budget_set(1);

	ck_assert_int_eq(populate(), 1);
	ck_assert_uint_eq(guest->tot_pages, tot + BLOCK);
	ck_assert_uint_eq(guest->frames.count, tot + BLOCK);
	ck_assert_uint_eq(m2p_of(*FIRST + BLOCK - 1), PLACE + BLOCK - 1);
	ck_assert(most_listed && most_listed <= PIECE);
}
END_TEST

/* What a domain did not get before it began to die is free, and it is not counted any more. */
START_TEST(dies_in_the_middle_of_a_block)
{
	u64 free_now = frames_free_count(), tot = guest->tot_pages;

	guest->max_pages = 2000;
	listed = guest->frames.count;
	fake_in_window = die_in_the_middle;
	fake_budget_set(1);

	ck_assert_int_eq(populate(), 1);
	ck_assert_uint_eq(guest->tot_pages, tot + PIECE);
	ck_assert_uint_eq(guest->frames.count, tot + PIECE);
	ck_assert_uint_eq(frames_free_count(), free_now - PIECE);
	ck_assert_uint_eq(m2p_of(*FIRST + PIECE), PFN_NONE.n);

	guest->dying = LIFE_ALIVE; /* its end is for world_down */
}
END_TEST

Suite *suite_blocks(void)
{
	Suite *s = suite_create("blocks");
	TCase *t = tcase_create("pieces");

	tcase_add_checked_fixture(t, world_up, world_down);
	tcase_add_test(t, block_in_pieces);
	tcase_add_test(t, dies_in_the_middle_of_a_block);
	suite_add_tcase(s, t);
	return s;
}
