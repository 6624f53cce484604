/* SPDX-License-Identifier: MIT */
/* Bitmaps of CPUs between a client's memory and one word of ours: low bytes first in both. */
#include <ctl/domctl.h>

#define BYTES_MAX 1024 /* of a client's bitmap: more CPUs than any machine has */

static u64 first_bits(u32 n)
{
	return n >= 64 ? ~0ul : (1ul << n) - 1;
}

int cpumap_in(const struct xenctl_bitmap *b, u64 *out)
{
	u64 map = 0;

	if (guest_copy_in(&map, b->bitmap.p, MIN((b->nr_bits + 7ul) / 8, sizeof(map))))
		return fail(-EFAULT, "a bitmap of %u bits is not readable", b->nr_bits);
	*out = map & first_bits(b->nr_bits);
	return 0;
}

int cpumap_out(const struct xenctl_bitmap *b, u64 map)
{
	u64 words[BYTES_MAX / sizeof(u64)] = { map & first_bits(b->nr_bits) };
	u64 bytes = (b->nr_bits + 7ul) / 8;

	if (bytes > BYTES_MAX)
		return fail(-EINVAL, "a bitmap of %u bits", b->nr_bits);
	return guest_copy_out(b->bitmap.p, words, bytes);
}

u64 cpumap_online(void)
{
	return first_bits(cpu_count);
}
