/* SPDX-License-Identifier: MIT */
/*
 * Two domains share pages and signal each other. The first grants a page to write, one to read, one
 * that is a page table and one to nobody of interest; the second maps and copies what it may, and
 * tries what it may not. A grant in use is not taken back; one that was taken back is not mapped
 * again; and what the second still maps at its end is let go.
 *
 * pair: case=talk
 * pair: case=leave
 */
#include <tests/guest/pair.h>

#define VA    0x20000000ul
#define VA2   0x20001000ul
#define MAGIC 0x6772616e74730001ul

/* The shared page; a step is set by one and awaited by the other. */
struct shared {
	volatile u64 magic;
	volatile u32 port, ref_read, ref_other, ref_table, step;
};

static struct shared *s;
static int peer, port;
static bool leave;

static void step_set(u32 n)
{
	__atomic_store_n(&s->step, n, __ATOMIC_SEQ_CST);
	event_send(port);
}

static bool step_await(u32 n)
{
	u64 end = time_ns() + 20 * SECOND;

	while (s->step < n && time_ns() < end)
		event_wait(port, SECOND / 10);
	return s->step >= n;
}

static void first(void)
{
	u64 *rd = page_alloc(), *other = page_alloc(), *table = page_alloc();
	int ref;

	s = page_alloc();
	port = event_alloc_unbound(peer);
	rd[0] = MAGIC + 1;
	other[0] = MAGIC + 2;
	ref = grant_access(peer, va_to_mfn(s), false);
	ok_is(ref, GNTTAB_NR_RESERVED_ENTRIES, "the first reference");
	s->port = port;
	s->ref_read = grant_access(peer, va_to_mfn(rd), true);
	s->ref_other = grant_access(0, va_to_mfn(other), false);
	page_readonly(table, va_to_mfn(table));
	ok_is(page_op(MMUEXT_PIN_L1_TABLE, va_to_mfn(table)), 0, "a page table of its own");
	s->ref_table = grant_access(peer, va_to_mfn(table), true);
	s->magic = MAGIC;
	if (!ok(step_await(1), "the other has mapped it"))
		return;
	ok(!grant_end(ref), "a grant in use is not taken back");
	ok_refused(page_readonly(s, va_to_mfn(s)) ? -1 : page_op(MMUEXT_PIN_L1_TABLE, va_to_mfn(s)),
		   "a page that another domain writes does not become a page table");
	page_writable(s, va_to_mfn(s));
	step_set(2);
	if (leave) {
		for (u32 i = 0; !grant_end(ref) && i < 100; i++)
			time_sleep(SECOND / 10);
		ok(grant_end(ref), "when the other is gone, its mappings are");
		return;
	}
	ok(step_await(3), "the other let go of what it mapped to read");
	ok(grant_end(s->ref_read), "which can be taken back now");
	step_set(4);
	ok(step_await(5), "the other copied");
	ok(rd[1] == 0, "a page to read was not written");
	for (u32 i = 0; !grant_end(ref) && i < 100; i++)
		time_sleep(SECOND / 10);
	ok(grant_end(ref), "and ended all of it");
}

static long copy(u32 from, u32 to, bool from_ref, bool to_ref, u64 mfn, u32 offset, u32 len)
{
	struct gnttab_copy c = { .flags = (from_ref ? GNTCOPY_source_gref : 0) |
					  (to_ref ? GNTCOPY_dest_gref : 0),
				 .len = len };

	c.source.domid = from_ref ? (domid_t)peer : DOMID_SELF;
	c.dest.domid = to_ref ? (domid_t)peer : DOMID_SELF;
	c.source.u.gmfn = mfn;
	c.dest.u.gmfn = mfn;
	if (from_ref)
		c.source.u.ref = from;
	if (to_ref)
		c.dest.u.ref = to;
	c.source.offset = offset;
	hc_grant_table_op(GNTTABOP_copy, &c, 1);
	return c.status;
}

static void maps_refused(u32 ref, u32 other)
{
	u64 data = va_to_mfn(page_alloc()) << PAGE_SHIFT;
	u32 h;

	ok(grant_map(peer, 511, VA2, 0, &h) < 0, "an unused reference");
	ok(grant_map(peer, 0x7fffffff, VA2, 0, &h) < 0, "one beyond the table");
	ok(grant_map(peer, ~0u, VA2, 0, &h) < 0, "the last of all");
	ok(grant_map(peer, other, VA2, 0, &h) < 0, "one for another domain");
	ok(grant_map(0x7000, ref, VA2, 0, &h) < 0, "one of no domain");
	ok(grant_map(peer, s->ref_read, VA2, 0, &h) < 0, "one to read, writable");
	ok(grant_map(peer, ref, HV_INSIDE, 0, &h) < 0, "to the hypervisor");
	ok(grant_map(peer, ref, NON_CANONICAL, 0, &h) < 0, "to no address");
	ok(grant_map(peer, ref, 0x7000000000, 0, &h) < 0, "to where no page table is");
	ok(grant_map(peer, ref, 0xfee00000, GNTMAP_contains_pte, &h) < 0,
	   "into a table in device memory");
	ok(grant_map(peer, ref, data, GNTMAP_contains_pte, &h) < 0, "into a table that is none");
}

static void read_only(void)
{
	u32 h;

	ok_is(grant_map(peer, s->ref_read, VA2, GNTMAP_readonly, &h), GNTST_okay, "a page to read");
	ok(*(volatile u64 *)VA2 == MAGIC + 1, "shows what the other wrote");
	ok_is(try_write(VA2 + 8, 1), 14, "and is not written");
	ok_refused(page_set((void *)VA2, (*page_entry(VA2, 1) & PTE_ADDR) | PTE_DATA),
		   "nor mapped writable past the grant");
	ok(grant_unmap(h + 1000, VA2) < 0, "a handle that is not there");
	ok(grant_unmap(~0u, VA2) < 0, "nor is the last");
	ok(grant_unmap(h, VA) < 0, "an address that is another mapping's");
	ok_is(grant_unmap(h, VA2), GNTST_okay, "unmapped");
	ok(grant_unmap(h, VA2) < 0, "once");
	ok(try_read(VA2, NULL) == 14, "and gone");
}

/*
 * The page that is mapped to write at VA by @h, once more: each handle ends its own mapping alone.
 * If another's did, the granter would be told that nobody writes, and VA would go on writing.
 */
static void each_its_own(u32 ref, u32 h)
{
	u32 reader, writer;
	u64 seen = 0;

	ok_is(grant_map(peer, ref, VA2, GNTMAP_readonly, &reader), GNTST_okay, "again, to read");
	ok(grant_unmap(h, VA2) < 0, "a writable handle does not end a mapping to read");
	ok(grant_unmap(reader, VA) < 0, "nor the other way round");
	ok(try_read(VA2, &seen) == VECTOR_NONE && seen == MAGIC, "one is read still");
	ok(try_write((u64)&s->magic, MAGIC) == VECTOR_NONE, "the other written");
	ok_is(grant_unmap(reader, VA2), GNTST_okay, "it ends by its own handle");

	ok_is(grant_map(peer, ref, VA2, 0, &writer), GNTST_okay, "again, to write");
	ok(grant_unmap(h, VA2) < 0, "a handle does not end another's mapping");
	ok_is(grant_unmap(writer, VA2), GNTST_okay, "it ends by its own handle");
}

/* It may be looked at; a store to it is not done as if it were a page table of the second's. */
static void page_table(void)
{
	u32 h;

	ok(grant_map(peer, s->ref_table, VA2, 0, &h) < 0, "a page table, writable");
	ok_is(grant_map(peer, s->ref_table, VA2, GNTMAP_readonly, &h), GNTST_okay, "to read");
	ok_is(try_write(VA2, 0), 14, "is not written");
	ok_is(grant_unmap(h, VA2), GNTST_okay, "unmapped");
}

static void copies(u32 ref)
{
	u64 *page = page_alloc();

	ok_is(copy(ref, 0, true, false, va_to_mfn(page), 0, 64), GNTST_okay, "a copy from a grant");
	ok(page[0] == MAGIC, "arrives");
	ok(copy(ref, 0, true, false, va_to_mfn(page), 4000, 200) < 0, "not beyond its page");
	ok(copy(ref, 0, true, false, va_to_mfn(page), 65000, 65000) < 0, "nor around");
	ok(copy(0, s->ref_read, false, true, va_to_mfn(page), 0, 64) < 0, "not into one to read");
	ok(copy(s->ref_other, 0, true, false, va_to_mfn(page), 0, 64) < 0,
	   "nor from one for another");
	ok(copy(ref, 0, true, false, va_to_mfn((void *)start_info->pt_base), 0, 64) < 0,
	   "nor into a page table");
	ok(copy(ref, 0, true, false, 0xfee00, 0, 64) < 0, "nor into a device");
	ok(copy(ref, 0, true, false, 1, 0, 64) < 0, "nor into a foreign frame");
}

static void second(void)
{
	u32 ref = GNTTAB_NR_RESERVED_ENTRIES, h = 0;
	int rc = -1;

	page_map(VA, 0);
	page_map(VA2, 0);
	s = (struct shared *)VA;
	for (u32 i = 0; rc && i < 100; i++) {
		rc = grant_map(peer, ref, VA, 0, &h);
		if (rc)
			time_sleep(SECOND / 10);
	}
	if (!ok_is(rc, GNTST_okay, "the other's page is mapped"))
		return;
	while (s->magic != MAGIC)
		time_sleep(SECOND / 100);
	port = event_bind_interdomain(peer, s->port);
	ok(port > 0, "and a channel bound");
	ok_refused(event_bind_interdomain(peer, s->port), "once");
	step_set(1);
	if (!ok(step_await(2), "they talk") || leave)
		return;
	maps_refused(ref, s->ref_other);
	read_only();
	each_its_own(ref, h);
	page_table();
	ref = s->ref_read;
	step_set(3);
	ok(step_await(4), "it is taken back");
	rc = grant_map(peer, ref, VA2, GNTMAP_readonly, &(u32){ 0 });
	ok(rc < 0, "and not mapped again (%d)", rc);
	copies(GNTTAB_NR_RESERVED_ENTRIES);
	step_set(5);
	ok_is(grant_unmap(h, VA), GNTST_okay, "all is unmapped");
	ok_is(event_close(port), 0, "and closed");
}

void test_main(void)
{
	char which[8];

	leave = cmdline_word("case", which, sizeof(which)) && !strcmp(which, "leave");
	peer = pair_peer();
	if (!ok(peer > 0, "the other is domain %d", peer))
		return;
	if (pair_first())
		first();
	else
		second();
}
