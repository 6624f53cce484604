/* SPDX-License-Identifier: MIT */
/* Registers as instructions number them, and written as the processor does. */
#include "suites.h"

#include <insn/insn.h>

START_TEST(by_number)
{
	struct cpu_user_regs r = { 0 };
	u64 *const order[] = {
		&r.rax, &r.rcx, &r.rdx, &r.rbx, &r.rsp, &r.rbp, &r.rsi, &r.rdi,
		&r.r8,  &r.r9,  &r.r10, &r.r11, &r.r12, &r.r13, &r.r14, &r.r15,
	};

	for (u8 n = 0; n < 16; n++)
		ck_assert_ptr_eq(insn_reg(&r, n), order[n]);
}
END_TEST

START_TEST(written_by_size)
{
	static const struct {
		u8 size;
		u64 expected;
	} cases[] = {
		{ 1, 0xffffffffffffff08 },
		{ 2, 0xffffffffffff0708 },
		{ 4, 0x0000000005060708 },
		{ 8, 0x0102030405060708 },
	};

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		u64 reg = ~0ul;

		insn_reg_write(&reg, 0x0102030405060708, cases[i].size);
		ck_assert_uint_eq(reg, cases[i].expected);
	}
}
END_TEST

Suite *registers_suite(void)
{
	Suite *s = suite_create("registers");
	TCase *t = tcase_create("all");

	tcase_add_test(t, by_number);
	tcase_add_test(t, written_by_size);
	suite_add_tcase(s, t);

	return s;
}
