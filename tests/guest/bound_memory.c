/* SPDX-License-Identifier: MIT */
/*
 * Many frames in one call, and few frames that are long to find: given back, taken, exchanged,
 * asked for below an address while each second frame is free. Ring 0 never keeps interrupts off for
 * long, and a large block is given back as a whole or not at all.
 *
 * run by: tests/system/test-bound, and for ever by tests/system/test-load
 */
#include <tests/guest/reservation.h>
#include <tests/guest/test.h>

#define FRAMES   2048
#define BLOCK    512
#define CALLS    31
#define REFUSALS 400
#define LOW      20 /* bits of an address: below 1 MiB nothing is free for guests */

static xen_pfn_t list[FRAMES], pfns[FRAMES];

static long memory(u32 cmd, xen_pfn_t *first, u64 n, u32 order)
{
	struct xen_memory_reservation r = reservation(first, n, order);

	return hc_memory_op(cmd, &r);
}

/* The last pages of the domain are mapped nowhere. */
static void pfns_set(void)
{
	for (u32 i = 0; i < FRAMES; i++)
		pfns[i] = start_info->nr_pages - FRAMES + i;
}

static void frames_find(void)
{
	pfns_set();
	for (u32 i = 0; i < FRAMES; i++)
		list[i] = pfn_to_mfn(pfns[i]);
}

static void too_large(void)
{
	long before = pages_reserved();

	ok(memory(XENMEM_decrease_reservation, list, 1, 18) <= 0, "a block of 2^18 is not taken");
	ok_is(pages_reserved(), before, "and no frame of it");
}

/* Each second frame is free then: no two of them join. */
static void holes(void)
{
	static xen_pfn_t half[FRAMES / 2];
	static struct multicall_entry calls[CALLS];
	struct xen_memory_reservation r;

	for (u32 i = 0; i < FRAMES / 2; i++)
		half[i] = list[2 * i + 1];
	ok_is(memory(XENMEM_decrease_reservation, half, FRAMES / 2, 0), FRAMES / 2,
	      "each second of %u frames is given back", FRAMES);

	r = reservation(pfns, 1, 0);
	r.mem_flags = XENMEMF_address_bits(LOW);
	for (u32 i = 0; i < CALLS; i++)
		calls[i] = (struct multicall_entry){ .op = __HYPERVISOR_memory_op,
						     .args = { XENMEM_populate_physmap, (u64)&r } };
	ok_is(hc_multicall(calls, CALLS), 0, "frames below 1 MiB are asked for");

	for (u32 i = 0; i < FRAMES / 2; i++)
		half[i] = pfns[2 * i + 1];
	ok_is(memory(XENMEM_populate_physmap, half, FRAMES / 2, 0), FRAMES / 2,
	      "others are taken in their place");
	for (u32 i = 0; i < FRAMES / 2; i++)
		list[2 * i + 1] = half[i];
}

static void exchanges(void)
{
	struct xen_memory_exchange x = { 0 };
	xen_pfn_t block = pfns[0];

	x.in = reservation(list, BLOCK, 0);
	x.out = reservation(&block, 1, 9);
	ok_is(hc_memory_op(XENMEM_exchange, &x), 0, "%u frames for a block", BLOCK);

	x.in = reservation(&block, 1, 9);
	x.out = reservation(list, BLOCK, 0);
	x.nr_exchanged = 0;
	for (u32 i = 0; i < BLOCK; i++)
		list[i] = pfns[i];
	ok_is(hc_memory_op(XENMEM_exchange, &x), 0, "and back");
}

static void populate_often(struct xen_memory_reservation *r, const char *what)
{
	static struct multicall_entry calls[REFUSALS];

	for (u32 i = 0; i < REFUSALS; i++)
		calls[i] = (struct multicall_entry){ .op = __HYPERVISOR_memory_op,
						     .args = { XENMEM_populate_physmap, (u64)r } };
	ok_is(hc_multicall(calls, REFUSALS), 0, "%u %s whose numbers find no place", REFUSALS,
	      what);
	ok_is((long)calls[REFUSALS - 1].result, 0, "none is taken");
}

/* The number of what is taken can not be written to the list: it is free again. */
static void refusals(void)
{
	static xen_pfn_t *fixed;
	struct xen_memory_reservation r;

	if (!fixed) {
		fixed = page_alloc();
		fixed[0] = pfns[0];
		page_readonly(fixed, va_to_mfn(fixed));
	}

	ok_is(memory(XENMEM_decrease_reservation, list, BLOCK, 0), BLOCK, "there is room for more");
	r = reservation(fixed, 1, 0);
	populate_often(&r, "frames");
	r = reservation(fixed, 1, 9);
	populate_often(&r, "blocks");
	for (u32 i = 0; i < BLOCK; i++)
		list[i] = pfns[i];
	ok_is(memory(XENMEM_populate_physmap, list, BLOCK, 0), BLOCK, "which is taken again");
}

static void blocks(void)
{
	xen_pfn_t at[2] = { start_info->nr_pages + 2 * BLOCK, start_info->nr_pages + 3 * BLOCK };

	ok_is(memory(XENMEM_decrease_reservation, list, FRAMES, 0), FRAMES,
	      "%u frames are given back", FRAMES);
	ok_is(memory(XENMEM_populate_physmap, at, 2, 9), 2, "two blocks of 2 MiB are taken");
	ok_is(memory(XENMEM_decrease_reservation, at, 2, 9), 2, "and given back as such");
	ok_is(memory(XENMEM_populate_physmap, pfns, FRAMES, 0), FRAMES, "%u frames are taken",
	      FRAMES);

	/* The call put the frames' numbers in the place of the pages'. */
	for (u32 i = 0; i < FRAMES; i++)
		list[i] = pfns[i];
	pfns_set();
}

void test_main(void)
{
	frames_find();

	do {
		too_large();
		holes();
		exchanges();
		refusals();
		blocks();
	} while (test_again());
}
