/* SPDX-License-Identifier: MIT */
/*
 * Two domains of several vcpus lend each other pages and take them back, all at once: maps, unmaps
 * of one handle by two vcpus, copies into grants, ends of access, pages made page tables the moment
 * they are nobody else's; and every vcpu writes through every address where a grant is, was or will
 * be. Who took a page back fills it with its own words: another's word found in it came through a
 * mapping that should be gone. In the end all grants end, and no frame holds more references than
 * are accounted for.
 *
 * vcpus: 2
 * cpus: 4
 * race-pair: of=grants
 */
#include <pvabi/memory.h>
#include <tests/guest/pair.h>

#define PAGES           12
#define READ_ONLY(page) ((page) % 4 == 3) /* so is every fourth granted */
#define REF(page)       (GNTTAB_NR_RESERVED_ENTRIES + (page))
#define SLOTS           6 /* addresses where the other's pages are mapped */
#define REGION          0x10000000ul
/* As a table entry it is no memory's, as a descriptor a system segment. */
#define THEIRS 0x890000000067ul
#define OURS   0x660000000066ul

static u64 *page[PAGES], mfn[PAGES];
static struct lock held[PAGES];
static struct slot {
	struct lock held;
	u32 handle;
	bool live;    /* the handle is of this mapping */
	u32 visitors; /* vcpus that take part in its end uninvited */
	u64 unmapped; /* how often it came to its end */
} slots[SLOTS];
static u64 *copied; /* what is copied to the other */
static u64 hot;     /* where most write: the other's page is mapped there, or was until just now */
static int peer;
static u64 ended, busy, maps, writes, stale, twice, again, read_only_written;

static void page_lend(u32 i)
{
	struct grant_entry_v1 *e = &grant_table[REF(i)];

	e->domid = (domid_t)peer;
	e->frame = (u32)mfn[i];
	__atomic_store_n(&e->flags, GTF_permit_access | (READ_ONLY(i) ? GTF_readonly : 0),
			 __ATOMIC_RELEASE);
}

static void data_write(void)
{
	u64 va = __atomic_load_n(&hot, __ATOMIC_RELAXED);

	if (!va || !below(3))
		va = REGION + (u64)below(SLOTS) * PAGE_SIZE;
	va += below(512) * 8;
	words_try(va, THEIRS, &writes);
}

/* Nobody else may write it now: neither as a page of ours, nor as a page table. */
static void page_keep(u32 i)
{
	bool table = !below(3);
	u64 end = time_ns() + below(2000) * 1000; /* at most 2 ms from now */

	page_fill(page[i], table ? 0 : OURS);
	if (table && (page_readonly(page[i], mfn[i]) || page_op(MMUEXT_PIN_L1_TABLE, mfn[i])))
		count(&stale); /* somebody's word is no entry, or somebody maps it still */
	while (time_ns() < end)
		data_write();
	if (!page_is(page[i], table ? 0 : OURS))
		count(&stale);
	if (table) {
		page_op(MMUEXT_UNPIN_TABLE, mfn[i]);
		page_writable(page[i], mfn[i]);
		page_fill(page[i], OURS);
	}
}

static bool in_use(u32 i)
{
	return __atomic_load_n(&grant_table[REF(i)].flags, __ATOMIC_ACQUIRE) &
	       (GTF_reading | GTF_writing);
}

/* At the very moment when the other lets go of it, if that comes soon. */
static void page_take_back(void)
{
	u32 i = below(PAGES);

	if (!lock_try(&held[i]))
		return;
	for (u32 n = 0; n < 5000 && in_use(i); n++)
		cpu_relax(n);
	if (READ_ONLY(i) && !page_is(page[i], OURS))
		count(&read_only_written);
	if (grant_end(REF(i))) {
		count(&ended);
		page_keep(i);
		page_lend(i);
	} else {
		count(&busy);
	}
	lock_release(&held[i]);
}

static void handle_end(struct slot *s, u64 va)
{
	if (grant_unmap(s->handle, va) == GNTST_okay)
		count(&s->unmapped);
}

/*
 * Another vcpu's mapping is ended beside it: one of both does it. If that was the owner, the handle
 * may be of another slot's mapping by now: it is refused then, as this address is not that
 * mapping's, but is taken until it is refused.
 */
static void slot_visit(struct slot *s, u64 va)
{
	__atomic_add_fetch(&s->visitors, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&s->live, __ATOMIC_SEQ_CST))
		handle_end(s, va);
	__atomic_sub_fetch(&s->visitors, 1, __ATOMIC_SEQ_CST);
}

static void page_borrow(void)
{
	u32 n = below(SLOTS), i = below(PAGES);
	u64 va = REGION + (u64)n * PAGE_SIZE;
	struct slot *s = &slots[n];

	if (!lock_try(&s->held)) {
		if (!below(4))
			slot_visit(s, va);
		return;
	}
	if (!grant_map(peer, REF(i), va, READ_ONLY(i) ? GNTMAP_readonly : 0, &s->handle)) {
		count(&maps);
		s->unmapped = 0;
		__atomic_store_n(&hot, va, __ATOMIC_RELAXED);
		__atomic_store_n(&s->live, true, __ATOMIC_SEQ_CST);
		for (u32 k = below(8); k; k--)
			data_write();
		handle_end(s, va);
		__atomic_store_n(&s->live, false, __ATOMIC_SEQ_CST);
		for (u32 k = 0; __atomic_load_n(&s->visitors, __ATOMIC_SEQ_CST); k++)
			cpu_relax(k);
		/* Nobody did: somebody came with an old handle that was this one's number. */
		for (u32 k = 0; !s->unmapped && k < 1000; k++) {
			handle_end(s, va);
			count(&again);
		}
		if (s->unmapped != 1)
			count(&twice);
	}
	lock_release(&s->held);
}

static void page_copy(void)
{
	struct gnttab_copy c = { .flags = GNTCOPY_dest_gref, .len = 8 * (1 + below(64)) };

	c.source.u.gmfn = va_to_mfn(copied);
	c.source.domid = DOMID_SELF;
	c.dest.u.ref = REF(below(PAGES));
	c.dest.domid = (domid_t)peer;
	c.dest.offset = 8 * below(400);
	hc_grant_table_op(GNTTABOP_copy, &c, 1);
}

static void racer(void *arg)
{
	(void)arg;
	while (race_goes_on())
		for (u32 n = 0; n < 50; n++)
			switch (below(8)) {
			case 0:
			case 1:
				page_take_back();
				break;
			case 2:
			case 3:
				page_borrow();
				break;
			case 4:
				page_copy();
				break;
			default:
				data_write();
			}
}

static void counts_exact(void)
{
	struct xen_memory_reservation r = { .nr_extents = PAGES, .domid = DOMID_SELF };
	u64 end = time_ns() + 60 * SECOND;
	xen_pfn_t list[PAGES];
	long before = pages_reserved();
	u32 left = 0;

	for (u32 i = 0; i < PAGES; i++) {
		while (!grant_end(REF(i)) && time_ns() < end)
			time_sleep(SECOND / 50);
		left += !grant_end(REF(i));
		list[i] = mfn[i];
		hc_update_va_mapping(page[i], 0, UVMF_NONE);
	}
	ok_is(left, 0, "all grants come to their end");
	r.extent_start.p = list;
	ok_is(hc_memory_op(XENMEM_decrease_reservation, &r), PAGES, "all frames are given back");
	ok_is(before - pages_reserved(), PAGES, "and nothing holds one of them still");
}

void test_main(void)
{
	peer = pair_peer();
	if (!ok(peer > 0, "the other is domain %d", peer))
		return;
	copied = page_alloc();
	page_fill(copied, THEIRS);
	page_map(REGION, 0);
	for (u32 i = 0; i < PAGES; i++) {
		page[i] = page_alloc();
		mfn[i] = va_to_mfn(page[i]);
		page_fill(page[i], OURS);
		page_lend(i);
	}
	ok_is(vcpus_run(vcpu_count(), racer, NULL), 0, "%u vcpus race", vcpu_count());
	ok_is((long)stale, 0, "no word of the other's in a page that was taken back");
	ok_is((long)read_only_written, 0, "nor in one lent to be read");
	ok_is((long)twice, 0, "every mapping ended once (%lu tried again)", again);
	ok(ended > 5 && maps > 5 && writes > 5,
	   "%lu grants ended, %lu in use, %lu maps, %lu words written", ended, busy, maps, writes);
	counts_exact();
}
