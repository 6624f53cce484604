/* SPDX-License-Identifier: MIT */
/*
 * The instructions that ring 0 carries out for a guest: stores to page tables (ptable/store.c) and
 * privileged instructions (guest/emulate.c), of 64-bit code. This room says what stands in the
 * bytes: operation, operands, length. Whether the guest may have it done is its users' business.
 *
 * Encodings are those of the Intel SDM, vol. 2: chapter 2 (format), appendix A (opcode maps).
 */
#ifndef INSN_INSN_H
#define INSN_INSN_H

#include <lib/types.h>
#include <pvabi/xen.h>

#define INSN_MAX 15u /* bytes: no processor takes a longer instruction */

enum insn_op {
	INSN_NONE,

	/* Write a memory operand. */
	INSN_MOV,
	INSN_XCHG,
	INSN_CMPXCHG,
	INSN_AND,
	INSN_OR,
	INSN_XOR,
	INSN_BTS,
	INSN_BTR,
	INSN_BTC,

	/* Fault in ring 3. */
	INSN_IN,
	INSN_OUT,
	INSN_INS,
	INSN_OUTS,
	INSN_HLT,
	INSN_CLI,
	INSN_STI,
	INSN_CLTS,
	INSN_INVD,
	INSN_WBINVD,
	INSN_MOV_FROM_CR,
	INSN_MOV_FROM_DR,
	INSN_MOV_TO_CR,
	INSN_MOV_TO_DR,
	INSN_WRMSR,
	INSN_RDTSC,
	INSN_RDMSR,
	INSN_RDPMC,
	INSN_CPUID,
	INSN_XSETBV,
	INSN_LMSW,
	INSN_RDTSCP,

	INSN_COUNT
};

struct insn {
	enum insn_op op;
	u8 length; /* in bytes, prefixes and operands included */
	u8 size;   /* of what it moves, in bytes: 1, 2, 4 or 8; 0: says nothing */

	/* Prefixes. REX stands here whole; what it adds to reg and rm is in these already. */
	bool lock, rep, segment, operand16, address32;
	u8 rex;

	/* Operands, as far as there are any. */
	u8 reg;         /* a general register; of moves to and from CRn and DRn: n */
	u8 rm;          /* the other general register, unless: */
	bool is_memory; /* the other operand is memory; its address is not decoded */
	bool is_imm;    /* there is an immediate operand, in place of reg or of DX: */
	s64 imm;        /* sign-extended */
};

/*
 * Decodes the first instruction of @n bytes. False: it is none of the above, longer than INSN_MAX,
 * or cut off by the end of the bytes; *i says nothing then. Pure.
 */
bool insn_decode(const u8 *bytes, u32 n, struct insn *i);

/* Does i->reg, as the operand of one byte, name AH, CH, DH or BH? */
static inline bool insn_reg_is_high_byte(const struct insn *i)
{
	return i->size == 1 && !i->rex && i->reg >= 4;
}

/* General register @n, 0 to 15, as instructions number them. */
u64 *insn_reg(struct cpu_user_regs *r, u8 n);

/*
 * Writes the low @size bytes of @value to a register as the processor does: 4 bytes clear the upper
 * half, 1 or 2 leave the rest as it is (SDM vol. 1, 3.4.1.1).
 */
void insn_reg_write(u64 *reg, u64 value, u8 size);

/* The bits that an operand of @size bytes has. */
static inline u64 insn_size_mask(u8 size)
{
	return size == 8 ? ~0ul : (1ul << (8 * size)) - 1;
}

/*
 * The bytes at @rip in the current address space. Returns how many there are: INSN_MAX, or those up
 * to the end of the page if the next one can not be read; 0 if nothing can be.
 */
u32 insn_fetch(u64 rip, u8 bytes[INSN_MAX]);
/* The instruction at @rip in the current address space. False as of insn_decode. */
bool insn_at(u64 rip, struct insn *i);

#endif
