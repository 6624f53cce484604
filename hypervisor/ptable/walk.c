/* SPDX-License-Identifier: MIT */
/*
 * Walks of a guest's page tables by the direct map. Tables in use hold checked entries only, so a walk follows them
 * without further care, as long as pt.lock is held.
 */
#include <ptable/internal.h>

/* The L1 entry; the levels above give P, RW and NX, taken together. */
static pte_t *walk_below(mfn_t root, u64 va, u64 *rights)
{
	mfn_t m = root;

	*rights = PTE_RW;
	if (!mfn_valid(root) || !va_canonical(va) || (va >= HV_VIRT_START && va < HV_VIRT_END))
		return NULL;
	for (u32 level = 4;; level--) {
		pte_t *p = (pte_t *)mfn_to_virt(m) + pte_index(va, level);

		if (level == 1)
			return p;
		if (!(*p & PTE_P))
			return NULL;
		*rights = (*rights & (*p | ~PTE_RW)) | (*p & PTE_NX);
		m = pte_mfn(*p);
	}
}

pte_t *walk(mfn_t root, u64 va, struct frame **table)
{
	u64 rights;
	pte_t *p = walk_below(root, va, &rights);

	if (p && table)
		*table = frame_of(virt_to_mfn(p));
	return p;
}

u64 walk_rights(mfn_t root, u64 va)
{
	u64 rights;
	pte_t *p = walk_below(root, va, &rights), e = p ? READ_ONCE(*p) : 0;

	if (!(e & PTE_P))
		return 0;
	return PTE_P | (rights & e & PTE_RW) | ((rights | e) & PTE_NX);
}
