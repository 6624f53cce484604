/* SPDX-License-Identifier: MIT */
/*
 * The largest blocks that there are for the control domain, which drives devices: taken, traded,
 * given back, refused. It is trusted, and yet no call of it keeps others waiting: ring 0 never has
 * interrupts off, or a lock, for longer than for any guest.
 *
 * run by: tests/system/test-bound, as the control domain
 */
#include <pvabi/elfnote.h>
#include <pvabi/hospes.h>
#include <pvabi/memory.h>
#include <tests/guest/test.h>

#define ORDER   12
#define BLOCK   (1u << ORDER)
#define CALLS   40
#define NOWHERE 0x100000 /* pfns beyond all memory of this machine */

#define P2M_ADDRESS 0xffffc00000000000ul

/* Without these two no kernel is the control domain. */
static const struct note {
	u32 name_size, size, type;
	char name[4];
	u64 number;
} __attribute__((packed)) notes[] __attribute__((used, section(".note.xen"))) = {
	{ 4, 8, XEN_ELFNOTE_INIT_P2M, "Xen", P2M_ADDRESS },
	{ 4, 8, XEN_ELFNOTE_MOD_START_PFN, "Xen", 1 },
};

static xen_pfn_t list[BLOCK], pfns[BLOCK];

static struct xen_memory_reservation reservation(xen_pfn_t *first, u64 n, u32 order)
{
	struct xen_memory_reservation r = { .nr_extents = n,
					    .extent_order = order,
					    .domid = DOMID_SELF };

	r.extent_start.p = first;
	return r;
}

static long memory(u32 cmd, xen_pfn_t *first, u64 n, u32 order)
{
	struct xen_memory_reservation r = reservation(first, n, order);

	return hc_memory_op(cmd, &r);
}

/* The longest of all that was done since the last time, with interrupts off and with a lock. */
static void told(const char *what)
{
	struct hospes_stretch s = { 0 }, most[2] = { 0 };

	while (!CALL(hospes, HOSPESOP_stretch, &s)) {
		struct hospes_stretch *longest = &most[s.lock[0] != 0];

		if (s.cycles > longest->cycles)
			*longest = s;
		s.index++;
	}
	CALL(hospes, HOSPESOP_forget_stretches);

	ok(most[0].cycles <= most[0].limit, "%s: %lu instructions with interrupts off", what,
	   most[0].cycles);
	ok(most[1].cycles <= most[1].limit, "%s: %lu with a lock of rank %s held", what,
	   most[1].cycles, most[1].lock);

	/* As tests/system/longest.py tells it. */
	print("# longest stretch: %lu instructions with interrupts off: the control domain, %s\n",
	      most[0].cycles, what);
}

static void blocks(void)
{
	xen_pfn_t at[2] = { NOWHERE, NOWHERE + BLOCK };

	ok_is(memory(XENMEM_populate_physmap, at, 2, ORDER), 2, "two blocks of 2^%u are taken",
	      ORDER);
	told("populate");
	ok_is(memory(XENMEM_decrease_reservation, at, 2, ORDER), 2, "and given back");
	told("decrease");
}

static void exchanges(void)
{
	struct xen_memory_exchange x = { 0 };
	xen_pfn_t block = NOWHERE;

	for (u32 i = 0; i < BLOCK; i++)
		list[i] = pfns[i] = NOWHERE + i;
	ok_is(memory(XENMEM_populate_physmap, list, BLOCK, 0), BLOCK, "single frames are taken");
	told("populate, of single frames");

	x.in = reservation(list, BLOCK, 0);
	x.out = reservation(&block, 1, ORDER);
	ok_is(hc_memory_op(XENMEM_exchange, &x), 0, "and traded for a block");
	told("exchange for a block");

	x.in = reservation(&block, 1, ORDER);
	x.out = reservation(pfns, BLOCK, 0);
	x.nr_exchanged = 0;
	ok_is(hc_memory_op(XENMEM_exchange, &x), 0, "and the other way");
	told("exchange of a block");

	ok_is(memory(XENMEM_decrease_reservation, pfns, BLOCK, 0), BLOCK, "all are given back");
	told("decrease, of single frames");
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
	told("blocks refused");
}

void test_main(void)
{
	CALL(hospes, HOSPESOP_forget_stretches);
	blocks();
	exchanges();
	refusals();
}
