/* SPDX-License-Identifier: MIT */
/* What a single page-table entry of a guest may hold. Pure: what it refers to is checked elsewhere. */
#include <lib/fail.h>
#include <ptable/entry.h>

int entry_check(pte_t *e, u32 level, u32 phys_bits)
{
	u64 reserved = PTE_ADDR & ~((1ul << phys_bits) - 1);

	if (*e & reserved)
		return fail(-EINVAL, "L%u entry %lx has bits above %u of the address", level, *e, phys_bits);
	if (level > 1 && (*e & PTE_PSE))
		return fail(-EINVAL, "L%u entry %lx maps a large page", level, *e);
	*e = (*e | PTE_U) & ~PTE_G;
	return 0;
}
