/* SPDX-License-Identifier: MIT */
/*
 * The stores with which kernels write page-table entries, recognised and computed: mov, movnti,
 * xchg, cmpxchg, and/or/xor, bts/btr/btc, of 1, 4 or 8 bytes. Pure. The address is not looked at:
 * the page fault gave it. Inside ptable/ only.
 */
#ifndef PTABLE_STORE_H
#define PTABLE_STORE_H

#include <insn/insn.h>

/* False if the @n bytes at @code do not begin with a whole store of this kind. */
bool store_decode(const u8 *code, u32 n, struct insn *s);

/*
 * What the store makes of the 8-byte entry @old when it writes @offset bytes into it: *new, and
 * registers and flags in @r (not rip). False if it reaches past the entry.
 */
bool store_apply(const struct insn *s, u32 offset, u64 old, u64 *new, struct cpu_user_regs *r);

#endif
