/* SPDX-License-Identifier: MIT */
/*
 * Bitmaps of CPUs (and nodes) between a client's memory and one word of ours: low bytes first in
 * both.
 */
#include <ctl/domctl.h>
#include <x86/cpu.h>

#define WORD_BITS 64
#define BYTES_MAX 1024 /* of a client's bitmap: more CPUs than any machine has */

_Static_assert(MAX_CPUS <= WORD_BITS, "one word has a bit for each CPU");

static u64 first_bits(u32 n)
{
	return n >= WORD_BITS ? ~0ul : (1ul << n) - 1;
}

static u64 bitmap_bytes(const struct xenctl_bitmap *b)
{
	return (b->nr_bits + 7ul) / 8;
}

int cpumap_in(const struct xenctl_bitmap *b, u64 *out)
{
	u64 map = 0;

	if (guest_copy_in(&map, b->bitmap.p, MIN(bitmap_bytes(b), sizeof(map))))
		return fail(-EFAULT, "a bitmap of %u bits is not readable", b->nr_bits);

	*out = map & first_bits(b->nr_bits);
	return 0;
}

int cpumap_out(const struct xenctl_bitmap *b, u64 map)
{
	u64 words[BYTES_MAX / sizeof(u64)] = { map & first_bits(b->nr_bits) };

	if (bitmap_bytes(b) > BYTES_MAX)
		return fail(-EINVAL, "a bitmap of %u bits", b->nr_bits);

	return guest_answer(b->bitmap.p, words, bitmap_bytes(b));
}

u64 cpumap_online(void)
{
	return first_bits(cpu_count);
}
