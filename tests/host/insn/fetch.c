/* SPDX-License-Identifier: MIT */
/* Code fetched from a guest whose memory is one page, with nothing before it and nothing behind. */
#include "suites.h"

#include <dom/domain.h>
#include <insn/insn.h>
#include <string.h>

#define PAGE_AT 0x7000ul

static u8 page[PAGE_SIZE];

int guest_copy_in(void *dst, const void *guest, size_t n)
{
	u64 at = (u64)guest;

	if (at < PAGE_AT || at > PAGE_AT + PAGE_SIZE || n > PAGE_AT + PAGE_SIZE - at)
		return -EFAULT;

	memcpy(dst, page + (at - PAGE_AT), n);
	return 0;
}

static void page_fill(void)
{
	for (u32 i = 0; i < PAGE_SIZE; i++)
		page[i] = i * 7;
}

START_TEST(as_many_as_there_are)
{
	u8 bytes[INSN_MAX];

	page_fill();
	for (u32 left = PAGE_SIZE; left; left--) {
		u64 offset = PAGE_SIZE - left;
		u32 n = insn_fetch(PAGE_AT + offset, bytes);

		ck_assert_uint_eq(n, MIN(left, INSN_MAX));
		ck_assert_mem_eq(bytes, page + offset, n);
	}
}
END_TEST

START_TEST(none_where_there_is_nothing)
{
	u8 bytes[INSN_MAX];

	ck_assert_uint_eq(insn_fetch(PAGE_AT - 1, bytes), 0);
	ck_assert_uint_eq(insn_fetch(PAGE_AT + PAGE_SIZE, bytes), 0);
	ck_assert_uint_eq(insn_fetch(~0ul, bytes), 0);
	ck_assert_uint_eq(insn_fetch(~0ul - INSN_MAX, bytes), 0);
}
END_TEST

/* What insn_at says of these bytes, up to the end of the page. */
static bool at_end(const u8 *code, u32 n, struct insn *i)
{
	u32 offset = PAGE_SIZE - n;

	memcpy(page + offset, code, n);
	return insn_at(PAGE_AT + offset, i);
}

START_TEST(what_stands_there_now)
{
	static const u8 mov[16] = { 0x48, 0x89, 0x07 }, xchg[16] = { 0x48, 0x87, 0x07 };
	static const u8 zeros[16] = { 0xc7, 0x07 };
	static const u8 imm0[16] = { 0x48, 0xc7, 0x87, 0, 0, 0, 0, 0, 0, 0, 0 };
	static const u8 imm1[16] = { 0x48, 0xc7, 0x87, 0, 0, 0, 0, 0, 0, 0, 1 };
	struct insn i;

	/* What was decoded is kept: other bytes at the same place are another instruction. */
	for (u32 round = 0; round < 3; round++) {
		ck_assert(at_end(mov, 16, &i));
		ck_assert_uint_eq(i.op, INSN_MOV);
		ck_assert(at_end(xchg, 16, &i));
		ck_assert_uint_eq(i.op, INSN_XCHG);
		ck_assert(at_end(imm0, 16, &i));
		ck_assert_int_eq(i.imm, 0);
		ck_assert(at_end(imm1, 16, &i));
		ck_assert_int_eq(i.imm, 1 << 24);
	}

	/* So is what is cut off, and what is no instruction; the next one is not taken for it. */
	for (u32 round = 0; round < 3; round++) {
		ck_assert(!at_end(zeros, 4, &i));
		ck_assert(at_end(zeros, 8, &i));
		ck_assert(at_end(zeros, 16, &i));
		ck_assert(!insn_at(PAGE_AT + PAGE_SIZE, &i));
	}
}
END_TEST

Suite *fetch_suite(void)
{
	Suite *s = suite_create("fetch");
	TCase *t = tcase_create("all");

	tcase_add_test(t, as_many_as_there_are);
	tcase_add_test(t, none_where_there_is_nothing);
	tcase_add_test(t, what_stands_there_now);
	suite_add_tcase(s, t);

	return s;
}
