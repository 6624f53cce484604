/* SPDX-License-Identifier: MIT */
/* Memory operations: extents out and in, trades, claims; who may; what an interruption leaves. */
#include "suites.h"

#include <ctl/domctl.h>
#include <frame/alloc.h>
#include <pvabi/memory.h>
#include <x86/paging.h>

#include <string.h>

#define RESERVATION ((struct xen_memory_reservation *)arena)
#define EXCHANGE    ((struct xen_memory_exchange *)arena)
#define LIST        ((u64 *)(arena + 4096))
#define LIST2       ((u64 *)(arena + 32768))

static long reserve(u32 op, domid_t who, u32 order, u32 n)
{
	*RESERVATION = (struct xen_memory_reservation){
		.extent_start.p = LIST, .nr_extents = n, .extent_order = order, .domid = who
	};
	return call(__HYPERVISOR_memory_op, op, (u64)arena, 0);
}

static u64 m2p_of(u64 mfn)
{
	return ((u64 *)M2P_RW_VIRT)[mfn];
}

START_TEST(populate_and_decrease)
{
	u64 tot = guest->tot_pages;

	for (u32 i = 0; i < 20; i++)
		LIST[i] = 1000 + 4 * i;
	ck_assert_int_eq(reserve(XENMEM_populate_physmap, 1, 1, 20), 20);
	ck_assert_uint_eq(guest->tot_pages, tot + 40);
	ck_assert_uint_eq(guest->memory.max_pfn, 1077);

	for (u32 i = 0; i < 20; i++) {
		ck_assert_uint_eq(m2p_of(LIST[i]), 1000 + 4 * i);
		ck_assert_uint_eq(m2p_of(LIST[i] + 1), 1001 + 4 * i);
		ck_assert_ptr_eq(frame_of(MFN(LIST[i]))->owner, guest);
		ck_assert_uint_eq(*(u64 *)mfn_to_virt(MFN(LIST[i])), 0);
	}

	ck_assert_int_eq(reserve(XENMEM_decrease_reservation, 1, 1, 20), 20);
	ck_assert_uint_eq(guest->tot_pages, tot);
	ck_assert_uint_eq(m2p_of(LIST[0]), PFN_NONE.n);

	/* a second time they are not its own */
	ck_assert_int_eq(reserve(XENMEM_decrease_reservation, 1, 1, 20), 0);
}
END_TEST

START_TEST(limits)
{
	world_as(guest);
	ck_assert_int_eq(reserve(XENMEM_increase_reservation, DOMID_SELF, 0, 100),
			 64); /* its limit */
	ck_assert_int_eq(reserve(XENMEM_increase_reservation, DOMID_SELF, 10, 1), 0); /* order */
	ck_assert_int_eq(reserve(XENMEM_increase_reservation, 0, 0, 1), -EPERM);
	ck_assert_int_eq(reserve(XENMEM_populate_physmap, 0, 0, 1), -EPERM);
	ck_assert_int_eq(reserve(XENMEM_decrease_reservation, DOMID_SELF, 0, 64), 64);
	world_as(dom0);
	ck_assert_int_eq(reserve(XENMEM_increase_reservation, 77, 0, 1), 0);
}
END_TEST

START_TEST(decrease_refuses_shared)
{
	LIST[0] = virt_to_mfn(guest->shared).n;
	world_as(guest);
	ck_assert_int_eq(reserve(XENMEM_decrease_reservation, DOMID_SELF, 0, 1), 0);
	ck_assert_ptr_eq(frame_of(MFN(LIST[0]))->owner, guest);

	LIST[0] = frame_list_first(&dom0->frames) - frame_table;
	ck_assert_int_eq(reserve(XENMEM_decrease_reservation, DOMID_SELF, 0, 1), 0);

	LIST[0] = ~0ul;
	ck_assert_int_eq(reserve(XENMEM_decrease_reservation, DOMID_SELF, 0, 1), 0);
}
END_TEST

START_TEST(list_ends_in_nowhere)
{
	u64 tot = guest->tot_pages;

	*RESERVATION = (struct xen_memory_reservation){
		.extent_start.p = (u64 *)(arena + ARENA_SIZE - 16), .nr_extents = 5, .domid = 1
	};
	ck_assert_int_eq(call(__HYPERVISOR_memory_op, XENMEM_populate_physmap, (u64)arena, 0), 2);
	ck_assert_uint_eq(guest->tot_pages, tot + 2);
	ck_assert_int_eq(call(__HYPERVISOR_memory_op, XENMEM_populate_physmap, 16, 0), 0);
}
END_TEST

/* Every pfn of an extent is one. */
START_TEST(pfns_do_not_wrap)
{
	u64 tot = guest->tot_pages;

	LIST[0] = ~0ul - 2;
	ck_assert_int_eq(reserve(XENMEM_populate_physmap, 1, 2, 1), 0);
	ck_assert_uint_eq(guest->tot_pages, tot);
}
END_TEST

/* dom0 drives devices, which may want larger blocks than a guest gets; but not the largest. */
START_TEST(orders)
{
	guest->max_pages = dom0->max_pages = 1ul << 20;
	ck_assert_int_eq(reserve(XENMEM_increase_reservation, DOMID_SELF, 10, 1), 1);
	ck_assert_int_eq(reserve(XENMEM_increase_reservation, DOMID_SELF, MAX_ORDER + 1, 1), 0);
	world_as(guest);
	ck_assert_int_eq(reserve(XENMEM_increase_reservation, DOMID_SELF, 10, 1), 0);
	ck_assert_int_eq(reserve(XENMEM_increase_reservation, DOMID_SELF, 9, 1), 1);
}
END_TEST

/* What is asked for by flags is kept, or refused. */
START_TEST(memory_flags)
{
	static const struct {
		u32 flags;
		bool kept;
	} cases[] = {
		{ XENMEMF_address_bits(32), true },
		{ XENMEMF_node(0), true },
		{ XENMEMF_node(3), true }, /* a wish */
		{ XENMEMF_exact_node(0), true },
		{ XENMEMF_exact_node(1), false },
		{ XENMEMF_exact_node_request, false },
		{ XENMEMF_populate_on_demand, false },
		{ XENMEMF_vnode, false },
		{ 1u << 19, false },
		{ 1u << 31, false },
	};
	u64 tot = guest->tot_pages;

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		LIST[0] = 0;
		*RESERVATION = (struct xen_memory_reservation){ .extent_start.p = LIST,
								.nr_extents = 1,
								.mem_flags = cases[i].flags,
								.domid = 1 };
		ck_assert_int_eq(call(__HYPERVISOR_memory_op, XENMEM_populate_physmap, (u64)arena,
				      0),
				 cases[i].kept);
		tot += cases[i].kept;
		ck_assert_uint_eq(guest->tot_pages, tot);
	}
}
END_TEST

static bool is_clear(mfn_t m, u32 pages)
{
	const u64 *word = mfn_to_virt(m);

	for (u64 i = 0; i < pages * PAGE_SIZE / sizeof(*word); i++)
		if (word[i])
			return false;
	return true;
}

/* Who gets a frame sees nothing of what was there, nor reaches it by an old translation. */
START_TEST(frames_come_clear_and_forgotten)
{
	struct frame *f;
	void *page;

	world_soil();
	LIST[0] = LIST[1] = 2000;
	ck_assert_int_eq(reserve(XENMEM_populate_physmap, 1, 2, 2), 2);
	for (u32 i = 0; i < 2; i++) {
		ck_assert(is_clear(MFN(LIST[i]), 4));
		ck_assert(world_forgotten[LIST[i]]);
	}

	ck_assert_int_eq(reserve(XENMEM_increase_reservation, 1, 0, 1), 1);
	ck_assert(is_clear(MFN(LIST[0]), 1));
	ck_assert(world_forgotten[LIST[0]]);

	f = world_frame(guest);
	ck_assert(is_clear(frame_mfn(f), 1));

	page = domain_alloc_shared(guest);
	ck_assert(is_clear(virt_to_mfn(page), 1));
	domain_free_shared(guest, page);
}
END_TEST

/* Where it is decided, under the lock: others ask before, to spare themselves the clearing. */
START_TEST(limit_holds_to_the_last)
{
	struct frame *f = frames_alloc(0, ADDR_ANY);

	guest->max_pages = guest->tot_pages;
	ck_assert_int_eq(domain_add_frames(guest, f, 0), -ENOMEM);
	guest->max_pages++;
	guest->dying = LIFE_DYING;
	ck_assert_int_eq(domain_add_frames(guest, f, 0), -ENOMEM);
	guest->dying = LIFE_ALIVE;
	ck_assert_int_eq(domain_add_frames(guest, f, 0), 0);
}
END_TEST

START_TEST(interrupted)
{
	guest->max_pages = 2000;
	fake_preempt_after = 4;
	for (u32 i = 0; i < 1000; i++)
		LIST[i] = i;
	ck_assert_int_eq(reserve(XENMEM_populate_physmap, 1, 0, 1000), 1000);
	ck_assert_uint_eq(world_restarts(), 1);
	for (u32 i = 0; i < 1000; i++)
		ck_assert_uint_eq(m2p_of(LIST[i]), i);
	ck_assert_uint_eq(guest->tot_pages, 1064);
}
END_TEST

static long exchange(u32 in_order, u32 n_in, u32 out_order, u32 n_out, u32 bits)
{
	*EXCHANGE = (struct xen_memory_exchange){
		.in = { .extent_start.p = LIST,
			.nr_extents = n_in,
			.extent_order = in_order,
			.domid = DOMID_SELF },
		.out = { .extent_start.p = LIST2,
			 .nr_extents = n_out,
			 .extent_order = out_order,
			 .mem_flags = XENMEMF_address_bits(bits),
			 .domid = DOMID_SELF },
	};
	return call(__HYPERVISOR_memory_op, XENMEM_exchange, (u64)arena, 0);
}

START_TEST(exchange_gathers)
{
	u64 tot;

	world_as(guest);
	tot = guest->tot_pages;
	for (u32 i = 0; i < 16; i++)
		LIST[i] = frame_mfn(world_frame(guest)).n;

	guest->max_pages = guest->tot_pages; /* at its limit */
	world_soil();
	LIST2[0] = 500;
	LIST2[1] = 600;

	ck_assert_int_eq(exchange(0, 16, 3, 2, 23), 0);
	ck_assert_uint_eq(EXCHANGE->nr_exchanged, 16);
	ck_assert_uint_eq(guest->tot_pages, tot + 16);
	for (u32 k = 0; k < 8; k++) {
		ck_assert_uint_eq(m2p_of(LIST2[0] + k), 500 + k);
		ck_assert_uint_eq(m2p_of(LIST2[1] + k), 600 + k);
		ck_assert_ptr_eq(frame_of(MFN(LIST2[1] + k))->owner, guest);
	}
	ck_assert(is_clear(MFN(LIST2[0]), 8) && is_clear(MFN(LIST2[1]), 8));
	ck_assert(!(LIST2[0] & 7) && LIST2[0] < 1u << 11);
}
END_TEST

/* Not even for dom0, which may trade for each of them. */
START_TEST(exchange_is_one_domains)
{
	u64 tot0 = dom0->tot_pages, tot1 = guest->tot_pages;

	LIST[0] = frame_mfn(world_frame(guest)).n;
	*EXCHANGE = (struct xen_memory_exchange){
		.in = { .extent_start.p = LIST, .nr_extents = 1, .domid = 1 },
		.out = { .extent_start.p = LIST2, .nr_extents = 1, .domid = DOMID_SELF },
	};
	ck_assert_int_eq(call(__HYPERVISOR_memory_op, XENMEM_exchange, (u64)arena, 0), -EINVAL);
	ck_assert_ptr_eq(frame_of(MFN(LIST[0]))->owner, guest);
	ck_assert(dom0->tot_pages == tot0 && guest->tot_pages == tot1 + 1);

	EXCHANGE->out.domid = 1;
	ck_assert_int_eq(call(__HYPERVISOR_memory_op, XENMEM_exchange, (u64)arena, 0), 0);
}
END_TEST

START_TEST(exchange_all_or_nothing)
{
	u64 free_now;
	struct frame *f;

	world_as(guest);
	for (u32 i = 0; i < 8; i++)
		LIST[i] = frame_mfn(f = world_frame(guest)).n;
	free_now = frames_free_count();

	ck_assert(frame_get(f, guest));
	ck_assert_int_eq(exchange(0, 8, 3, 1, 0), -EINVAL); /* the last is in use */
	frame_put(f);
	ck_assert_int_eq(frame_get_mapping(f, guest, true), 0);
	ck_assert_int_eq(exchange(0, 8, 3, 1, 0), -EINVAL); /* and writably */
	frame_put_mapping(f, true);

	LIST[7] = LIST[0];
	ck_assert_int_eq(exchange(0, 8, 3, 1, 0), -EINVAL); /* twice the same */

	LIST[7] = frame_mfn(f).n;
	ck_assert_int_eq(exchange(0, 8, 3, 1, 13), -ENOMEM); /* nothing lies so low */
	ck_assert_int_eq(exchange(0, 8, 3, 2, 0), -EINVAL);  /* unequal */
	ck_assert_int_eq(exchange(0, 7, 3, 1, 0), -EINVAL);
	ck_assert_int_eq(exchange(0, 8, 20, 1, 0), -EPERM);
	ck_assert_int_eq(exchange(0, ~0u, 0, ~0u, 0), -EPERM);
	ck_assert_int_eq(exchange(0, 1024, 3, 128, 0), -EPERM); /* a guest's 2 MiB at once */

	LIST[0] = virt_to_mfn(guest->shared).n;
	ck_assert_int_eq(exchange(0, 8, 3, 1, 0), -EINVAL);
	for (u32 i = 1; i < 8; i++)
		ck_assert_ptr_eq(frame_of(MFN(LIST[i]))->owner, guest);
	ck_assert_uint_eq(frames_free_count(), free_now);

	LIST[0] = frame_mfn(frame_list_first(&guest->frames)).n;
	ck_assert_int_eq(exchange(0, 8, 3, 1, 0), 0); /* what was refused is usable still */
}
END_TEST

START_TEST(claims)
{
	u64 free_now = frames_free_count();

	guest->max_pages = 1ul << 20;
	ck_assert_int_eq(reserve(XENMEM_claim_pages, 1, 0, 64), -EINVAL); /* a list is given */
	*RESERVATION = (struct xen_memory_reservation){ .nr_extents = 65 + free_now, .domid = 1 };
	ck_assert_int_eq(call(__HYPERVISOR_memory_op, XENMEM_claim_pages, (u64)arena, 0), -ENOMEM);
	ck_assert_uint_eq(claim_total(), 0);

	*RESERVATION = (struct xen_memory_reservation){ .nr_extents = 64 + free_now, .domid = 1 };
	ck_assert_int_eq(call(__HYPERVISOR_memory_op, XENMEM_claim_pages, (u64)arena, 0), 0);
	ck_assert_uint_eq(claim_total(), free_now);
	ck_assert_int_eq(reserve(XENMEM_increase_reservation, 0, 0, 1),
			 0); /* dom0 gets nothing now */
	ck_assert_uint_eq(frames_free_count(), free_now);
	ck_assert_int_eq(reserve(XENMEM_increase_reservation, 1, 0, 10), 10);
	ck_assert_uint_eq(claim_total(), free_now - 10);
	*RESERVATION = (struct xen_memory_reservation){ .nr_extents = 0, .domid = 1 };
	ck_assert_int_eq(call(__HYPERVISOR_memory_op, XENMEM_claim_pages, (u64)arena, 0), 0);
	ck_assert_uint_eq(claim_total(), 0);
	ck_assert_int_eq(reserve(XENMEM_increase_reservation, 0, 0, 1), 1);
	world_as(guest);
	*RESERVATION = (struct xen_memory_reservation){ .nr_extents = 100, .domid = DOMID_SELF };
	ck_assert_int_eq(call(__HYPERVISOR_memory_op, XENMEM_claim_pages, (u64)arena, 0), -EPERM);
}
END_TEST

static long claim(domid_t who, u64 pages)
{
	*RESERVATION = (struct xen_memory_reservation){ .nr_extents = pages, .domid = who };
	return call(__HYPERVISOR_memory_op, XENMEM_claim_pages, (u64)arena, 0);
}

START_TEST(claims_are_refused)
{
	struct frame *f = frame_list_first(&guest->frames);

	guest->max_pages = guest->tot_pages + 10;
	ck_assert_int_eq(claim(1, guest->max_pages + 1), -EINVAL); /* more than it may have */
	ck_assert_int_eq(claim(1, guest->tot_pages - 1), -EINVAL); /* less than it has */
	ck_assert_int_eq(claim(1, guest->max_pages), 0);
	ck_assert_int_eq(claim(1, guest->max_pages), -EINVAL); /* it has one */
	ck_assert_uint_eq(claim_total(), 10);

	/* A domain takes its claim along, and makes none any more. */
	ck_assert(frame_get(f, guest)); /* so that it stays a zombie */
	world_end(guest);
	world_as(dom0);
	ck_assert_uint_eq(claim_total(), 0);
	ck_assert_int_eq(claim(1, guest->max_pages), -EINVAL);
	ck_assert_uint_eq(claim_total(), 0);
	frame_put(f);
}
END_TEST

START_TEST(cpumaps)
{
	static const struct {
		u32 bits;
		u64 in;
	} maps[] = { { 0, 0 }, { 3, 7 }, { 9, 0x1ff }, { 64, 0x81ffff }, { 4000, 0x81ffff } };
	struct xenctl_bitmap b = { .bitmap.p = arena };
	u64 map;

	memcpy(arena, "\xff\xff\x81", 4);
	for (u32 i = 0; i < ARRAY_SIZE(maps); i++) {
		b.nr_bits = maps[i].bits;
		ck_assert_int_eq(cpumap_in(&b, &map), 0);
		ck_assert_uint_eq(map, maps[i].in);
	}
	memset(arena, 0xee, 32);
	b.nr_bits = 11;
	ck_assert_int_eq(cpumap_out(&b, ~0ul), 0);
	ck_assert_mem_eq(arena, "\xff\x07\xee", 3);
	b.nr_bits = 100;
	ck_assert_int_eq(cpumap_out(&b, 1ul << 63), 0);
	ck_assert_mem_eq(arena + 7, "\x80\0\0\0\0\0\xee", 7);
	b.nr_bits = ~0u;
	ck_assert_int_eq(cpumap_out(&b, 1), -EINVAL);
	ck_assert_int_eq(cpumap_in(&b, &map), 0);
}
END_TEST

START_TEST(maps)
{
	struct xen_foreign_memory_map *f = (void *)arena;
	struct xen_memory_map *m = (void *)arena;

	f->domid = 1;
	f->map.nr_entries = 2;
	f->map.buffer.p = LIST;
	memset(LIST, 0x11, 40);
	ck_assert_int_eq(call(__HYPERVISOR_memory_op, XENMEM_set_memory_map, (u64)arena, 0), 0);
	f->map.nr_entries = 129;
	ck_assert_int_eq(call(__HYPERVISOR_memory_op, XENMEM_set_memory_map, (u64)arena, 0),
			 -EINVAL);
	world_as(guest);
	ck_assert_int_eq(call(__HYPERVISOR_memory_op, XENMEM_set_memory_map, (u64)arena, 0),
			 -EPERM);
	m->nr_entries = 1;
	m->buffer.p = LIST2;
	ck_assert_int_eq(call(__HYPERVISOR_memory_op, XENMEM_memory_map, (u64)arena, 0), -EINVAL);
	m->nr_entries = 5;
	ck_assert_int_eq(call(__HYPERVISOR_memory_op, XENMEM_memory_map, (u64)arena, 0), 0);
	ck_assert_uint_eq(m->nr_entries, 2);
	ck_assert_uint_eq(LIST2[4], 0x1111111111111111);
	ck_assert_int_eq(call(__HYPERVISOR_memory_op, XENMEM_machine_memory_map, (u64)arena, 0),
			 -EPERM);
}
END_TEST

Suite *suite_memory(void)
{
	Suite *s = suite_create("memory");
	TCase *t = tcase_create("memory");

	tcase_add_checked_fixture(t, world_up, world_down);
	tcase_add_test(t, populate_and_decrease);
	tcase_add_test(t, limits);
	tcase_add_test(t, decrease_refuses_shared);
	tcase_add_test(t, list_ends_in_nowhere);
	tcase_add_test(t, pfns_do_not_wrap);
	tcase_add_test(t, orders);
	tcase_add_test(t, frames_come_clear_and_forgotten);
	tcase_add_test(t, limit_holds_to_the_last);
	tcase_add_test(t, interrupted);
	tcase_add_test(t, exchange_gathers);
	tcase_add_test(t, exchange_is_one_domains);
	tcase_add_test(t, exchange_all_or_nothing);
	tcase_add_test(t, claims);
	tcase_add_test(t, claims_are_refused);
	tcase_add_test(t, cpumaps);
	tcase_add_test(t, maps);
	tcase_add_test(t, memory_flags);
	suite_add_tcase(s, t);
	return s;
}
