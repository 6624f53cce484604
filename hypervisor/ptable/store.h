/* SPDX-License-Identifier: MIT */
/*
 * The stores with which kernels write page-table entries, decoded and computed: mov, movnti, xchg, cmpxchg, and/or/xor,
 * bts/btr/btc, of 1, 4 or 8 bytes. Pure; anything else is not recognised. The address is not decoded: the fault gave it.
 */
#ifndef PTABLE_STORE_H
#define PTABLE_STORE_H

#include <lib/types.h>
#include <pvabi/xen.h>

#define INSN_MAX 15

enum store_op {
	STORE_NONE,
	STORE_MOV,
	STORE_XCHG,
	STORE_CMPXCHG,
	STORE_AND,
	STORE_OR,
	STORE_XOR,
	STORE_BTS,
	STORE_BTR,
	STORE_BTC
};

struct store {
	enum store_op op;
	u8 size;     /* bytes: 1, 4, 8 */
	u8 length;   /* of the instruction */
	bool is_imm; /* the source is imm, else register reg */
	u8 reg;
	u64 imm;
};

/* Decodes @n bytes of 64-bit code; false if they are no complete store of this kind. */
bool store_decode(const u8 *code, u32 n, struct store *s);

/*
 * What the store makes of the 8-byte entry @old when it writes @offset bytes into it: *new, and registers and flags in @r (not
 * rip). False if it reaches past the entry.
 */
bool store_apply(const struct store *s, u32 offset, u64 old, u64 *new, struct cpu_user_regs *r);

#endif
