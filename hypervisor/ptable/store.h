/* SPDX-License-Identifier: MIT */
/*
 * The stores with which kernels write page-table entries, recognised and computed: mov, movnti,
 * xchg, cmpxchg, and/or/xor, bts/btr/btc, of 1, 4 or 8 bytes. Pure. The address is not looked at:
 * the page fault gave it. Inside ptable/ only.
 */
#ifndef PTABLE_STORE_H
#define PTABLE_STORE_H

#include <insn/insn.h>

/* Is @s a store of this kind? */
bool store_known(const struct insn *s);

/* The general register in @r that carrying out @s may change; any, if it changes none. */
u64 *store_register(const struct insn *s, struct cpu_user_regs *r);

/*
 * What the store makes of the 8-byte entry @old when it writes @offset bytes into it: *new, and
 * that register and the flags in @r (not rip). False if it reaches past the entry.
 */
bool store_apply(const struct insn *s, u32 offset, u64 old, u64 *new, struct cpu_user_regs *r);

#endif
