/* SPDX-License-Identifier: MIT */
/* The table that MAY_FAULT makes: sorted at boot, looked up at each fault of ring 0. Pure. */
#include <x86/fixup.h>

u64 fixup_fault(const struct fixup *f)
{
	return (u64)&f->fault + f->fault;
}

static u64 fixup_resume(const struct fixup *f)
{
	return (u64)&f->resume + f->resume;
}

/* Both fields are relative to where they stand, so what moves is made anew. */
static void fixup_set(struct fixup *f, u64 fault, u64 resume)
{
	f->fault = (s32)(fault - (u64)&f->fault);
	f->resume = (s32)(resume - (u64)&f->resume);
}

/* By insertion: it is short, and in order but for a few, as the linker made it. */
void fixups_sort(struct fixup *table, u32 n)
{
	for (u32 i = 1; i < n; i++) {
		u64 fault = fixup_fault(&table[i]), resume = fixup_resume(&table[i]);
		u32 at = i;

		for (; at && fixup_fault(&table[at - 1]) > fault; at--)
			fixup_set(&table[at], fixup_fault(&table[at - 1]),
				  fixup_resume(&table[at - 1]));

		fixup_set(&table[at], fault, resume);
	}
}

u64 fixup_find(const struct fixup *table, u32 n, u64 rip)
{
	u32 first = 0, end = n;

	while (first < end) {
		u32 middle = first + (end - first) / 2;
		u64 fault = fixup_fault(&table[middle]);

		if (fault == rip)
			return fixup_resume(&table[middle]);

		if (fault < rip)
			first = middle + 1;
		else
			end = middle;
	}

	return 0;
}
