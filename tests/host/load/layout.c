/* SPDX-License-Identifier: MIT */
/*
 * The layout of a new guest and its page tables, by walking the tables as the processor does: every
 * address of the bootstrap region leads to its pfn, page tables are mapped read-only and nothing
 * else is, and what does not fit is refused.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <pvabi/load/layout.h>
#include "suites.h"

#define MIB      256ULL /* pages */
#define BASE     0xffffffff80000000ULL
#define P2M_BASE 0x8000000000ULL
/* Frames of the pretended machine: pfn n is frame n + FIRST_FRAME. */
#define FIRST_FRAME 0x1000

static struct guest_layout l;
static struct guest_notes notes;
static struct load_error why;
static uint64_t (*tables)[512];
static uint64_t *p2m;

static void linux_notes(void)
{
	notes = (struct guest_notes){
		.virt_base = BASE,
		.entry = BASE + 0x1000000,
		.hypercall_page = NOTES_UNSET,
		.init_p2m = P2M_BASE,
		.mod_start_pfn = 1,
		.virt_start = BASE + 0x1000000,
		.virt_end = BASE + 0x4a00000,
	};
}

static void plain_notes(void)
{
	linux_notes();
	notes.init_p2m = NOTES_UNSET;
	notes.mod_start_pfn = 0;
}

static int make(uint64_t nr_pages, uint64_t initrd)
{
	struct layout_input in = { .notes = &notes, .nr_pages = nr_pages, .initrd_size = initrd };

	memset(&why, 0, sizeof(why));
	return layout_make(&l, &in, &why);
}

static uint64_t frame_of(void *context, uint64_t pfn)
{
	return ((const uint64_t *)context)[pfn];
}

static void fill(uint64_t nr_pages)
{
	p2m = calloc(nr_pages, sizeof(*p2m));
	for (uint64_t i = 0; i < nr_pages; i++)
		p2m[i] = FIRST_FRAME + i;
	tables = calloc(tables_count(&l.set), sizeof(*tables));
	for (size_t i = 0; i < tables_count(&l.set); i++)
		tables_fill(&l.set, i, frame_of, p2m, tables[i]);
}

static void done(void)
{
	free(p2m);
	free(tables);
	p2m = NULL;
	tables = NULL;
}

static const uint64_t *table_of(uint64_t entry)
{
	uint64_t pfn = ((entry & 0xffffffffff000ULL) >> 12) - FIRST_FRAME;

	for (size_t i = 0; i < tables_count(&l.set); i++)
		if (tables_pfn(&l.set, i) == pfn)
			return tables[i];
	ck_abort_msg("an entry leads to pfn %#lx, which is no page table", (unsigned long)pfn);
	return NULL;
}

/* The entry of the last level that maps @virt, 0 when nothing does. */
static uint64_t walk(uint64_t virt)
{
	const uint64_t *table = tables[0];

	for (unsigned int level = 4;; level--) {
		uint64_t entry = table[(virt >> (12 + 9 * (level - 1))) & 511];

		if ((entry & 1) == 0 || level == 1)
			return entry;
		table = table_of(entry);
	}
}

static bool is_table(uint64_t pfn)
{
	for (size_t i = 0; i < tables_count(&l.set); i++)
		if (tables_pfn(&l.set, i) == pfn)
			return true;
	return false;
}

static void check_range(uint64_t virt, uint64_t end, uint64_t pfn, uint64_t nr_pages)
{
	for (; virt < end; virt += 4096, pfn++) {
		uint64_t entry = walk(virt);

		if (pfn >= nr_pages) {
			ck_assert_uint_eq(entry, 0);
			continue;
		}
		ck_assert_uint_eq((entry & 0xffffffffff000ULL) >> 12, pfn + FIRST_FRAME);
		ck_assert_uint_eq(entry & 5, 5);
		ck_assert_int_eq((entry & 2) != 0, !is_table(pfn));
	}
}

/* Regions follow each other without overlap, in the contract's order. */
static void check_order(const struct layout_region *const *regions, size_t n)
{
	for (size_t i = 1; i < n; i++)
		ck_assert_uint_eq(regions[i]->pfn, regions[i - 1]->pfn + regions[i - 1]->pages);
}

START_TEST(linux_layout)
{
	const struct layout_region *const order[] = { &l.kernel,  &l.start_info, &l.store,
						      &l.console, &l.tables,     &l.stack,
						      &l.initrd,  &l.p2m,        &l.p2m_tables };
	uint64_t nr_pages = 256 * MIB;

	linux_notes();
	ck_assert_int_eq(make(nr_pages, 5000000), 0);
	check_order(order, sizeof(order) / sizeof(order[0]));
	ck_assert_uint_eq(l.kernel.pfn, 0x1000);
	ck_assert_uint_eq(l.initrd.pages, 1221);
	ck_assert_uint_eq(l.initrd.virt, 0);
	/* The list takes 512 KiB: an L1, an L2 and an L3 of its own; the L4 is shared. */
	ck_assert_uint_eq(l.p2m.pages, 128);
	ck_assert_uint_eq(l.p2m_tables.pages, 3);
	ck_assert_uint_eq(layout_p2m_first(&l), l.p2m.pfn);
	ck_assert_uint_eq(l.p2m.virt, P2M_BASE);
	ck_assert_uint_eq(tables_count(&l.set), l.tables.pages + 3);
	ck_assert_uint_eq(l.virt_end % (4 << 20), 0);
	ck_assert_uint_ge(l.virt_end, l.stack.virt + 4096 + (512 << 10));
	fill(nr_pages);
	check_range(BASE, l.virt_end, 0, nr_pages);
	check_range(P2M_BASE, P2M_BASE + 128 * 4096, l.p2m.pfn, nr_pages);
	ck_assert_uint_eq(walk(l.virt_end), 0);
	ck_assert_uint_eq(walk(P2M_BASE + 128 * 4096), 0);
	ck_assert_uint_eq(walk(BASE - 4096), 0);
	done();
}
END_TEST

/* A p2m list below the same entry of the L4 as the kernel: its mapping takes only what is new. */
START_TEST(tables_are_shared)
{
	uint64_t nr_pages = 256 * MIB, list = BASE & ~((1ULL << 39) - 1);

	linux_notes();
	notes.init_p2m = list;
	ck_assert_int_eq(make(nr_pages, 5000000), 0);
	ck_assert_uint_eq(l.p2m_tables.pages, 2);
	fill(nr_pages);
	check_range(BASE, l.virt_end, 0, nr_pages);
	check_range(list, list + 128 * 4096, l.p2m.pfn, nr_pages);
	done();

	/* The L2 too: it ends where the kernel begins. */
	notes.init_p2m = BASE - (2ULL << 20);
	ck_assert_int_eq(make(nr_pages, 5000000), 0);
	ck_assert_uint_eq(l.p2m_tables.pages, 2);
	done();
	notes.virt_base += 4ULL << 20;
	notes.init_p2m = BASE + (2ULL << 20);
	ck_assert_int_eq(make(nr_pages, 5000000), 0);
	ck_assert_uint_eq(l.p2m_tables.pages, 1);
	fill(nr_pages);
	check_range(notes.virt_base, l.virt_end, 0, nr_pages);
	check_range(notes.init_p2m, notes.init_p2m + 128 * 4096, l.p2m.pfn, nr_pages);
	done();
}
END_TEST

START_TEST(plain_layout)
{
	const struct layout_region *const order[] = { &l.kernel,     &l.initrd, &l.p2m,
						      &l.start_info, &l.store,  &l.console,
						      &l.tables,     &l.stack };
	uint64_t nr_pages = 128 * MIB;

	plain_notes();
	ck_assert_int_eq(make(nr_pages, 4096), 0);
	check_order(order, sizeof(order) / sizeof(order[0]));
	ck_assert_uint_eq(l.initrd.virt, BASE + l.initrd.pfn * 4096);
	ck_assert_uint_eq(l.p2m.virt, BASE + l.p2m.pfn * 4096);
	ck_assert_uint_eq(l.p2m.pages, 64);
	fill(nr_pages);
	check_range(BASE, l.virt_end, 0, nr_pages);
	done();
}
END_TEST

/* At the low end of the address space, with memory that ends inside the padding. */
START_TEST(small_layout)
{
	uint64_t nr_pages = 4 * MIB;

	plain_notes();
	notes.virt_base = 0;
	notes.virt_start = notes.entry = 0x100000;
	notes.virt_end = 0x10c000;
	ck_assert_int_eq(make(nr_pages, 0), 0);
	ck_assert_uint_eq(l.virt_end, 4 << 20);
	/* L4, L3, L2 and two L1s */
	ck_assert_uint_eq(l.tables.pages, 5);
	fill(nr_pages);
	check_range(0, l.virt_end, 0, nr_pages);
	done();
	ck_assert_int_eq(make(300, 0), 0);
	fill(300);
	check_range(0, l.virt_end, 0, 300);
	done();
}
END_TEST

/* Every size of initrd moves the tables' count past its own borders at some point. */
START_TEST(tables_always_cover_themselves)
{
	plain_notes();
	for (uint64_t mib = 0; mib < 600; mib++) {
		ck_assert_int_eq(make(4096 * MIB, mib << 20), 0);
		ck_assert_uint_eq(tables_count(&l.set), l.tables.pages);
		ck_assert_uint_ge(l.virt_end, l.stack.virt + 4096 + (512 << 10));
	}
}
END_TEST

START_TEST(large_guest)
{
	linux_notes();
	ck_assert_int_eq(make(64 * 1024 * MIB, 100 << 20), 0);
	ck_assert_uint_eq(l.p2m.pages, 32768);
	ck_assert_uint_eq(l.p2m_tables.pages, 64 + 1 + 1);
}
END_TEST

static void refused(int rc, int code, const char *words)
{
	ck_assert_int_eq(rc, code);
	ck_assert_msg(strstr(why.text, words) != NULL, "%s", why.text);
}

START_TEST(too_little_memory)
{
	linux_notes();
	refused(make(16 * MIB, 0), -ENOMEM, "kernel needs 74 MiB");
	refused(make(74 * MIB, 0), -ENOMEM, "need 75 MiB");
	refused(make(128 * MIB, 100 << 20), -ENOMEM, "need");
	refused(make(128 * MIB, 1ULL << 40), -ENOMEM, "initrd needs");
	refused(make(0, 0), -ENOMEM, "kernel needs");
	plain_notes();
	refused(make(128 * MIB, 60 << 20), -ENOMEM, "need");
}
END_TEST

START_TEST(impossible_addresses)
{
	plain_notes();
	/* Inside the hypervisor's part. */
	notes.virt_base = 0xffff800000000000ULL;
	notes.virt_start = notes.virt_base + 0x1000000;
	notes.virt_end = notes.virt_start + 0x400000;
	refused(make(256 * MIB, 0), -EINVAL, "no PV guest");
	/* Growing into it from below the canonical hole. */
	notes.virt_base = 0x7fffff000000ULL;
	notes.virt_start = notes.virt_base;
	notes.virt_end = notes.virt_base + 0xfff000;
	refused(make(256 * MIB, 0), -EINVAL, "no PV guest");
	/* Wrapping around the end. */
	notes.virt_base = 0xffffffffff000000ULL;
	notes.virt_start = notes.virt_base;
	notes.virt_end = notes.virt_base + 0xfff000;
	refused(make(256 * MIB, 0), -EINVAL, "no PV guest");
	linux_notes();
	notes.init_p2m = BASE + 0x2000000;
	refused(make(256 * MIB, 0), -EINVAL, "p2m list");
	notes.init_p2m = 0xffff800000000000ULL;
	refused(make(256 * MIB, 0), -EINVAL, "p2m list");
	notes.init_p2m = 0xffffffffffe00000ULL;
	refused(make(64 * 1024 * MIB, 0), -EINVAL, "p2m list");
	refused(make(~0ULL, 0), -EINVAL, "so much memory");
}
END_TEST

Suite *suite_layout(void)
{
	Suite *suite = suite_create("guest layout");
	TCase *t = tcase_create("layout");

	suite_add_tcase(suite, t);
	tcase_add_test(t, linux_layout);
	tcase_add_test(t, tables_are_shared);
	tcase_add_test(t, plain_layout);
	tcase_add_test(t, small_layout);
	tcase_add_test(t, tables_always_cover_themselves);
	tcase_add_test(t, large_guest);
	tcase_add_test(t, too_little_memory);
	tcase_add_test(t, impossible_addresses);
	tcase_set_timeout(t, 60);
	return suite;
}
