/* SPDX-License-Identifier: MIT */
/*
 * A guest's memory as ring 0 reaches it with isolation. Our own tables do not map a guest's
 * addresses, so the guest's tables are read here, by the direct map, as the processor reads them.
 *
 * No lock is taken: the processor takes none either, and the same rule keeps both safe. What this
 * CPU may still reach becomes nothing else until it has flushed (frame/tlb.h), and it answers no
 * flush between the first look at a table and the last byte copied.
 */
#include <dom/isolation.h>
#include <x86/budget.h>
#include <x86/paging.h>

#define REACH_LOOKS 12 /* of the budget, for a page: four tables */

/* The L1 entry of @va below the table at @maddr; NULL: a level is missing, or is read-only. */
static pte_t *entry_find(u64 maddr, u64 va, bool write)
{
	if (!va_canonical(va))
		return NULL;

	for (u32 level = 4; level > 1; level--) {
		const pte_t *table = direct_map(maddr);
		pte_t e = READ_ONCE(table[pte_index(va, level)]);

		if (!(e & PTE_P) || (write && !(e & PTE_RW)))
			return NULL;

		maddr = e & PTE_ADDR;
	}

	return (pte_t *)direct_map(maddr) + pte_index(va, 1);
}

/* Marks the entry as used, as the processor does, and returns it; 0: it does not allow that. */
static pte_t entry_use(pte_t *p, bool write)
{
	pte_t e = READ_ONCE(*p), used;

	do {
		if (!(e & PTE_P) || (write && !(e & PTE_RW)))
			return 0;

		used = e | PTE_A;
		if (write)
			used |= PTE_D;
		if (used == e)
			break;
	} while (!__atomic_compare_exchange_n(p, &e, used, false, __ATOMIC_SEQ_CST,
					      __ATOMIC_SEQ_CST));

	return used;
}

/* Where the byte at @va is; NULL: nowhere, or in a device. */
static u8 *byte_find(u64 root, u64 va, bool write)
{
	pte_t *p = entry_find(root, va, write), e;

	if (!p)
		return NULL;

	e = entry_use(p, write);
	if (!e || !frame_of(pte_mfn(e)))
		return NULL;

	return (u8 *)mfn_to_virt(pte_mfn(e)) + va % PAGE_SIZE;
}

size_t guest_reach(struct vcpu *v, void *buf, u64 va, size_t n, bool write)
{
	u64 root = v->roots.cr3 & PTE_ADDR;
	u8 *mine = buf;

	if (!root)
		return n;

	while (n) {
		size_t here = MIN(n, PAGE_SIZE - va % PAGE_SIZE);
		u8 *theirs = byte_find(root, va, write);

		budget_charge(REACH_LOOKS);
		if (!theirs)
			return n;

		if (write)
			ignore(copy_user(theirs, mine, here));
		else
			ignore(copy_user(mine, theirs, here));

		mine += here;
		va += here;
		n -= here;
	}
	return 0;
}
