/* SPDX-License-Identifier: MIT */
/* a * b / c with all 128 bits in between: gcc's own 128-bit division would need a library. */
#ifndef LIB_MULDIV_H
#define LIB_MULDIV_H

#include <lib/types.h>

/* Rounds down; ~0 if the result does not fit or @c is 0. */
static inline u64 mul_div(u64 a, u64 b, u64 c)
{
	unsigned __int128 product = (unsigned __int128)a * b;
	u64 hi = product >> 64, lo = (u64)product;

	if (hi >= c)
		return ~0ul;

	__asm__("divq %2" : "+a"(lo), "+d"(hi) : "r"(c) : "cc");
	return lo;
}

#endif
