/* SPDX-License-Identifier: MIT */
/*
 * What guests did with grants in known advisories, tried on grants of a domain to itself:
 * operations that only version 2 has, entries of other kinds, lists whose elements lean on one
 * another, handles with two mappings, and marks in the entry while it is in use.
 */
#include <tests/guest/xsa.h>

#define VA     0x20000000ul
#define VA2    0x20001000ul
#define MAGIC  0x7873612d6772616eul
#define COPIES 200
#define UNSET  77 /* no status */

static domid_t self;
static u64 *page; /* is lent */
static int ref;

/* Operations that are not offered: the answer is a refusal, whatever stands in the argument. */
static void version_two(void)
{
	static const struct {
		u32 cmd;
		const char *what;
	} refused[] = {
		{ GNTTABOP_get_status_frames, "XSA-24, XSA-382: frames of a status" },
		{ GNTTABOP_transfer, "XSA-214, XSA-217, XSA-284: a page transferred" },
		{ GNTTABOP_swap_grant_ref, "XSA-18, XSA-134: references swapped" },
		{ GNTTABOP_cache_flush, "XSA-232, XSA-520: caches flushed by grant" },
		{ GNTTABOP_unmap_and_replace, "a mapping replaced by another" },
	};
	struct gnttab_set_version v = { .version = 2 };
	u64 room[8] = { 0 };

	ok(hc_grant_table_op(GNTTABOP_set_version, &v, 1) < 0,
	   "XSA-26, XSA-255, XSA-501: version 2 of the table");
	v.version = 1;
	ok_is(hc_grant_table_op(GNTTABOP_set_version, &v, 1), 0, "version 1 is in force");
	for (u32 i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		memset(room, -1, sizeof(room));
		ok(hc_grant_table_op(refused[i].cmd, room, 1) < 0, "%s", refused[i].what);
	}
	memset(room, 0, sizeof(room));
	room[0] = DOMID_SELF | 1ul << 32; /* XENMAPSPACE_grant_table */
	ok(hc_memory_op(XENMEM_add_to_physmap, room) < 0, "XSA-384: the table by the physmap");
}

static struct gnttab_copy copy_from_grant(u32 r)
{
	struct gnttab_copy c = { .flags = GNTCOPY_source_gref, .len = 8, .status = UNSET };

	c.source.u.ref = r;
	c.source.domid = self;
	c.dest.u.gmfn = va_to_mfn(pfn_to_va(va_to_pfn(page) + 1));
	c.dest.domid = DOMID_SELF;
	return c;
}

static int copy_status(struct gnttab_copy c)
{
	long rc = hc_grant_table_op(GNTTABOP_copy, &c, 1);

	return rc ? (int)rc : c.status;
}

/* What stands in an entry beside the permission to use the page. */
static void other_kinds(void)
{
	static const u16 flags[] = { GTF_invalid,
				     GTF_accept_transfer,
				     GTF_transitive,
				     GTF_transitive | GTF_readonly,
				     GTF_permit_access | GTF_sub_page,
				     0xfffc };
	int r = grant_access(self, va_to_mfn(page), false);
	u32 h;

	for (u32 i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		grant_table[r].flags = flags[i];
		ok(grant_map(self, r, VA, 0, &h) < 0, "XSA-226: an entry %x is not mapped",
		   flags[i]);
		ok(grant_map(self, r, VA, GNTMAP_readonly, &h) < 0, "XSA-226: nor to read");
		ok(copy_status(copy_from_grant(r)) < 0, "XSA-500: nor copied from");
		ok(grant_table[r].flags == flags[i], "and is as it was (%x)", grant_table[r].flags);
	}
	grant_table[r].flags = 0;
}

static void unaligned(void)
{
	u64 at = page_entry_maddr(VA, 1), before[3];
	const u64 *e = page_entry(VA, 1);
	u32 h;

	memcpy(before, e - 1, sizeof(before));
	for (u32 off = 1; off < 8; off++)
		ok(grant_map(self, ref, at + off, GNTMAP_contains_pte, &h) < 0,
		   "XSA-227: into an entry and %u bytes", off);
	ok(!memcmp(before, e - 1, sizeof(before)), "no entry there changed");
}

/* How the entry is marked: reading, writing. */
static u16 marks(void)
{
	return grant_table[ref].flags & (GTF_reading | GTF_writing);
}

static void marked_while_in_use(void)
{
	u32 a, b, c;

	ok_is(grant_map(self, ref, VA, 0, &a), GNTST_okay, "mapped to write");
	ok_is(grant_map(self, ref, VA2, GNTMAP_readonly, &b), GNTST_okay, "and to read");
	ok_is(marks(), GTF_reading | GTF_writing, "the entry says both");
	ok_is(copy_status(copy_from_grant(ref)), GNTST_okay, "a copy comes and goes");
	ok_is(marks(), GTF_reading | GTF_writing, "XSA-230: it still says both");
	ok_is(grant_unmap(a, VA), GNTST_okay, "no more written");
	ok_is(marks(), GTF_reading, "XSA-230: it says that it is read");
	ok(!grant_end(ref), "and cannot be taken back");
	ok_is(grant_map(self, ref, VA, 0, &c), GNTST_okay, "written again");
	ok_is(grant_unmap(b, VA2), GNTST_okay, "no more read");
	ok_is(marks(), GTF_reading | GTF_writing, "XSA-230: who writes also reads");
	ok_is(grant_unmap(c, VA), GNTST_okay, "no more in use");
	ok_is(marks(), 0, "and nothing is said");
}

static int unmap(u32 handle, u64 host, u64 device)
{
	struct gnttab_unmap_grant_ref u = { host, device, handle, UNSET };
	long rc = hc_grant_table_op(GNTTABOP_unmap_grant_ref, &u, 1);

	return rc ? (int)rc : u.status;
}

/* A handle for the processor and for a device: each of the two ends once. */
static void two_mappings_of_one(void)
{
	u64 bus = va_to_mfn(page) << PAGE_SHIFT;
	u32 h;

	ok_is(grant_map(self, ref, VA, GNTMAP_device_map, &h), GNTST_okay, "for both");
	ok_is(unmap(h, VA, 0), GNTST_okay, "no more for the processor");
	ok(marks() != 0, "XSA-224: it is still in use");
	ok_is(try_read(VA, NULL), 14, "but not mapped");
	page_set((void *)VA, bus | PTE_ROM);
	unmap(h, VA, 0);
	ok_is(try_read(VA, NULL), VECTOR_NONE, "XSA-394: what is mapped there since stays");
	ok(marks() != 0, "XSA-394: and the device's mapping too");
	ok_is(unmap(h, 0, bus + PAGE_SIZE), GNTST_bad_dev_addr, "another bus address");
	ok_is(unmap(h, 0, bus), GNTST_okay, "no more for the device");
	ok_is(marks(), 0, "XSA-224: out of use");
	ok_is(unmap(h, 0, bus), GNTST_bad_handle, "XSA-394: and not once more");
	page_set((void *)VA, 0);

	ok_is(grant_map(self, ref, VA, 0, &h), GNTST_okay, "mapped");
	page_set((void *)VA, 0);
	ok(unmap(h, VA, 0) < 0, "XSA-394: its entry was taken away before");
	ok(marks() != 0, "so the entry is in use until the handle ends");
	page_map(VA, 0);
	ok_is(grant_map(self, ref, VA2, 0, &h), GNTST_okay, "another mapping");
	ok_is(unmap(h, VA2, 0), GNTST_okay, "ends by itself");
}

static void failed_maps(void)
{
	struct gnttab_map_grant_ref m[] = {
		{ VA, GNTMAP_host_map, ref + 100, self, UNSET, ~0u, 0 },
		{ VA, GNTMAP_host_map, ~0u, self, UNSET, ~0u, 0 },
		{ VA, GNTMAP_host_map, ref, DOMID_INVALID, UNSET, ~0u, 0 },
		{ VA, 0, ref, self, UNSET, ~0u, 0 },
		{ HV_INSIDE, GNTMAP_host_map, ref, self, UNSET, ~0u, 0 },
		{ 0x7000000000, GNTMAP_host_map, ref, self, UNSET, ~0u, 0 },
	};
	u32 n = sizeof(m) / sizeof(m[0]);

	ok_is(hc_grant_table_op(GNTTABOP_map_grant_ref, m, n), 0, "a list of maps");
	for (u32 i = 0; i < n; i++) {
		ok(m[i].status < 0, "XSA-316: map %u failed and says so (%d)", i, m[i].status);
		ok(unmap(m[i].handle, m[i].host_addr, 0) < 0, "its handle is none");
	}
}

static struct gnttab_copy list[COPIES];

static void long_list(void)
{
	u32 unset = 0, wrong = 0;

	for (u32 i = 0; i < COPIES; i++)
		list[i] = copy_from_grant(i % 3 ? (u32)ref : 5000u + i);
	ok_is(hc_grant_table_op(GNTTABOP_copy, list, COPIES), 0, "%u copies", COPIES);
	for (u32 i = 0; i < COPIES; i++) {
		unset += list[i].status == UNSET;
		wrong += (list[i].status == GNTST_okay) != (i % 3 != 0);
	}
	ok_is(unset, 0, "XSA-318: each has a status");
	ok_is(wrong, 0, "XSA-318: which is its own");
}

/* A number that was good as a reference is not good as a frame, nor the other way round. */
static void mixed_list(void)
{
	struct gnttab_copy c[6];

	for (u32 i = 0; i < 6; i++)
		c[i] = copy_from_grant(ref);
	c[1].flags = 0; /* frame number @ref: low memory */
	c[1].source.domid = DOMID_SELF;
	c[2].flags = 0; /* the same as one of the granter's */
	c[3].flags = 0;
	c[3].source.domid = 0;
	c[4].flags = GNTCOPY_source_gref |
		     GNTCOPY_dest_gref; /* our frame's number as a reference */
	c[4].dest.domid = self;
	c[5].source.domid = 0;
	ok_is(hc_grant_table_op(GNTTABOP_copy, c, 6), 0, "a list of copies of all kinds");
	ok_is(c[0].status, GNTST_okay, "a reference");
	for (u32 i = 1; i < 6; i++)
		ok(c[i].status < 0, "XSA-523: kind %u is refused after it (%d)", i, c[i].status);
}

static void nothing_left(void)
{
	u32 wrong = 0, h;

	for (u32 i = 0; i < 300; i++) {
		wrong += grant_map(self, ref, VA, i % 2 ? GNTMAP_readonly : 0, &h) != GNTST_okay;
		wrong += copy_status(copy_from_grant(ref)) != GNTST_okay;
		wrong += grant_unmap(h, VA) != GNTST_okay;
	}
	ok_is(wrong, 0, "300 times in use and out");
}

void test_main(void)
{
	u64 *once;
	int other;
	u32 h;

	self = own_number();
	page = pages_alloc(2);
	page[0] = MAGIC;
	page_map(VA, 0);
	page_map(VA2, 0);
	ref = grant_access(self, va_to_mfn(page), false);
	ok(self != DOMID_INVALID && ref > 0, "domain %u lends itself a page", self);
	version_two();
	other_kinds();
	unaligned();
	marked_while_in_use();
	failed_maps();
	long_list();
	mixed_list();
	nothing_left();
	ok(grant_end(ref), "it can be taken back");
	ok(page_given_back(page), "XSA-50: and nothing holds it");

	page = pages_alloc(2);
	ref = grant_access(self, va_to_mfn(page), false);
	two_mappings_of_one();

	once = page_alloc();
	other = grant_access(self, va_to_mfn(once), false);
	ok_is(grant_map(self, other, VA2, 0, &h), GNTST_okay, "a page lent and mapped");
	ok(!page_given_back(once), "XSA-218: given back, it stays while it is mapped");
	ok_is(try_write(VA2, MAGIC), VECTOR_NONE, "and can be written");
	ok_is(grant_unmap(h, VA2), GNTST_okay, "until it is unmapped");
}
