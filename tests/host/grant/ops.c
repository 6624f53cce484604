/* SPDX-License-Identifier: MIT */
/*
 * The operations as three domains call them: rights, references, states of entries after each, and
 * what a death leaves.
 */
#include "suites.h"

#include <string.h>
#include <x86/paging.h>

#define HOST GNTMAP_host_map
#define RO   GNTMAP_readonly
#define DEV  GNTMAP_device_map
#define A    0x1000
#define B    0x2000
#define C    0x3000

START_TEST(map_and_unmap)
{
	u32 h;
	u64 m;

	world_up();
	m = world_page(1, 0x11);
	grant(1, 9, 0, m, 0);
	ck_assert_int_eq(map(0, 1, 9, A, HOST, &h), GNTST_okay);
	ck_assert_uint_eq(entry_of(1, 9)->flags, GTF_permit_access | GTF_reading | GTF_writing);
	ck_assert_uint_eq(world_entry(A), m << PAGE_SHIFT | PTE_P | PTE_U | PTE_A | PTE_D | PTE_RW);
	/* the owner, the handle, the entry */
	ck_assert(world_refs(m) == 3 && world_writers(m) == 2);

	ck_assert_int_eq(unmap(0, B, h), GNTST_general_error); /* not where it is */
	ck_assert_uint_eq(entry_of(1, 9)->flags, GTF_permit_access | GTF_reading | GTF_writing);

	ck_assert_int_eq(unmap(0, A, h), GNTST_okay);
	ck_assert(world_refs(m) == 1 && world_writers(m) == 0 && !world_entry(A));
	ck_assert_uint_eq(entry_of(1, 9)->flags, GTF_permit_access);
	ck_assert_uint_eq(world_flushes, 1);

	ck_assert_int_eq(unmap(0, A, h), GNTST_bad_handle);
	world_down();
}
END_TEST

/*
 * One frame, mapped three times: each handle ends its own mapping only. Else the granter would be
 * told that nobody writes any more, and somebody would.
 */
START_TEST(each_its_own)
{
	u32 writer, reader, second;
	u64 m;

	world_up();
	m = world_page(1, 0x11);
	grant(1, 9, 0, m, 0);
	grant(1, 10, 0, m, 0);
	ck_assert_int_eq(map(0, 1, 9, A, HOST, &writer), GNTST_okay);
	ck_assert_int_eq(map(0, 1, 10, B, HOST | RO, &reader), GNTST_okay);
	ck_assert_int_eq(map(0, 1, 10, C, HOST, &second), GNTST_okay);

	ck_assert_int_eq(unmap(0, B, writer), GNTST_general_error);
	ck_assert_int_eq(unmap(0, C, writer), GNTST_general_error);
	ck_assert_int_eq(unmap(0, A, reader), GNTST_general_error);
	ck_assert_int_eq(unmap(0, A, second), GNTST_general_error);
	ck_assert(world_entry(A) && world_entry(B) && world_entry(C));
	ck_assert_uint_eq(entry_of(1, 9)->flags, GTF_permit_access | GTF_reading | GTF_writing);

	ck_assert_int_eq(unmap(0, A, writer), GNTST_okay);
	ck_assert(!world_entry(A) && world_entry(B) && world_entry(C));
	ck_assert_uint_eq(entry_of(1, 9)->flags, GTF_permit_access);
	ck_assert_int_eq(unmap(0, C, second), GNTST_okay);
	ck_assert_int_eq(unmap(0, B, reader), GNTST_okay);
	ck_assert(world_refs(m) == 1 && world_writers(m) == 0);

	/* A reader's mapping in the writer's place: the writer's went when it came. */
	ck_assert_int_eq(map(0, 1, 9, A, HOST, &writer), GNTST_okay);
	ck_assert_int_eq(map(0, 1, 10, A, HOST | RO, &reader), GNTST_okay);
	ck_assert_int_eq(unmap(0, A, writer), GNTST_general_error);
	ck_assert_int_eq(unmap(0, A, reader), GNTST_okay);
	world_down();
}
END_TEST

static u64 flushed;

/* At the flush the mapping is gone, but nobody was told, and the frame is held. */
static void at_flush(void)
{
	ck_assert_uint_eq(world_entry(A), 0);
	ck_assert_uint_eq(entry_of(1, 9)->flags, GTF_permit_access | GTF_reading | GTF_writing);
	ck_assert(world_refs(flushed) == 2 && world_writers(flushed) == 1);
}

START_TEST(flush_comes_first)
{
	u32 h;

	world_up();
	flushed = world_page(1, 0x11);
	grant(1, 9, 0, flushed, 0);
	ck_assert_int_eq(map(0, 1, 9, A, HOST, &h), GNTST_okay);

	world_on_flush = at_flush;
	ck_assert_int_eq(unmap(0, A, h), GNTST_okay);
	ck_assert_uint_eq(world_flushes, 1);
	world_down();
}
END_TEST

START_TEST(read_only)
{
	u32 h, h2;
	u64 m;

	world_up();
	m = world_page(1, 0x11);
	grant(1, 9, 0, m, GTF_readonly);
	ck_assert_int_eq(map(0, 1, 9, A, HOST, &h), GNTST_general_error);
	ck_assert_int_eq(map(0, 1, 9, A, HOST | RO, &h), GNTST_okay);
	ck_assert_uint_eq(entry_of(1, 9)->flags, GTF_permit_access | GTF_readonly | GTF_reading);
	ck_assert(!(world_entry(A) & PTE_RW) && !world_writers(m));

	grant(1, 10, 0, m, 0);
	ck_assert_int_eq(map(0, 1, 10, B, HOST, &h2), GNTST_okay);
	ck_assert_int_eq(unmap(0, A, h), GNTST_okay);
	ck_assert_int_eq(unmap(0, B, h2), GNTST_okay);
	world_down();
}
END_TEST

START_TEST(refusals)
{
	u32 h;
	u64 mine, other, table;

	world_up();
	mine = world_page(1, 0x11);
	other = world_page(2, 0x22);
	table = world_page(1, 0);
	world_make_table(table, true);

	grant(1, 8, 0, mine, 0);
	grant(1, 9, 2, mine, 0);   /* for another */
	grant(1, 10, 0, other, 0); /* not the granter's */
	grant(1, 11, 0, 5000, 0);  /* no RAM */
	grant(1, 12, 0, table, 0); /* a page table of the granter */

	ck_assert_int_eq(map(0, 1, 8, A, 0, &h), GNTST_bad_gntref); /* neither kind */
	ck_assert_int_eq(map(0, 1, 8, A, RO, &h), GNTST_bad_gntref);
	/* the page tables refuse */
	ck_assert_int_eq(map(0, 1, 8, A + 8, HOST, &h), GNTST_general_error);
	ck_assert_uint_eq(entry_of(1, 8)->flags, GTF_permit_access);

	ck_assert_int_eq(map(0, 1, 9, A, HOST, &h), GNTST_general_error);
	ck_assert_int_eq(map(0, 1, 10, A, HOST, &h), GNTST_general_error);
	ck_assert_int_eq(map(0, 1, 11, A, HOST, &h), GNTST_general_error);
	ck_assert_int_eq(map(0, 1, 12, A, HOST, &h), GNTST_general_error);
	ck_assert_int_eq(map(0, 1, 12, A, HOST | RO, &h), GNTST_okay); /* looking is harmless */
	ck_assert_int_eq(unmap(0, A, h), GNTST_okay);

	ck_assert_int_eq(map(0, 1, 20, A, HOST, &h), GNTST_general_error); /* empty entry */
	ck_assert_int_eq(map(0, 1, 512, A, HOST, &h), GNTST_bad_gntref);   /* beyond the table */
	ck_assert_int_eq(map(0, 1, ~0u, A, HOST, &h), GNTST_bad_gntref);
	ck_assert_int_eq(map(0, 33, 8, A, HOST, &h), GNTST_bad_domain);

	for (u32 ref = 8; ref < 13; ref++)
		ck_assert_uint_eq(entry_of(1, ref)->flags, GTF_permit_access);
	world_down();
}
END_TEST

START_TEST(device_and_host)
{
	struct gnttab_map_grant_ref op = {
		.host_addr = A, .flags = HOST | DEV, .ref = 9, .dom = 1
	};
	struct gnttab_unmap_grant_ref un = { 0 };
	u64 m;

	world_up();
	m = world_page(1, 0x11);
	grant(1, 9, 0, m, 0);
	ck_assert_int_eq(call(0, GNTTABOP_map_grant_ref, &op, 1), 0);
	ck_assert(op.status == GNTST_okay && op.dev_bus_addr == m << PAGE_SHIFT);

	un.handle = op.handle;
	un.host_addr = A;
	ck_assert_int_eq(call(0, GNTTABOP_unmap_grant_ref, &un, 1), 0);
	ck_assert_int_eq(un.status, GNTST_okay);
	ck_assert(entry_of(1, 9)->flags & GTF_writing); /* the device's half is still there */
	ck_assert_uint_eq(world_refs(m), 2);

	un.host_addr = 0;
	un.dev_bus_addr = (m + 1) << PAGE_SHIFT;
	call(0, GNTTABOP_unmap_grant_ref, &un, 1);
	ck_assert_int_eq(un.status, GNTST_bad_dev_addr);

	un.dev_bus_addr = m << PAGE_SHIFT;
	call(0, GNTTABOP_unmap_grant_ref, &un, 1);
	ck_assert_int_eq(un.status, GNTST_okay);
	ck_assert_uint_eq(entry_of(1, 9)->flags, GTF_permit_access);
	world_down();
}
END_TEST

START_TEST(by_entry_and_bits)
{
	u64 where = (1ul << 40) + 0x18, m;
	u32 h;

	world_up();
	m = world_page(1, 0x11);
	grant(1, 9, 0, m, 0);
	ck_assert_int_eq(map(0, 1, 9, where,
			     HOST | GNTMAP_contains_pte | GNTMAP_application_map | 5u << 16, &h),
			 GNTST_okay);
	ck_assert_uint_eq(world_entry(where) & PTE_AVAIL, 5ul << 9);
	ck_assert_int_eq(unmap(0, where, h), GNTST_okay);
	world_down();
}
END_TEST

/*
 * The grantee overwrites its own entry: the frame stays referenced by the handle, and the granter
 * is not told that it is free.
 */
START_TEST(implicit_unmap)
{
	u32 h;
	u64 m;

	world_up();
	m = world_page(1, 0x11);
	grant(1, 9, 0, m, 0);
	ck_assert_int_eq(map(0, 1, 9, A, HOST, &h), GNTST_okay);

	world_forget(A);
	ck_assert(world_refs(m) == 2 && world_writers(m) == 1);
	ck_assert_int_eq(unmap(0, A, h), GNTST_general_error);
	ck_assert(entry_of(1, 9)->flags & GTF_writing);

	ck_assert_int_eq(unmap(0, 0, h), GNTST_okay); /* names nothing, so nothing goes */
	ck_assert(entry_of(1, 9)->flags & GTF_writing);
	world_down();
}
END_TEST

START_TEST(lists_and_preemption)
{
	enum { N = 100 };
	static struct gnttab_map_grant_ref maps[N];
	static struct gnttab_unmap_grant_ref unmaps[N];
	u64 m;

	world_up();
	m = world_page(1, 0x11);
	grant(1, 9, 0, m, 0);
	for (u32 i = 0; i < N; i++)
		maps[i] = (struct gnttab_map_grant_ref){
			.host_addr = (i + 1) * PAGE_SIZE, .flags = HOST, .ref = 9, .dom = 1
		};

	maps[50].ref = 700; /* one bad one does not stop the list */

	/* Spent by a batch. */
	fake_budget_set(GRANT_BATCH * GRANT_LOOKS);
	fake_preempt_after = 2;
	ck_assert_int_eq(call(0, GNTTABOP_map_grant_ref, maps, N), 0);
	for (u32 i = 0; i < N; i++) {
		ck_assert_int_eq(maps[i].status, i == 50 ? GNTST_bad_gntref : GNTST_okay);
		unmaps[i] = (struct gnttab_unmap_grant_ref){ .host_addr = (i + 1) * PAGE_SIZE,
							     .handle = maps[i].handle };
	}

	unmaps[50].handle = 9999;
	ck_assert_uint_eq(world_mappings(), N - 1);

	fake_preempt_after = 1;
	ck_assert_int_eq(call(0, GNTTABOP_unmap_grant_ref, unmaps, N), 0);
	for (u32 i = 0; i < N; i++)
		ck_assert_int_eq(unmaps[i].status, i == 50 ? GNTST_bad_handle : GNTST_okay);
	ck_assert_uint_eq(world_flushes, (N + GRANT_BATCH - 1) / GRANT_BATCH);
	ck_assert_uint_eq(entry_of(1, 9)->flags, GTF_permit_access);

	/* The same handle twice in one list. */
	maps[0].ref = 9;
	call(0, GNTTABOP_map_grant_ref, maps, 1);
	unmaps[0].handle = unmaps[1].handle = maps[0].handle;
	unmaps[1].host_addr = unmaps[0].host_addr;
	call(0, GNTTABOP_unmap_grant_ref, unmaps, 2);
	ck_assert(unmaps[0].status == GNTST_okay && unmaps[1].status == GNTST_bad_handle);

	ck_assert_int_eq(call(0, GNTTABOP_map_grant_ref, NULL, 1), -EFAULT);
	ck_assert_int_eq(call(0, GNTTABOP_unmap_grant_ref, NULL, 1), -EFAULT);
	ck_assert_int_eq(call(0, GNTTABOP_map_grant_ref, NULL, 0), 0);
	ck_assert_int_eq(call(0, GNTTABOP_map_grant_ref, maps, 0x80000000), -EINVAL);
	world_down();
}
END_TEST

START_TEST(record_limit)
{
	u32 h, n = 0;
	u64 m;

	world_up();
	m = world_page(1, 0x11);
	grant(1, 9, 0, m, 0);

	while (map(0, 1, 9, 0, DEV, &h) == GNTST_okay)
		n++;
	ck_assert_uint_eq(n, 2 * RECORDS_PER_PAGE);
	ck_assert_int_eq(map(0, 1, 9, 0, DEV, &h), GNTST_no_device_space);
	world_down(); /* teardown ends them all */
}
END_TEST

static int copy(u32 who, struct gnttab_copy op)
{
	ck_assert_int_eq(call(who, GNTTABOP_copy, &op, 1), 0);
	return op.status;
}

#define COPY(from, to, n, f) \
	((struct gnttab_copy){ .source = from, .dest = to, .len = n, .flags = f })
#define REF(r, d, o)                                      \
	{                                                 \
		.u.ref = (r), .domid = (d), .offset = (o) \
	}
#define OWN(m, d, o)                                       \
	{                                                  \
		.u.gmfn = (m), .domid = (d), .offset = (o) \
	}

START_TEST(copies)
{
	unsigned char *to;
	u64 a, b, table;

	world_up();
	a = world_page(1, 0x11);
	b = world_page(0, 0x22);
	table = world_page(0, 0x33);
	world_make_table(table, true);
	to = mfn_to_virt(MFN(b));

	grant(1, 9, 0, a, GTF_readonly);
	ck_assert_int_eq(copy(0, COPY(REF(9, 1, 16), OWN(b, DOMID_SELF, 32), 100,
				      GNTCOPY_source_gref)),
			 0);
	ck_assert(to[31] == 0x22 && to[32] == 0x11 && to[131] == 0x11 && to[132] == 0x22);
	ck_assert_int_eq(copy(0, COPY(OWN(b, DOMID_SELF, 0), REF(9, 1, 0), 8, GNTCOPY_dest_gref)),
			 GNTST_general_error); /* read-only */
	ck_assert_int_eq(copy(0,
			      COPY(REF(9, 1, 4095), OWN(b, DOMID_SELF, 0), 2, GNTCOPY_source_gref)),
			 GNTST_bad_copy_arg);
	ck_assert_int_eq(copy(0, COPY(REF(9, 1, 0), OWN(b, DOMID_SELF, 0xffff), 2,
				      GNTCOPY_source_gref)),
			 GNTST_bad_copy_arg);
	ck_assert_int_eq(copy(0, COPY(REF(9, 1, 0), OWN(b, DOMID_SELF, 0), 0xffff,
				      GNTCOPY_source_gref)),
			 GNTST_bad_copy_arg);
	ck_assert_int_eq(copy(0, COPY(OWN(a, DOMID_SELF, 0), OWN(b, DOMID_SELF, 0), 8, 0)),
			 GNTST_bad_page);
	ck_assert_int_eq(copy(0, COPY(OWN(a, 1, 0), OWN(b, DOMID_SELF, 0), 8, 0)),
			 GNTST_permission_denied);
	ck_assert_int_eq(copy(0, COPY(REF(9, 1, 0), OWN(table, DOMID_SELF, 0), 8,
				      GNTCOPY_source_gref)),
			 GNTST_bad_page);
	ck_assert_int_eq(copy(0,
			      COPY(REF(9, 1, 0), OWN(~0ul, DOMID_SELF, 0), 8, GNTCOPY_source_gref)),
			 GNTST_bad_page);
	ck_assert_int_eq(copy(0,
			      COPY(REF(9, 50, 0), OWN(b, DOMID_SELF, 0), 8, GNTCOPY_source_gref)),
			 GNTST_bad_domain);
	ck_assert_int_eq(copy(0, COPY(OWN(b, 0, 0), OWN(b, 0, 2048), 2048, 0)), 0);
	ck_assert_uint_eq(entry_of(1, 9)->flags, GTF_permit_access | GTF_readonly);
	ck_assert_uint_eq(((unsigned char *)mfn_to_virt(MFN(table)))[0], 0x33);
	world_down();
}
END_TEST

START_TEST(tables)
{
	xen_pfn_t list[8];
	struct gnttab_setup_table op = { .dom = DOMID_SELF, .nr_frames = 3 };
	struct gnttab_query_size size = { .dom = DOMID_SELF };
	struct gnttab_set_version version = { 2 };

	world_up();
	set_xen_guest_handle(op.frame_list, list);
	ck_assert_int_eq(call(1, GNTTABOP_setup_table, &op, 1), 0);
	ck_assert_int_eq(op.status, GNTST_okay);
	for (u32 i = 0; i < 3; i++)
		ck_assert_ptr_eq(mfn_to_virt(MFN(list[i])), entry_of(1, i * ENTRIES_PER_FRAME));

	ck_assert_int_eq(call(1, GNTTABOP_query_size, &size, 1), 0);
	ck_assert(size.status == GNTST_okay && size.nr_frames == 3 && size.max_nr_frames == 4);

	op.nr_frames = 5;
	call(1, GNTTABOP_setup_table, &op, 1);
	ck_assert_int_eq(op.status, GNTST_general_error);

	op.nr_frames = 1;
	op.dom = 2; /* only dom0 may look at others' */
	call(1, GNTTABOP_setup_table, &op, 1);
	ck_assert_int_eq(op.status, GNTST_permission_denied);
	call(0, GNTTABOP_setup_table, &op, 1);
	ck_assert_int_eq(op.status, GNTST_okay);
	ck_assert_ptr_eq(mfn_to_virt(MFN(list[0])), entry_of(2, 0));

	op.dom = 40;
	call(0, GNTTABOP_setup_table, &op, 1);
	ck_assert_int_eq(op.status, GNTST_bad_domain);

	ck_assert_int_eq(call(1, GNTTABOP_set_version, &version, 1), -ENOSYS);
	version.version = 1;
	ck_assert_int_eq(call(1, GNTTABOP_set_version, &version, 1), 0);

	ck_assert_int_eq(call(1, GNTTABOP_transfer, &size, 1), -ENOSYS);
	ck_assert_int_eq(call(1, 13, &size, 1), -ENOSYS);
	ck_assert_int_eq(call(1, ~0u, &size, 1), -ENOSYS);
	world_down();
}
END_TEST

/* Where it is decided: not every caller asks before. A dead table grows no more. */
START_TEST(frames_are_counted)
{
	struct domain *d;
	mfn_t m;

	world_up();
	d = fake_domain[1];
	ck_assert_int_eq(grant_get_frame(d, 3, &m), 0);
	ck_assert_int_eq(grant_get_frame(d, 4, &m), -ENOSPC);
	ck_assert_int_eq(grant_get_frame(d, GRANT_FRAMES_LIMIT, &m), -EINVAL);
	ck_assert_uint_eq(d->grants->frames, 4);

	ck_assert_int_eq(grant_get_frame(fake_domain[2], 0, &m), 0);
	ck_assert_int_eq(grant_teardown(fake_domain[2]), 0);
	ck_assert_int_eq(grant_get_frame(fake_domain[2], 1, &m), -ESRCH);
	world_down();
}
END_TEST

/*
 * The granter dies with its grants in use: its frames stay, and the grantee's unmap touches no
 * table that is gone.
 */
START_TEST(granter_dies)
{
	unsigned char *table;
	u32 h;
	u64 m, frame;

	world_up();
	m = world_page(1, 0x11);
	grant(1, 9, 0, m, 0);
	ck_assert_int_eq(map(0, 1, 9, A, HOST, &h), GNTST_okay);

	table = (unsigned char *)entry_of(1, 0);
	frame = virt_to_mfn(table).n;
	ck_assert_int_eq(grant_teardown(fake_domain[1]), 0);
	ck_assert_uint_eq(world_refs(frame), 0);
	ck_assert_int_eq(map(0, 1, 9, B, HOST, &h), GNTST_bad_gntref);
	ck_assert_int_eq(unmap(0, A, 0), GNTST_okay);
	ck_assert_uint_eq(world_refs(m), 1);
	for (u32 i = 0; i < PAGE_SIZE; i++)
		must(table[i] == 0xee);
	world_down();
}
END_TEST

Suite *suite_ops(void)
{
	Suite *s = suite_create("grant operations");
	TCase *t = tcase_create("ops");

	tcase_add_test(t, map_and_unmap);
	tcase_add_test(t, each_its_own);
	tcase_add_test(t, flush_comes_first);
	tcase_add_test(t, read_only);
	tcase_add_test(t, refusals);
	tcase_add_test(t, device_and_host);
	tcase_add_test(t, by_entry_and_bits);
	tcase_add_test(t, implicit_unmap);
	tcase_add_test(t, lists_and_preemption);
	tcase_add_test(t, record_limit);
	tcase_add_test(t, copies);
	tcase_add_test(t, tables);
	tcase_add_test(t, frames_are_counted);
	tcase_add_test(t, granter_dies);
	suite_add_tcase(s, t);
	return s;
}
