/* SPDX-License-Identifier: MIT */
/*
 * Runs of entries: what is empty is passed, and what is ordinary is taken and put in loops that
 * call nothing. Nearly every entry of an L1 table is one or the other, and tables are most of what
 * a process costs when it is made and ended.
 *
 * An ordinary entry maps, to read, RAM of the table's own domain that is cached as all memory is.
 * What is not left to the general way (entry.c) by such a loop is judged here as it would be there.
 */
#include <frame/refs.h>
#include <ptable/internal.h>

#define STRIDE 16 /* entries looked at together: two cache lines */

/* Written out: the compiler makes a loop of a loop. */
static pte_t any_of_eight(const pte_t *t)
{
	return t[0] | t[1] | t[2] | t[3] | t[4] | t[5] | t[6] | t[7];
}

static bool all_empty(const pte_t *t)
{
	_Static_assert(STRIDE == 16, "two times eight");

	return !(any_of_eight(t) | any_of_eight(t + 8));
}

u32 run_empty_from(const pte_t *t, u32 i, u32 level)
{
	u32 first = i;

	for (;; i++) {
		while (i % STRIDE == 0 && i < PTE_COUNT && all_empty(&t[i]))
			i += STRIDE;

		if (i == PTE_COUNT || (t[i] && !slot_is_ours(i, level)))
			break;
	}

	budget_charge(i - first);
	return i;
}

u32 run_empty_below(const pte_t *t, u32 i, u32 level)
{
	u32 first = i;

	for (;; i--) {
		while (i % STRIDE == 0 && i && all_empty(&t[i - STRIDE]))
			i -= STRIDE;

		if (!i || ((t[i - 1] & PTE_P) && !slot_is_ours(i - 1, level)))
			break;
	}

	budget_charge(first - i);
	return i;
}

/*
 * Takes what *@entry maps and makes the entry what the processor shall see, if it is ordinary. Its
 * address needs no other check: no frame has more bits than the processor. How the frame is cached
 * may be looked at before the reference is taken, since only its owner changes it, under this lock.
 */
static bool ordinary_get(struct domain *d, pte_t *entry)
{
	pte_t e = *entry;
	pte_t seen = (e | PTE_U) & ~PTE_G;
	struct frame *f;

	if ((e & (PTE_P | PTE_RW | PTE_CACHE_L1)) != PTE_P)
		return false;

	f = frame_of(pte_mfn(e));
	if (!f || frame_cache(f) || !ref_get(f, d))
		return false;

	/* Most have these bits already: their line stays clean. */
	if (seen != e)
		*entry = seen;
	return true;
}

u32 run_get(struct domain *d, pte_t *t, u32 i)
{
	assert(spin_held(&d->pt.lock));

	while (i < PTE_COUNT) {
		if (!t[i]) {
			i = run_empty_from(t, i, 1);
			continue;
		}

		if (budget_spent() || !ordinary_get(d, &t[i]))
			break;

		budget_charge(PT_ENTRY_LOOKS);
		i++;
	}

	return i;
}

u32 run_put(struct domain *d, const pte_t *t, u32 i)
{
	assert(spin_held(&d->pt.lock));

	while (i) {
		pte_t e = t[i - 1];
		struct frame *f;

		if (!(e & PTE_P)) {
			i = run_empty_below(t, i, 1);
			continue;
		}

		if (budget_spent())
			break;
		budget_charge(PT_ENTRY_LOOKS);

		f = frame_of(pte_mfn(e));
		if (f)
			ref_put_mapping(f, e & PTE_RW);
		i--;
	}

	return i;
}
