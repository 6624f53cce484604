/* SPDX-License-Identifier: MIT */
/*
 * The store decoder beside the processor: each form is run on real memory with random operands, and
 * memory, registers and flags must be what store_apply says. Then: what must not be taken for a
 * store, and cut or random bytes.
 */
#include "suites.h"

#include <ptable/store.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ARITH 0x8d5ul /* CF PF AF ZF SF OF */

static bool store_decode(const u8 *code, u32 n, struct insn *s)
{
	return insn_decode(code, n, s) && store_known(s);
}

struct form {
	const char *name;
	u8 len, code[12];
	u64 undefined; /* flags the manual leaves open */
};

/* All operate on (%rdi). */
static const struct form forms[] = {
	{ "mov %rax", 3, { 0x48, 0x89, 0x07 }, 0 },
	{ "mov %r9", 3, { 0x4c, 0x89, 0x0f }, 0 },
	{ "mov %ecx", 2, { 0x89, 0x0f }, 0 },
	{ "mov %dl", 2, { 0x88, 0x17 }, 0 },
	{ "mov %sil", 3, { 0x40, 0x88, 0x37 }, 0 },
	{ "movq $-2", 7, { 0x48, 0xc7, 0x07, 0xfe, 0xff, 0xff, 0xff }, 0 },
	{ "movl $0x12345678", 6, { 0xc7, 0x07, 0x78, 0x56, 0x34, 0x12 }, 0 },
	{ "movb $0x7f", 3, { 0xc6, 0x07, 0x7f }, 0 },
	{ "movnti %rax", 4, { 0x48, 0x0f, 0xc3, 0x07 }, 0 },
	{ "xchg %rax", 3, { 0x48, 0x87, 0x07 }, 0 },
	{ "lock xchg %ebx", 3, { 0xf0, 0x87, 0x1f }, 0 },
	{ "xchg %cl", 2, { 0x86, 0x0f }, 0 },
	{ "lock cmpxchg %rcx", 5, { 0xf0, 0x48, 0x0f, 0xb1, 0x0f }, 0 },
	{ "cmpxchg %edx", 3, { 0x0f, 0xb1, 0x17 }, 0 },
	{ "cmpxchg %bl", 3, { 0x0f, 0xb0, 0x1f }, 0 },
	{ "lock and %rcx", 4, { 0xf0, 0x48, 0x21, 0x0f }, 0x10 },
	{ "or %r8", 3, { 0x4c, 0x09, 0x07 }, 0x10 },
	{ "xor %edx", 2, { 0x31, 0x17 }, 0x10 },
	{ "and %dl", 2, { 0x20, 0x17 }, 0x10 },
	{ "or %dl", 2, { 0x08, 0x17 }, 0x10 },
	{ "xor %dl", 2, { 0x30, 0x17 }, 0x10 },
	{ "lock andb $~2", 4, { 0xf0, 0x80, 0x27, 0xfd }, 0x10 },
	{ "ds lock andb $~2", 5, { 0x3e, 0xf0, 0x80, 0x27, 0xfd }, 0x10 },
	{ "orb $0x40", 3, { 0x80, 0x0f, 0x40 }, 0x10 },
	{ "andq $-0x21", 4, { 0x48, 0x83, 0x27, 0xdf }, 0x10 },
	{ "orq $0x63", 4, { 0x48, 0x83, 0x0f, 0x63 }, 0x10 },
	{ "xorq $-0x80000000", 7, { 0x48, 0x81, 0x37, 0, 0, 0, 0x80 }, 0x10 },
	{ "andl $0xff00ff00", 6, { 0x81, 0x27, 0, 0xff, 0, 0xff }, 0x10 },
	{ "lock btrq $5", 6, { 0xf0, 0x48, 0x0f, 0xba, 0x37, 0x05 }, 0x894 },
	{ "btsq $63", 5, { 0x48, 0x0f, 0xba, 0x2f, 63 }, 0x894 },
	{ "btcl $7", 4, { 0x0f, 0xba, 0x3f, 7 }, 0x894 },
};

/* Registers handed to the code under test: rax rbx rcx rdx rsi r8 r9, then the flags it leaves. */
struct machine {
	u64 rax, rbx, rcx, rdx, rsi, r8, r9, flags;
};

static void run_native(const void *code, u64 *mem, struct machine *m)
{
	__asm__ volatile(
		"push %%rbx; push %%rbp; mov %0, %%rbp; mov %1, %%r15\n\t"
		"mov %2, %%rdi; mov (%%rbp), %%rax; mov 8(%%rbp), %%rbx; mov 16(%%rbp), %%rcx\n\t"
		"mov 24(%%rbp), %%rdx; mov 32(%%rbp), %%rsi\n\t"
		"mov 40(%%rbp), %%r8; mov 48(%%rbp), %%r9\n\t"
		"pushq 56(%%rbp); popfq; call *%%r15; pushfq; popq 56(%%rbp)\n\t"
		"mov %%rax, (%%rbp); mov %%rbx, 8(%%rbp); mov %%rcx, 16(%%rbp)\n\t"
		"mov %%rdx, 24(%%rbp); mov %%rsi, 32(%%rbp); mov %%r8, 40(%%rbp)\n\t"
		"mov %%r9, 48(%%rbp); pop %%rbp; pop %%rbx"
		:
		: "r"(m), "r"(code), "r"(mem)
		: "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r15", "memory", "cc");
}

static u64 random_word(void)
{
	u64 v = (u64)rand() << 42 ^ (u64)rand() << 21 ^ (u64)rand();

	return rand() % 4 ? v : v & 0xff00000000000063;
}

static void compare_once(const struct form *f, const void *page)
{
	u64 before = random_word(), mem = before, ours;
	struct machine m = { random_word(), random_word(),
			     random_word(), random_word(),
			     random_word(), random_word(),
			     random_word(), 0x202 | (random_word() & ARITH) };
	struct cpu_user_regs r = { .rax = m.rax,
				   .rbx = m.rbx,
				   .rcx = m.rcx,
				   .rdx = m.rdx,
				   .rsi = m.rsi,
				   .r8 = m.r8,
				   .r9 = m.r9,
				   .rflags = m.flags };
	struct insn s;

	if (rand() % 2)
		r.rax = m.rax = before; /* so that cmpxchg succeeds as well */
	ck_assert_msg(store_decode(f->code, f->len, &s), "%s", f->name);
	ck_assert_msg(s.length == f->len, "%s", f->name);
	ck_assert(store_apply(&s, 0, before, &ours, &r));
	run_native(page, &mem, &m);
	ck_assert_msg(ours == mem, "%s on %lx: %lx, the processor says %lx", f->name, before, ours,
		      mem);
	ck_assert_msg(r.rax == m.rax && r.rbx == m.rbx && r.rcx == m.rcx && r.rdx == m.rdx &&
			      r.rsi == m.rsi && r.r8 == m.r8 && r.r9 == m.r9,
		      "%s: registers", f->name);
	ck_assert_msg(!((r.rflags ^ m.flags) & ARITH & ~f->undefined),
		      "%s on %lx: flags %lx, the processor says %lx", f->name, before,
		      r.rflags & ARITH, m.flags & ARITH);
}

START_TEST(as_the_processor_does_it)
{
	const struct form *f = &forms[_i];
	u8 *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);

	ck_assert_ptr_ne(page, MAP_FAILED);
	memcpy(page, f->code, f->len);
	page[f->len] = 0xc3;
	srand(4);
	for (int i = 0; i < 500; i++)
		compare_once(f, page);
	munmap(page, 4096);
}
END_TEST

START_TEST(parts_of_an_entry)
{
	static const u8 movl[] = { 0x89, 0x0f }, movq[] = { 0x48, 0x89, 0x0f },
			movb[] = { 0x88, 0x0f };
	struct cpu_user_regs r = { .rcx = 0xa1b2c3d4e5f60718 };
	struct insn s;
	u64 new;

	ck_assert(store_decode(movl, 2, &s));
	ck_assert(store_apply(&s, 4, 0x1111111122222222, &new, &r));
	ck_assert_uint_eq(new, 0xe5f6071822222222);
	ck_assert(!store_apply(&s, 5, 0, &new, &r));
	ck_assert(store_decode(movb, 2, &s));
	ck_assert(store_apply(&s, 7, 0x1111111122222222, &new, &r));
	ck_assert_uint_eq(new, 0x1811111122222222);
	ck_assert(store_decode(movq, 3, &s));
	ck_assert(!store_apply(&s, 1, 0, &new, &r));
}
END_TEST

START_TEST(lengths_of_all_address_forms)
{
	static const struct form f[] = {
		{ "(%rax,%rbx)", 4, { 0x48, 0x89, 0x0c, 0x18 }, 0 },
		{ "8(%rsp)", 5, { 0x48, 0x89, 0x4c, 0x24, 0x08 }, 0 },
		{ "0x1000(%rdi)", 7, { 0x48, 0x89, 0x8f, 0, 0x10, 0, 0 }, 0 },
		{ "0x1000(,%rax,8)", 8, { 0x48, 0x89, 0x0c, 0xc5, 0, 0x10, 0, 0 }, 0 },
		{ "0x1000(%rip)", 7, { 0x48, 0x89, 0x0d, 0, 0x10, 0, 0 }, 0 },
		{ "0(%r13)", 4, { 0x49, 0x89, 0x4d, 0 }, 0 },
		{ "%gs:(%rdi)", 4, { 0x65, 0x48, 0x89, 0x0f }, 0 },
		{ "movq $1,0x10(%rip)", 11, { 0x48, 0xc7, 0x05, 0x10, 0, 0, 0, 1, 0, 0, 0 }, 0 },
	};
	struct insn s;

	for (u32 i = 0; i < sizeof(f) / sizeof(f[0]); i++) {
		ck_assert_msg(store_decode(f[i].code, 12, &s), "%s", f[i].name);
		ck_assert_msg(s.length == f[i].len, "%s: %u", f[i].name, s.length);
		for (u32 n = 0; n < f[i].len; n++)
			ck_assert_msg(!store_decode(f[i].code, n, &s), "%s cut at %u", f[i].name,
				      n);
	}
}
END_TEST

START_TEST(what_is_no_such_store)
{
	static const struct form f[] = {
		{ "mov to a register", 3, { 0x48, 0x89, 0xc7 }, 0 },
		{ "load", 3, { 0x48, 0x8b, 0x07 }, 0 },
		{ "16 bits", 3, { 0x66, 0x89, 0x07 }, 0 },
		{ "rep stosq", 3, { 0xf3, 0x48, 0xab }, 0 },
		{ "lock mov", 4, { 0xf0, 0x48, 0x89, 0x07 }, 0 },
		{ "addq $1", 4, { 0x48, 0x83, 0x07, 0x01 }, 0 },
		{ "cmpq $1", 4, { 0x48, 0x83, 0x3f, 0x01 }, 0 },
		{ "bt $1", 5, { 0x48, 0x0f, 0xba, 0x27, 0x01 }, 0 },
		{ "mov %ah", 2, { 0x88, 0x27 }, 0 },
		{ "c7 /1", 7, { 0x48, 0xc7, 0x0f, 0, 0, 0, 0 }, 0 },
		{ "0f 0b", 2, { 0x0f, 0x0b }, 0 },
		{ "prefixes without end",
		  15,
		  { 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e },
		  0 },
	};
	u8 code[16];
	struct insn s;

	for (u32 i = 0; i < sizeof(f) / sizeof(f[0]); i++) {
		memset(code, 0x3e, sizeof(code));
		memcpy(code, f[i].code, 12);
		ck_assert_msg(!store_decode(code, f[i].len, &s), "%s", f[i].name);
	}
}
END_TEST

START_TEST(random_bytes)
{
	u64 new;

	srand(5);
	for (int i = 0; i < 1000000; i++) {
		u32 n = (u32)rand() % (INSN_MAX + 1);
		u8 *code = malloc(n);
		struct cpu_user_regs r = { 0 };
		struct insn s;

		for (u32 k = 0; k < n; k++)
			code[k] = rand() % 3 ? rand() : 0x0f;
		if (store_decode(code, n, &s) && (s.length > n || !s.length))
			ck_abort_msg("length %u of %u", s.length, n);
		else if (store_decode(code, n, &s))
			store_apply(&s, rand() % 8, 0, &new, &r);
		free(code);
	}
}
END_TEST

Suite *store_suite(void)
{
	Suite *s = suite_create("stores");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, as_the_processor_does_it, 0, sizeof(forms) / sizeof(forms[0]));
	tcase_add_test(t, parts_of_an_entry);
	tcase_add_test(t, lengths_of_all_address_forms);
	tcase_add_test(t, what_is_no_such_store);
	tcase_add_test(t, random_bytes);
	suite_add_tcase(s, t);
	return s;
}
