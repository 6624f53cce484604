/* SPDX-License-Identifier: MIT */
/*
 * Searching bitmaps a word at a time. Setting and testing single bits is in the header; who may
 * change a map meanwhile is the caller's business: each word is read once.
 */
#include <lib/bitmap.h>

/* The first bit set in @map ^ @flip, so one loop serves both searches. */
static u32 bitmap_search(const u64 *map, u32 bits, u32 from, u64 flip)
{
	u64 word;

	if (from >= bits)
		return bits;
	word = (READ_ONCE(map[from / 64]) ^ flip) & (~0ul << (from % 64));
	for (u32 i = from / 64;;) {
		if (word)
			return MIN(i * 64 + (u32)__builtin_ctzl(word), bits);
		if (++i >= BITMAP_WORDS((u64)bits))
			return bits;
		word = READ_ONCE(map[i]) ^ flip;
	}
}

u32 bitmap_next_set(const u64 *map, u32 bits, u32 from)
{
	return bitmap_search(map, bits, from, 0);
}

u32 bitmap_next_clear(const u64 *map, u32 bits, u32 from)
{
	return bitmap_search(map, bits, from, ~0ul);
}
