/* SPDX-License-Identifier: MIT */
/*
 * Bitmaps of 64-bit words. Plain operations need the caller's lock; atomic_* ones are safe
 * against other CPUs and against a guest that shares the word.
 */
#ifndef LIB_BITMAP_H
#define LIB_BITMAP_H

#include <lib/types.h>

#define BITMAP_WORDS(bits) (((bits) + 63) / 64)

static inline bool bit_test(const u64 *map, u32 n)
{
	return READ_ONCE(map[n / 64]) >> (n % 64) & 1;
}

static inline void bit_set(u64 *map, u32 n)
{
	map[n / 64] |= 1ul << (n % 64);
}

static inline void bit_clear(u64 *map, u32 n)
{
	map[n / 64] &= ~(1ul << (n % 64));
}

/* Both return the bit's old value. */
static inline bool atomic_bit_set(u64 *map, u32 n)
{
	u64 bit = 1ul << (n % 64);

	return __atomic_fetch_or(&map[n / 64], bit, __ATOMIC_SEQ_CST) & bit;
}

static inline bool atomic_bit_clear(u64 *map, u32 n)
{
	u64 bit = 1ul << (n % 64);

	return __atomic_fetch_and(&map[n / 64], ~bit, __ATOMIC_SEQ_CST) & bit;
}

#endif
