/* SPDX-License-Identifier: MIT */
/* Page-table stores done by arithmetic (Intel SDM vol. 2: the flags are under each instruction). */
#include <ptable/store.h>

#define FLAG_CF     0x1ul
#define FLAG_PF     0x4ul
#define FLAG_AF     0x10ul
#define FLAG_ZF     0x40ul
#define FLAG_SF     0x80ul
#define FLAG_OF     0x800ul
#define FLAGS_ARITH (FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF)

static bool is_store(enum insn_op op)
{
	switch (op) {
	case INSN_MOV:
	case INSN_XCHG:
	case INSN_CMPXCHG:
	case INSN_AND:
	case INSN_OR:
	case INSN_XOR:
	case INSN_BTS:
	case INSN_BTR:
	case INSN_BTC:
		return true;
	default:
		return false;
	}
}

bool store_known(const struct insn *s)
{
	/* A register is no page table. */
	if (!is_store(s->op) || !s->is_memory)
		return false;

	/* No kernel writes 2 bytes of an entry, or repeats a store. */
	if (s->operand16 || s->rep)
		return false;

	if (!s->is_imm && insn_reg_is_high_byte(s))
		return false;

	/* A plain store with LOCK is an invalid opcode. */
	return !(s->lock && s->op == INSN_MOV);
}

/* ZF, SF and PF of a result of @size bytes. */
static u64 flags_of_result(u64 v, u8 size)
{
	u64 flags = 0;

	if (!(v & insn_size_mask(size)))
		flags |= FLAG_ZF;
	if (v >> (8 * size - 1) & 1)
		flags |= FLAG_SF;
	if (!__builtin_parity(v & 0xff))
		flags |= FLAG_PF;

	return flags;
}

/* All arithmetic flags of @a - @b, both of @size bytes. */
static u64 flags_of_compare(u64 a, u64 b, u8 size)
{
	u64 difference = (a - b) & insn_size_mask(size);
	u64 overflow = (a ^ b) & (a ^ difference);
	u64 flags = flags_of_result(difference, size);

	if (a < b)
		flags |= FLAG_CF;
	if ((a ^ b ^ difference) & 0x10)
		flags |= FLAG_AF;
	if (overflow >> (8 * size - 1) & 1)
		flags |= FLAG_OF;

	return flags;
}

static void flags_set(struct cpu_user_regs *r, u64 which, u64 flags)
{
	r->rflags = (r->rflags & ~which) | flags;
}

static u64 do_logic(const struct insn *s, u64 old, u64 src, struct cpu_user_regs *r)
{
	u64 new;

	switch (s->op) {
	case INSN_AND:
		new = old &src;
		break;
	case INSN_OR:
		new = old | src;
		break;
	default:
		new = old ^ src;
	}
	flags_set(r, FLAGS_ARITH, flags_of_result(new, s->size));

	return new;
}

static u64 do_bit(const struct insn *s, u64 old, u64 src, struct cpu_user_regs *r)
{
	u64 bit = 1ul << (src & (8 * s->size - 1));

	flags_set(r, FLAG_CF, old & bit ? FLAG_CF : 0);

	switch (s->op) {
	case INSN_BTS:
		return old | bit;
	case INSN_BTR:
		return old & ~bit;
	default:
		return old ^ bit;
	}
}

static u64 do_cmpxchg(const struct insn *s, u64 old, u64 src, struct cpu_user_regs *r)
{
	u64 expected = r->rax & insn_size_mask(s->size);

	flags_set(r, FLAGS_ARITH, flags_of_compare(expected, old, s->size));
	if (expected == old)
		return src;

	insn_reg_write(store_register(s, r), old, s->size);
	return old;
}

u64 *store_register(const struct insn *s, struct cpu_user_regs *r)
{
	return s->op == INSN_CMPXCHG ? &r->rax : insn_reg(r, s->reg);
}

/*
 * What is written over @old, both of the store's size, and so is @src, its other operand. Registers
 * and flags in @r follow.
 */
static u64 store_value(const struct insn *s, u64 old, u64 src, struct cpu_user_regs *r)
{
	switch (s->op) {
	case INSN_MOV:
		return src;
	case INSN_XCHG:
		insn_reg_write(store_register(s, r), old, s->size);
		return src;
	case INSN_CMPXCHG:
		return do_cmpxchg(s, old, src, r);
	case INSN_BTS:
	case INSN_BTR:
	case INSN_BTC:
		return do_bit(s, old, src, r);
	default:
		return do_logic(s, old, src, r);
	}
}

bool store_apply(const struct insn *s, u32 offset, u64 old, u64 *new, struct cpu_user_regs *r)
{
	u64 mask = insn_size_mask(s->size), src, value;
	u32 shift = 8 * offset;

	if (offset + s->size > sizeof(old))
		return false;

	src = s->is_imm ? (u64)s->imm : *insn_reg(r, s->reg);
	value = store_value(s, old >> shift & mask, src & mask, r);

	*new = (old & ~(mask << shift)) | value << shift;
	return true;
}
