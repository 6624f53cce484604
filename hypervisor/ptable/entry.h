/* SPDX-License-Identifier: MIT */
/* One page-table entry as a guest may write it: pure checks, no references. */
#ifndef PTABLE_ENTRY_H
#define PTABLE_ENTRY_H

#include <x86/paging.h>

/*
 * Checks a present entry for a table of @level and makes it what the processor shall see: user bit set, not
 * global. @phys_bits: width of machine addresses. 0 or -EINVAL with a reason.
 */
int entry_check(pte_t *e, u32 level, u32 phys_bits);

/* Do both entries refer to the same thing with the same rights, so that references need not change? */
static inline bool entry_same_target(pte_t a, pte_t b, u32 level)
{
	u64 bits = PTE_P | PTE_ADDR | (level == 1 ? PTE_RW : 0);

	return (a & PTE_P) && !((a ^ b) & bits);
}

static inline bool slot_is_ours(u32 index, u32 level)
{
	return level == 4 && index >= HV_SLOT_FIRST && index <= HV_SLOT_LAST;
}

#endif
