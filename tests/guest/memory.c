/* SPDX-License-Identifier: MIT */
/*
 * memory_op with counts, orders and lists that wrap or lie: as much is done as is right, the count
 * of pages stays true, and nobody else's frame moves.
 */
#include <tests/guest/reservation.h>
#include <tests/guest/test.h>

/* At most what the domain may have; the calls may do nothing at all. */
static void wraps(void)
{
	static const u64 counts[] = {
		~0ul, 1ul << 63, 1ul << 61, 1ul << 52, 1ul << 32, 0xffffffff
	};
	static const u32 orders[] = { 0, 1, 9, 20, 31, 52, 63, 64, 255, ~0u };
	static const u32 cmds[] = { XENMEM_increase_reservation, XENMEM_decrease_reservation,
				    XENMEM_populate_physmap };
	xen_pfn_t *list = page_alloc();
	long before = pages_reserved();
	u32 wrong = 0;

	for (u32 i = 0; i < 512; i++)
		list[i] = ~0ul - i;
	for (u32 c = 0; c < 3; c++)
		for (u32 o = 0; o < sizeof(orders) / sizeof(orders[0]); o++)
			for (u32 n = 0; n < sizeof(counts) / sizeof(counts[0]); n++) {
				struct xen_memory_reservation r = reservation(list, counts[n],
									      orders[o]);
				long rc;

				if (cmds[c] == XENMEM_increase_reservation && orders[o] < 9)
					continue; /* could be done in part */
				rc = hc_memory_op(cmds[c], &r);
				if (rc > 0) {
					wrong++;
					print("# op %u order %u count %lx: %ld\n", cmds[c],
					      orders[o], counts[n], rc);
				}
			}
	ok_is(wrong, 0, "absurd orders and counts do nothing");
	ok_is(pages_reserved(), before, "%ld pages, as before", before);
	for (u64 cmd = 0; cmd < 64; cmd++) { /* a start that lies beyond the count */
		struct xen_memory_reservation r = reservation(list, 4, 0);

		hc_memory_op((u32)(cmd | ~0u << 6), &r);
	}
	ok_is(pages_reserved(), before, "nor does a start beyond the list");
}

static void give_back(void)
{
	u64 *page = page_alloc(), seen;
	xen_pfn_t mfn = va_to_mfn(page), list[3] = { mfn, mfn, mfn },
		  table = va_to_mfn((void *)start_info->pt_base);
	struct xen_memory_reservation r = reservation(&table, 1, 0);
	long before = pages_reserved();

	ok(hc_memory_op(XENMEM_decrease_reservation, &r) <= 0 || pages_reserved() >= before - 1,
	   "the root of the page tables, in use, is given back at most in name");
	ok(try_read(start_info->pt_base, &seen) == VECTOR_NONE &&
		   seen == *(u64 *)start_info->pt_base,
	   "it works on");
	before = pages_reserved();
	page[0] = 0x600d;
	r = reservation(list, 3, 0);
	ok(hc_memory_op(XENMEM_decrease_reservation, &r) <= 1, "one frame thrice: at most once");
	ok(pages_reserved() >= before - 1, "and counted once");
	ok(page[0] == 0x600d, "while it is mapped it is nobody else's");
	ok_is(page_set(page, 0), 0, "unmapped");
	ok(pages_reserved() >= before - 1, "%ld pages", pages_reserved());
	before = pages_reserved();
	list[0] = 0xfee00;
	list[1] = 0;
	list[2] = ~0ul;
	for (u32 i = 0; i < 3; i++) {
		r = reservation(&list[i], 1, 0);
		ok(hc_memory_op(XENMEM_decrease_reservation, &r) <= 0,
		   "frame %lx is not ours to give", list[i]);
	}
	ok_is(pages_reserved(), before, "%ld pages", before);
}

static void too_much(void)
{
	static xen_pfn_t pfn[64];
	struct xen_memory_reservation r = reservation(pfn, 64, 0);
	struct xen_memory_domain d = { .domid = DOMID_SELF };
	long limit = hc_memory_op(XENMEM_maximum_reservation, &d);

	for (u32 i = 0; i < 64; i++)
		pfn[i] = start_info->nr_pages + 100 + i;
	hc_memory_op(XENMEM_populate_physmap, &r);
	ok(pages_reserved() <= limit, "no more than the limit: %ld of %ld", pages_reserved(),
	   limit);
	for (u32 i = 0; i < 64; i++)
		pfn[i] = 1ul << (i % 64);
	hc_memory_op(XENMEM_populate_physmap, &r);
	ok(pages_reserved() <= limit, "nor at strange pfns");
	r.domid = 0;
	ok(hc_memory_op(XENMEM_populate_physmap, &r) <= 0, "not for dom0");
	d.domid = 0;
	ok_refused(hc_memory_op(XENMEM_current_reservation, &d), "nor a question about it");
	ok(hc_memory_op(XENMEM_claim_pages, &r) < 0, "no claim");
	ok(hc_memory_op(63, &r) < 0, "no operation 63");
}

/* The same frames given twice in one trade, and lists that overlap: a frame moves at most once. */
static void exchange(void)
{
	xen_pfn_t list[8];
	struct xen_memory_exchange x = { 0 };
	long before = pages_reserved();

	for (u32 i = 0; i < 8; i++)
		list[i] = va_to_mfn(page_alloc());
	list[3] = list[0];
	x.in = reservation(list, 8, 0);
	x.out = reservation(list, 8, 0);
	hc_memory_op(XENMEM_exchange, &x);
	ok_is(pages_reserved(), before, "a frame twice, and lists on top of each other: %ld pages",
	      before);
	x.in = reservation(list, ~0ul, 0);
	x.out = reservation(list, 1, 63);
	x.nr_exchanged = 0;
	ok(hc_memory_op(XENMEM_exchange, &x) < 0, "sizes that wrap");
	x.in = reservation(list, 4, 0);
	x.out = reservation(list, 4, 0);
	x.nr_exchanged = ~0ul;
	ok(hc_memory_op(XENMEM_exchange, &x) < 0 || pages_reserved() == before,
	   "more done than asked");
	x.nr_exchanged = 0;
	x.out.extent_start.p = (void *)HV_INSIDE;
	hc_memory_op(XENMEM_exchange, &x);
	ok(pages_reserved() <= before, "an answer that cannot be written");
	x.in.domid = 0;
	ok(hc_memory_op(XENMEM_exchange, &x) < 0, "frames of dom0");
}

void test_main(void)
{
	wraps();
	give_back();
	too_much();
	exchange();
}
