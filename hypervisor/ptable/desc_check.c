/* SPDX-License-Identifier: MIT */
/*
 * Which segment descriptors a guest may have in its tables. Pure. Ring 0 must stay out of reach, so code and data
 * get DPL 3, the ring both parts of a 64-bit guest run in; gates, TSS and LDT descriptors are ours alone.
 */
#include <ptable/desc.h>

#define DESC_PRESENT (1ul << 47)
#define DESC_CODE_DATA (1ul << 44)
#define DESC_DPL3 (3ul << 45)
#define DESC_TYPE (0x1ful << 40)

bool desc_check(u64 *desc)
{
	/* Not present: the processor refuses it. A system type of 0: second half of something, refused as well. */
	if (!(*desc & DESC_PRESENT) || !(*desc & DESC_TYPE))
		return true;
	if (!(*desc & DESC_CODE_DATA))
		return false;
	*desc |= DESC_DPL3;
	return true;
}
