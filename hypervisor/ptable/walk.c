/* SPDX-License-Identifier: MIT */
/*
 * Walks of a guest's page tables, by the direct map. Tables in use hold checked entries only, so a
 * walk follows them without further care as long as pt.lock is held.
 */
#include <ptable/internal.h>

/* The L1 entry of @va, or NULL. *rights: RW and NX as the levels above it give them. */
static pte_t *walk_below(mfn_t root, u64 va, u64 *rights)
{
	mfn_t m = root;
	u32 level;

	*rights = PTE_RW;
	if (!mfn_valid(root) || !va_canonical(va))
		return NULL;
	if (va >= HV_VIRT_START && va < HV_VIRT_END)
		return NULL;

	for (level = 4; level > 1; level--) {
		pte_t e = ((pte_t *)mfn_to_virt(m))[pte_index(va, level)];

		if (!(e & PTE_P))
			return NULL;

		/* A page is writable if every level says so, and not executable if one does. */
		*rights = (*rights & (e | ~PTE_RW)) | (e & PTE_NX);
		m = pte_mfn(e);
	}

	return (pte_t *)mfn_to_virt(m) + pte_index(va, 1);
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
	pte_t *p = walk_below(root, va, &rights), e;

	if (!p)
		return 0;

	e = READ_ONCE(*p);
	if (!(e & PTE_P))
		return 0;

	return PTE_P | (rights & e & PTE_RW) | ((rights | e) & PTE_NX);
}
