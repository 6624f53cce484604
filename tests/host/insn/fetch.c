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

Suite *fetch_suite(void)
{
	Suite *s = suite_create("fetch");
	TCase *t = tcase_create("all");

	tcase_add_test(t, as_many_as_there_are);
	tcase_add_test(t, none_where_there_is_nothing);
	suite_add_tcase(s, t);

	return s;
}
