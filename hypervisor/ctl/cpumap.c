/* SPDX-License-Identifier: MIT */
/* Bitmaps of CPUs between a client's memory and one word of ours. */
#include <ctl/cpumap.h>
#include <dom/domain.h>
#include <lib/fail.h>

#define BITS_MAX 8192 /* a client's bitmap: more CPUs than any machine has */

int cpumap_in(const struct xenctl_bitmap *b, u64 *out)
{
	u8 bytes[8];
	u32 n = MIN((b->nr_bits + 7ul) / 8, sizeof(bytes));

	if (guest_copy_in(bytes, b->bitmap.p, n))
		return fail(-EFAULT, "a bitmap of %u bits is not readable", b->nr_bits);
	*out = cpumap_from_bytes(bytes, b->nr_bits);
	return 0;
}

int cpumap_out(const struct xenctl_bitmap *b, u64 map)
{
	u8 bytes[8];
	u32 n = cpumap_to_bytes(map, b->nr_bits, bytes), all = (b->nr_bits + 7ul) / 8;
	static const u8 zero;
	int ret;

	if (b->nr_bits > BITS_MAX)
		return fail(-EINVAL, "a bitmap of %u bits", b->nr_bits);
	ret = guest_copy_out(b->bitmap.p, bytes, n);
	for (u32 i = n; i < all && !ret; i++)
		ret = guest_copy_out(b->bitmap.p + i, &zero, 1);
	return ret;
}

u64 cpumap_online(void)
{
	return cpu_count >= 64 ? ~0ul : (1ul << cpu_count) - 1;
}
