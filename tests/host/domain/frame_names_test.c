/* SPDX-License-Identifier: MIT */
/* Frames in page tables and contexts: named by pages and back again, and refused where there is no
 * name. */
#include <check.h>
#include <errno.h>
#include <string.h>
#include <dom0-tools/domain/frame_names.h>
#include <tests/host/suites_run.h>

/* The names of frames are 1000 more than their numbers; above 5000 there is none. */
#define FIRST 1000
#define LAST  5000

static uint64_t up(void *context, uint64_t frame)
{
	(void)context;
	return frame < LAST ? frame + FIRST : NAME_NONE;
}

static uint64_t down(void *context, uint64_t frame)
{
	(void)context;
	return frame >= FIRST && frame < FIRST + LAST ? frame - FIRST : NAME_NONE;
}

static const struct frame_names there = { up, NULL }, back = { down, NULL };

START_TEST(tables_go_and_come)
{
	uint64_t table[TABLE_ENTRIES] = { 0 }, before[TABLE_ENTRIES];
	size_t bad;

	table[0] = 7ULL << 12 | 0x67;
	table[1] = 7777ULL << 12 | 0x100; /* not present: what it says is the guest's business */
	table[511] = 1ULL << 63 | 4999ULL << 12 | 1;
	memcpy(before, table, sizeof(before));

	ck_assert_int_eq(names_in_table(&there, 1, table, &bad), 0);
	ck_assert_uint_eq(table[0], 1007ULL << 12 | 0x67);
	ck_assert_uint_eq(table[1], before[1]);
	ck_assert_uint_eq(table[511], 1ULL << 63 | 5999ULL << 12 | 1);
	ck_assert_int_eq(names_in_table(&back, 1, table, &bad), 0);
	ck_assert_int_eq(memcmp(table, before, sizeof(before)), 0);
}
END_TEST

START_TEST(the_hypervisors_part_is_emptied)
{
	uint64_t table[TABLE_ENTRIES];
	size_t bad;

	for (size_t i = 0; i < TABLE_ENTRIES; i++)
		table[i] = (i >= 256 && i < 272 ? 9999ULL : 1ULL) << 12 | 1;

	ck_assert_int_eq(names_in_table(&there, 4, table, &bad), 0);
	ck_assert_uint_eq(table[255], 1001ULL << 12 | 1);
	ck_assert_uint_eq(table[256], 0);
	ck_assert_uint_eq(table[271], 0);
	ck_assert_uint_eq(table[272], 1001ULL << 12 | 1);

	/* Of no other table. */
	table[260] = 9999ULL << 12 | 1;
	ck_assert_int_eq(names_in_table(&back, 3, table, &bad), -ENXIO);
	ck_assert_uint_eq(bad, 260);
}
END_TEST

static struct vcpu_guest_context context_make(void)
{
	struct vcpu_guest_context c;

	memset(&c, 0, sizeof(c));
	c.user_regs.rdx = 3;
	c.gdt_ents = 513;
	c.gdt_frames[0] = 4;
	c.gdt_frames[1] = 5;
	c.gdt_frames[2] = 9999; /* of no entry */
	c.ctrlreg[3] = 6ULL << 12;
	c.ctrlreg[1] = 8ULL << 12;
	return c;
}

START_TEST(contexts_go_and_come)
{
	struct vcpu_guest_context before = context_make(), c = before;
	const char *what;

	ck_assert_int_eq(names_in_context(&there, 0, true, &c, &what), 0);
	ck_assert_uint_eq(c.user_regs.rdx, 1003);
	ck_assert_uint_eq(c.gdt_frames[1], 1005);
	ck_assert_uint_eq(c.ctrlreg[3], 1006ULL << 12);
	ck_assert_uint_eq(c.ctrlreg[1], 1008ULL << 12 | 1);
	ck_assert_int_eq(names_in_context(&back, 0, false, &c, &what), 0);
	ck_assert_int_eq(memcmp(&c, &before, sizeof(c)), 0);

	/* Of another virtual CPU that register is its own. */
	ck_assert_int_eq(names_in_context(&there, 1, true, &c, &what), 0);
	ck_assert_uint_eq(c.user_regs.rdx, 3);

	/* Without a user root there is none. */
	c = before;
	c.ctrlreg[1] = 0;
	ck_assert_int_eq(names_in_context(&there, 0, true, &c, &what), 0);
	ck_assert_uint_eq(c.ctrlreg[1], 0);
}
END_TEST

START_TEST(what_has_no_name_is_told)
{
	struct vcpu_guest_context c = context_make();
	const char *what;

	c.gdt_frames[1] = 9999;
	ck_assert_int_eq(names_in_context(&there, 0, true, &c, &what), -ENXIO);
	ck_assert_str_eq(what, "a page of its GDT");

	c = context_make();
	c.gdt_ents = ~0UL;
	ck_assert_int_eq(names_in_context(&there, 0, true, &c, &what), -ENXIO);
	c.gdt_ents = 16 * 512 + 1;
	ck_assert_int_eq(names_in_context(&there, 0, true, &c, &what), -ENXIO);

	c = context_make();
	c.ctrlreg[3] = ~0UL;
	ck_assert_int_eq(names_in_context(&there, 0, true, &c, &what), -ENXIO);
	ck_assert_str_eq(what, "its page tables");

	c = context_make();
	c.user_regs.rdx = ~0UL;
	ck_assert_int_eq(names_in_context(&there, 0, true, &c, &what), -ENXIO);
	ck_assert_str_eq(what, "its start_info");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("frame_names");
	TCase *t = tcase_create("frame_names");

	suite_add_tcase(suite, t);
	tcase_add_test(t, tables_go_and_come);
	tcase_add_test(t, the_hypervisors_part_is_emptied);
	tcase_add_test(t, contexts_go_and_come);
	tcase_add_test(t, what_has_no_name_is_told);

	return suites_run(suite);
}
