/* SPDX-License-Identifier: MIT */
/*
 * The largest blocks that there are for the control domain, which drives devices: taken, traded,
 * given back, refused. It is trusted, and yet no call of it keeps others waiting: ring 0 never has
 * interrupts off, or a lock, for longer than for any guest.
 *
 * run by: tests/system/test-bound, as the control domain
 */
#include <tests/guest/dom0.h>
#include <tests/guest/reservation.h>

#define ORDER   12
#define BLOCK   (1u << ORDER)
#define CALLS   40
#define NOWHERE 0x100000 /* pfns beyond all memory of this machine */

static xen_pfn_t list[BLOCK], pfns[BLOCK];

static long memory(u32 cmd, xen_pfn_t *first, u64 n, u32 order)
{
	struct xen_memory_reservation r = reservation(first, n, order);

	return hc_memory_op(cmd, &r);
}

static void blocks(void)
{
	xen_pfn_t at[2] = { NOWHERE, NOWHERE + BLOCK };

	ok_is(memory(XENMEM_populate_physmap, at, 2, ORDER), 2, "two blocks of 2^%u are taken",
	      ORDER);
	stretches_told("populate");
	ok_is(memory(XENMEM_decrease_reservation, at, 2, ORDER), 2, "and given back");
	stretches_told("decrease");
}

static void exchanges(void)
{
	struct xen_memory_exchange x = { 0 };
	xen_pfn_t block = NOWHERE;

	for (u32 i = 0; i < BLOCK; i++)
		list[i] = pfns[i] = NOWHERE + i;
	ok_is(memory(XENMEM_populate_physmap, list, BLOCK, 0), BLOCK, "single frames are taken");
	stretches_told("populate, of single frames");

	x.in = reservation(list, BLOCK, 0);
	x.out = reservation(&block, 1, ORDER);
	ok_is(hc_memory_op(XENMEM_exchange, &x), 0, "and traded for a block");
	stretches_told("exchange for a block");

	x.in = reservation(&block, 1, ORDER);
	x.out = reservation(pfns, BLOCK, 0);
	x.nr_exchanged = 0;
	ok_is(hc_memory_op(XENMEM_exchange, &x), 0, "and the other way");
	stretches_told("exchange of a block");

	ok_is(memory(XENMEM_decrease_reservation, pfns, BLOCK, 0), BLOCK, "all are given back");
	stretches_told("decrease, of single frames");
}

/* The block's number can not be written to the list: it is taken, and free again. */
static void refusals(void)
{
	static struct multicall_entry calls[CALLS];
	struct xen_memory_reservation r;
	xen_pfn_t *fixed = page_alloc();

	fixed[0] = NOWHERE;
	page_readonly(fixed, va_to_mfn(fixed));
	r = reservation(fixed, 1, ORDER);
	for (u32 i = 0; i < CALLS; i++)
		calls[i] = (struct multicall_entry){ .op = __HYPERVISOR_memory_op,
						     .args = { XENMEM_populate_physmap, (u64)&r } };

	ok_is(hc_multicall(calls, CALLS), 0, "%u blocks whose number finds no place", CALLS);
	ok_is((long)calls[CALLS - 1].result, 0, "none is taken");
	stretches_told("blocks refused");
}

void test_main(void)
{
	stretches_forget();
	blocks();
	exchanges();
	refusals();
}
