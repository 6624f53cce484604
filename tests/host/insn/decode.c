/* SPDX-License-Identifier: MIT */
/*
 * The decoder by a list of its own: each opcode once, in the form in which a kernel uses it, then
 * with every prefix, cut at every byte, and longer than a processor takes. No opcode that is not
 * on the list may be taken for one that is.
 */
#include "suites.h"

#include <insn/insn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DS 0x3e

struct expected {
	u8 len, code[12];
	enum insn_op op;
	u8 size;   /* without prefixes */
	u8 size16; /* with 66 */
	u8 reg, rm;
	bool is_memory, is_imm;
	s64 imm;
};

/* clang-format off */
static const struct expected list[] = {
	/* Stores, to (%rdi), rm 7, from reg. */
	{ 2, { 0x88, 0x17 }, INSN_MOV, 1, 1, 2, 7, true, false, 0 },
	{ 2, { 0x89, 0x0f }, INSN_MOV, 4, 2, 1, 7, true, false, 0 },
	{ 3, { 0xc6, 0x07, 0x80 }, INSN_MOV, 1, 1, 0, 7, true, true, -128 },
	{ 6, { 0xc7, 0x07, 1, 2, 3, 4 }, INSN_MOV, 4, 0, 0, 7, true, true, 0x04030201 },
	{ 3, { 0x0f, 0xc3, 0x1f }, INSN_MOV, 4, 2, 3, 7, true, false, 0 },
	{ 2, { 0x86, 0x0f }, INSN_XCHG, 1, 1, 1, 7, true, false, 0 },
	{ 2, { 0x87, 0x0f }, INSN_XCHG, 4, 2, 1, 7, true, false, 0 },
	{ 3, { 0x0f, 0xb0, 0x1f }, INSN_CMPXCHG, 1, 1, 3, 7, true, false, 0 },
	{ 3, { 0x0f, 0xb1, 0x1f }, INSN_CMPXCHG, 4, 2, 3, 7, true, false, 0 },
	{ 2, { 0x20, 0x17 }, INSN_AND, 1, 1, 2, 7, true, false, 0 },
	{ 2, { 0x21, 0x17 }, INSN_AND, 4, 2, 2, 7, true, false, 0 },
	{ 2, { 0x08, 0x17 }, INSN_OR, 1, 1, 2, 7, true, false, 0 },
	{ 2, { 0x09, 0x17 }, INSN_OR, 4, 2, 2, 7, true, false, 0 },
	{ 2, { 0x30, 0x17 }, INSN_XOR, 1, 1, 2, 7, true, false, 0 },
	{ 2, { 0x31, 0x17 }, INSN_XOR, 4, 2, 2, 7, true, false, 0 },
	{ 3, { 0x80, 0x0f, 0x40 }, INSN_OR, 1, 1, 1, 7, true, true, 0x40 },
	{ 3, { 0x80, 0x27, 0xfd }, INSN_AND, 1, 1, 4, 7, true, true, -3 },
	{ 3, { 0x80, 0x37, 0x01 }, INSN_XOR, 1, 1, 6, 7, true, true, 1 },
	{ 6, { 0x81, 0x27, 0, 0, 0, 0x80 }, INSN_AND, 4, 0, 4, 7, true, true, -0x80000000l },
	{ 3, { 0x83, 0x27, 0xdf }, INSN_AND, 4, 2, 4, 7, true, true, -0x21 },
	{ 4, { 0x0f, 0xba, 0x2f, 63 }, INSN_BTS, 4, 2, 5, 7, true, true, 63 },
	{ 4, { 0x0f, 0xba, 0x37, 5 }, INSN_BTR, 4, 2, 6, 7, true, true, 5 },
	{ 4, { 0x0f, 0xba, 0x3f, 7 }, INSN_BTC, 4, 2, 7, 7, true, true, 7 },
	{ 3, { 0x0f, 0xab, 0x0f }, INSN_BTS, 4, 2, 1, 7, true, false, 0 },
	{ 3, { 0x0f, 0xb3, 0x0f }, INSN_BTR, 4, 2, 1, 7, true, false, 0 },
	{ 3, { 0x0f, 0xbb, 0x0f }, INSN_BTC, 4, 2, 1, 7, true, false, 0 },

	/* Privileged instructions. */
	{ 1, { 0x6c }, INSN_INS, 1, 1, 0, 0, false, false, 0 },
	{ 1, { 0x6d }, INSN_INS, 4, 2, 0, 0, false, false, 0 },
	{ 1, { 0x6e }, INSN_OUTS, 1, 1, 0, 0, false, false, 0 },
	{ 1, { 0x6f }, INSN_OUTS, 4, 2, 0, 0, false, false, 0 },
	{ 2, { 0xe4, 0x71 }, INSN_IN, 1, 1, 0, 0, false, true, 0x71 },
	{ 2, { 0xe5, 0x92 }, INSN_IN, 4, 2, 0, 0, false, true, (s8)0x92 },
	{ 2, { 0xe6, 0x80 }, INSN_OUT, 1, 1, 0, 0, false, true, (s8)0x80 },
	{ 2, { 0xe7, 0x70 }, INSN_OUT, 4, 2, 0, 0, false, true, 0x70 },
	{ 1, { 0xec }, INSN_IN, 1, 1, 0, 0, false, false, 0 },
	{ 1, { 0xed }, INSN_IN, 4, 2, 0, 0, false, false, 0 },
	{ 1, { 0xee }, INSN_OUT, 1, 1, 0, 0, false, false, 0 },
	{ 1, { 0xef }, INSN_OUT, 4, 2, 0, 0, false, false, 0 },
	{ 1, { 0xf4 }, INSN_HLT, 0, 0, 0, 0, false, false, 0 },
	{ 1, { 0xfa }, INSN_CLI, 0, 0, 0, 0, false, false, 0 },
	{ 1, { 0xfb }, INSN_STI, 0, 0, 0, 0, false, false, 0 },
	{ 2, { 0x0f, 0x06 }, INSN_CLTS, 0, 0, 0, 0, false, false, 0 },
	{ 2, { 0x0f, 0x08 }, INSN_INVD, 0, 0, 0, 0, false, false, 0 },
	{ 2, { 0x0f, 0x09 }, INSN_WBINVD, 0, 0, 0, 0, false, false, 0 },
	{ 3, { 0x0f, 0x20, 0xd8 }, INSN_MOV_FROM_CR, 8, 8, 3, 0, false, false, 0 },
	{ 3, { 0x0f, 0x21, 0xfb }, INSN_MOV_FROM_DR, 8, 8, 7, 3, false, false, 0 },
	{ 3, { 0x0f, 0x22, 0xe1 }, INSN_MOV_TO_CR, 8, 8, 4, 1, false, false, 0 },
	{ 3, { 0x0f, 0x23, 0xc6 }, INSN_MOV_TO_DR, 8, 8, 0, 6, false, false, 0 },
	{ 2, { 0x0f, 0x30 }, INSN_WRMSR, 0, 0, 0, 0, false, false, 0 },
	{ 2, { 0x0f, 0x31 }, INSN_RDTSC, 0, 0, 0, 0, false, false, 0 },
	{ 2, { 0x0f, 0x32 }, INSN_RDMSR, 0, 0, 0, 0, false, false, 0 },
	{ 2, { 0x0f, 0x33 }, INSN_RDPMC, 0, 0, 0, 0, false, false, 0 },
	{ 2, { 0x0f, 0xa2 }, INSN_CPUID, 0, 0, 0, 0, false, false, 0 },
	{ 3, { 0x0f, 0x01, 0xd1 }, INSN_XSETBV, 0, 0, 0, 0, false, false, 0 },
	{ 3, { 0x0f, 0x01, 0xf0 }, INSN_LMSW, 0, 0, 0, 0, false, false, 0 },
	{ 3, { 0x0f, 0x01, 0xf7 }, INSN_LMSW, 0, 0, 0, 0, false, false, 0 },
	{ 3, { 0x0f, 0x01, 0xf9 }, INSN_RDTSCP, 0, 0, 0, 0, false, false, 0 },
};
/* clang-format on */

static const u8 prefixes[] = { 0xf0, 0xf2, 0xf3, 0x26, 0x2e, 0x36, DS, 0x64, 0x65, 0x67 };

static const char *hex(const u8 *code, u32 n)
{
	static char text[3 * 32];

	text[0] = 0;
	for (u32 i = 0; i < n; i++)
		sprintf(text + 3 * i, "%02x ", code[i]);

	return text;
}

/* On the heap, so that a byte read behind the end is seen. */
static bool decode(const u8 *code, u32 n, struct insn *i)
{
	u8 *copy = malloc(n ? n : 1);
	bool ok;

	memcpy(copy, code, n);
	ok = insn_decode(copy, n, i);
	free(copy);

	return ok;
}

static void operands_check(const struct expected *e, const struct insn *i, const char *bytes)
{
	ck_assert_msg(i->op == e->op, "%s: operation %d", bytes, i->op);
	ck_assert_msg(i->is_memory == e->is_memory, "%s: memory", bytes);
	ck_assert_msg(i->is_imm == e->is_imm, "%s: immediate", bytes);
	ck_assert_msg(i->imm == e->imm, "%s: immediate %ld", bytes, (long)i->imm);
}

START_TEST(each_as_it_is)
{
	const struct expected *e = &list[_i];
	const char *bytes = hex(e->code, e->len);
	struct insn i;

	/* Zeros behind it belong to the next instruction. */
	for (u32 n = e->len; n <= sizeof(e->code); n++) {
		ck_assert_msg(decode(e->code, n, &i), "%s", bytes);
		operands_check(e, &i, bytes);
		ck_assert_msg(i.length == e->len, "%s: length %u", bytes, i.length);
		ck_assert_msg(i.size == e->size, "%s: size %u", bytes, i.size);
		ck_assert_msg(i.reg == e->reg && i.rm == e->rm, "%s: %u, %u", bytes, i.reg, i.rm);
		ck_assert(!i.lock && !i.rep && !i.segment && !i.operand16 && !i.address32);
		ck_assert_uint_eq(i.rex, 0);
	}
}
END_TEST

START_TEST(cut_at_each_byte)
{
	const struct expected *e = &list[_i];
	u8 code[16] = { 0xf0, 0x65, 0x4f };
	struct insn i;

	for (u32 n = 0; n < e->len; n++)
		ck_assert_msg(!decode(e->code, n, &i), "%s at %u", hex(e->code, e->len), n);

	memcpy(code + 3, e->code, e->len);
	for (u32 n = 0; n < 3u + e->len; n++)
		ck_assert_msg(!decode(code, n, &i), "%s at %u", hex(code, 3 + e->len), n);
	ck_assert(decode(code, 3 + e->len, &i));
}
END_TEST

START_TEST(each_prefix_and_each_pair)
{
	const struct expected *e = &list[_i];
	u8 code[16];
	struct insn i;

	memcpy(code + 2, e->code, e->len);
	for (u32 a = 0; a < ARRAY_SIZE(prefixes); a++)
		for (u32 b = 0; b < ARRAY_SIZE(prefixes); b++) {
			const u8 first = prefixes[a], second = prefixes[b];
			const char *bytes;
			u32 len = 2 + e->len;

			code[0] = first;
			code[1] = second;
			bytes = hex(code, len);

			ck_assert_msg(decode(code, len, &i), "%s", bytes);
			operands_check(e, &i, bytes);
			ck_assert_msg(i.length == len, "%s: length %u", bytes, i.length);
			ck_assert_msg(i.size == e->size, "%s: size %u", bytes, i.size);
			ck_assert_int_eq(i.lock, first == 0xf0 || second == 0xf0);
			ck_assert_int_eq(i.rep, first >> 1 == 0x79 || second >> 1 == 0x79);
			ck_assert_int_eq(i.address32, first == 0x67 || second == 0x67);
			ck_assert_int_eq(i.segment, (first > 0x25 && first < 0x66) ||
							    (second > 0x25 && second < 0x66));
		}
}
END_TEST

START_TEST(operands_of_16_bits)
{
	const struct expected *e = &list[_i];
	u8 code[16] = { 0x66 };
	struct insn i;

	memcpy(code + 1, e->code, e->len);
	ck_assert(decode(code, sizeof(code), &i));
	ck_assert(i.operand16);
	ck_assert_int_eq(i.op, e->op);

	/* An immediate of 4 bytes shrinks to 2. */
	if (!e->size16) {
		ck_assert_uint_eq(i.length, e->size == 4 ? e->len - 1 : e->len + 1);
		ck_assert_uint_eq(i.size, e->size == 4 ? 2 : 0);
	} else {
		ck_assert_uint_eq(i.length, e->len + 1);
		ck_assert_uint_eq(i.size, e->size16);
	}
}
END_TEST

/* What REX.W makes of an operand: no port access has 8 bytes, no byte grows. */
static u8 size_with_w(const struct expected *e)
{
	bool grows = e->op < INSN_IN && e->size == 4;

	return grows ? 8 : e->size;
}

START_TEST(each_rex)
{
	const struct expected *e = &list[_i];
	bool has_registers = e->is_memory || e->size == 8;
	u8 code[16];
	struct insn i;

	memcpy(code + 1, e->code, e->len);
	for (u8 rex = 0x40; rex < 0x50; rex++) {
		u8 reg = has_registers && rex & 4 ? e->reg + 8 : e->reg;
		u8 rm = has_registers && rex & 1 ? e->rm + 8 : e->rm;
		u32 len = 1 + e->len;
		const char *bytes;

		code[0] = rex;
		bytes = hex(code, len);
		ck_assert_msg(decode(code, len, &i), "%s", bytes);
		operands_check(e, &i, bytes);
		ck_assert_uint_eq(i.rex, rex);
		ck_assert_msg(i.length == len, "%s: length %u", bytes, i.length);
		ck_assert_msg(i.size == (rex & 8 ? size_with_w(e) : e->size), "%s: size %u", bytes,
			      i.size);
		ck_assert_msg(i.reg == reg && i.rm == rm, "%s: %u, %u", bytes, i.reg, i.rm);
	}
}
END_TEST

START_TEST(rex_only_before_the_opcode)
{
	const struct expected *e = &list[_i];
	u8 code[16] = { 0x48 };
	struct insn i;

	memcpy(code + 2, e->code, e->len);
	for (u32 p = 0; p < ARRAY_SIZE(prefixes); p++) {
		code[1] = prefixes[p];
		ck_assert_msg(!decode(code, sizeof(code), &i), "%s", hex(code, 2 + e->len));
	}
	code[1] = 0x48;
	ck_assert_msg(!decode(code, sizeof(code), &i), "%s", hex(code, 2 + e->len));
}
END_TEST

START_TEST(at_most_15_bytes)
{
	const struct expected *e = &list[_i];
	u8 code[64];
	struct insn i;

	for (u32 prefix_count = 0; prefix_count < 32; prefix_count++) {
		u32 len = prefix_count + e->len;

		memset(code, 0, sizeof(code));
		memset(code, DS, prefix_count);
		memcpy(code + prefix_count, e->code, e->len);
		ck_assert_int_eq(decode(code, sizeof(code), &i), len <= INSN_MAX);
		ck_assert_int_eq(decode(code, len, &i), len <= INSN_MAX);
		ck_assert_int_eq(insn_decode(code, ~0u, &i), len <= INSN_MAX);
	}
}
END_TEST

START_TEST(control_registers_whatever_mod)
{
	struct insn i;

	for (u32 modrm = 0; modrm < 0x100; modrm++)
		for (u8 opcode = 0x20; opcode < 0x24; opcode++) {
			const u8 code[] = { 0x0f, opcode, modrm };

			ck_assert(decode(code, sizeof(code), &i));
			ck_assert_uint_eq(i.length, 3);
			ck_assert_uint_eq(i.reg, modrm >> 3 & 7);
			ck_assert_uint_eq(i.rm, modrm & 7);
			ck_assert(!i.is_memory);
		}
}
END_TEST

/* Is @op what the list says of the opcode at @code, by @n bytes of it, or by those and a group? */
static bool on_the_list(const u8 *code, u32 n, enum insn_op op)
{
	for (u32 k = 0; k < ARRAY_SIZE(list); k++)
		if (list[k].op == op && !memcmp(list[k].code, code, n))
			return true;

	/* The list has the first and the last register of lmsw. */
	return op == INSN_LMSW && code[1] == 0x01 && code[2] >= 0xf0 && code[2] <= 0xf7;
}

static void opcode_check(const u8 *code, u32 n)
{
	u8 whole[INSN_MAX] = { 0 };
	struct insn i;

	memcpy(whole, code, n);
	for (u32 modrm = 0; modrm < 0x100; modrm++) {
		whole[n] = modrm;
		if (!decode(whole, sizeof(whole), &i))
			continue;

		ck_assert_msg(i.op > INSN_NONE && i.op < INSN_COUNT, "%s", hex(whole, n));
		if (n == 1 && (code[0] == 0x81 || code[0] == 0x83)) /* as 0x80 */
			ck_assert(i.op == INSN_AND || i.op == INSN_OR || i.op == INSN_XOR);
		else
			ck_assert_msg(on_the_list(whole, n, i.op), "%s", hex(whole, n));
	}
}

static bool is_prefix(u8 byte)
{
	return byte == 0x66 || (byte & 0xf0) == 0x40 || memchr(prefixes, byte, sizeof(prefixes));
}

START_TEST(no_other_opcode)
{
	for (u32 opcode = 0; opcode < 0x100; opcode++) {
		const u8 one[] = { opcode };
		const u8 two[] = { 0x0f, opcode };
		const u8 three[] = { 0x0f, 0x01, opcode };

		if (opcode != 0x0f && !is_prefix(opcode))
			opcode_check(one, 1);
		if (opcode != 0x01)
			opcode_check(two, 2);
		opcode_check(three, 3);
	}
}
END_TEST

START_TEST(no_overrun_by_random_bytes)
{
	u8 code[INSN_MAX + 5];
	struct insn i;

	srand(6);
	for (int round = 0; round < 500000; round++) {
		u32 n = (u32)rand() % (sizeof(code) + 1);

		for (u32 k = 0; k < n; k++)
			code[k] = rand() % 3 ? rand() : 0x0f;
		if (!decode(code, n, &i))
			continue;

		ck_assert_uint_ge(i.length, 1);
		ck_assert_uint_le(i.length, MIN(n, INSN_MAX));
	}
}
END_TEST

Suite *decode_suite(void)
{
	Suite *s = suite_create("decode");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, each_as_it_is, 0, ARRAY_SIZE(list));
	tcase_add_loop_test(t, cut_at_each_byte, 0, ARRAY_SIZE(list));
	tcase_add_loop_test(t, each_prefix_and_each_pair, 0, ARRAY_SIZE(list));
	tcase_add_loop_test(t, operands_of_16_bits, 0, ARRAY_SIZE(list));
	tcase_add_loop_test(t, each_rex, 0, ARRAY_SIZE(list));
	tcase_add_loop_test(t, rex_only_before_the_opcode, 0, ARRAY_SIZE(list));
	tcase_add_loop_test(t, at_most_15_bytes, 0, ARRAY_SIZE(list));
	tcase_add_test(t, control_registers_whatever_mod);
	tcase_add_test(t, no_other_opcode);
	tcase_add_test(t, no_overrun_by_random_bytes);
	suite_add_tcase(s, t);

	return s;
}
