/* SPDX-License-Identifier: MIT */
/* Bitmaps of CPUs as clients give them: bytes, low bit first, with any number of bits. Pure. */
#include <ctl/cpumap.h>

u64 cpumap_from_bytes(const u8 *bytes, u32 nr_bits)
{
	u64 map = 0;

	if (nr_bits > 64)
		nr_bits = 64;
	for (u32 i = 0; i < (nr_bits + 7) / 8; i++)
		map |= (u64)bytes[i] << (8 * i);
	return nr_bits < 64 ? map & ((1ul << nr_bits) - 1) : map;
}

u32 cpumap_to_bytes(u64 map, u32 nr_bits, u8 out[8])
{
	u32 n;

	if (nr_bits > 64)
		nr_bits = 64;
	if (nr_bits < 64)
		map &= (1ul << nr_bits) - 1;
	n = (nr_bits + 7) / 8;
	for (u32 i = 0; i < n; i++)
		out[i] = map >> (8 * i);
	return n;
}
