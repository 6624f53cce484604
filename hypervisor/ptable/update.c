/* SPDX-License-Identifier: MIT */
/*
 * Replacing single entries of page tables in use: takes what the new entry needs, stores it, drops what the old one
 * held. A batch keeps the lock and the table's reference over a run of updates. Which operations there are is said elsewhere.
 */
#include <ptable/entry.h>
#include <ptable/internal.h>
#include <x86/features.h>

static bool store_entry(pte_t *p, pte_t *old, pte_t new, bool preserve_ad, bool exact)
{
	pte_t seen = *old, val;

	do {
		*old = seen;
		val = preserve_ad ? new | (seen & (PTE_A | PTE_D)) : new;
		if (__atomic_compare_exchange_n(p, &seen, val, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
			return true;
	} while (!exact);
	return false;
}

/* Less rights on a frame that the old entry keeps in place, whoever owns it. */
static bool map_reduce(pte_t old, pte_t new)
{
	struct frame *f = frame_of(pte_mfn(new));

	if (!(old & PTE_P) || !(old & PTE_RW) || (new & PTE_RW) || ((old ^ new) & PTE_ADDR) || !f)
		return false;
	return frame_get_any(f, NULL);
}

static int l1_update(struct pt_batch *b, pte_t *p, pte_t new, bool preserve_ad, const pte_t *expect)
{
	pte_t old = expect ? *expect : READ_ONCE(*p);
	bool same = false;
	int rc;

	if (new & PTE_P) {
		rc = entry_check(&new, 1, features.phys_bits);
		if (rc)
			return rc;
		same = entry_same_target(old, new, 1);
		if (!same && !map_reduce(old, new)) {
			rc = map_get(b->w.d, b->of, new);
			if (rc)
				return rc;
		}
	}
	if (!store_entry(p, &old, new, preserve_ad, expect)) {
		if ((new & PTE_P) && !same)
			map_put(new);
		return -EAGAIN;
	}
	if ((old & PTE_P) && !same)
		map_put(old);
	return 0;
}

static int upper_get(struct pt_batch *b, pte_t *new, pte_t old, u32 level, bool *same)
{
	struct frame *child = frame_of(pte_mfn(*new));
	int rc = entry_check(new, level, features.phys_bits);

	*same = entry_same_target(old, *new, level);
	if (rc || *same)
		return rc;
	if (!child)
		return fail(-EINVAL, "L%u entry %lx maps no RAM", level, *new);
	return work_get(&b->w, child, (enum ftype)(level - 1));
}

static int upper_update(struct pt_batch *b, u32 level, pte_t *p, pte_t new, bool preserve_ad, const pte_t *expect)
{
	u32 i = (u64)p / sizeof(*p) % PTE_COUNT;
	pte_t old = expect ? *expect : READ_ONCE(*p);
	bool same = false;
	int rc;

	if (slot_is_ours(i, level))
		return fail(-EINVAL, "L4 slot %u is the hypervisor's", i);
	rc = work_pending(&b->w);
	if (!rc && (new & PTE_P))
		rc = upper_get(b, &new, old, level, &same);
	if (rc)
		return rc;
	if (!store_entry(p, &old, new, preserve_ad, expect)) {
		if ((new & PTE_P) && !same)
			work_put(&b->w, frame_of(pte_mfn(new)));
		return -EAGAIN;
	}
	if ((old & PTE_P) && !same)
		work_put(&b->w, frame_of(pte_mfn(old)));
	return 0;
}

int entry_update(struct pt_batch *b, struct frame *f, enum ftype t, pte_t *p, pte_t new, bool preserve_ad,
		 const pte_t *expect)
{
	if (!state_validated_now(f->state))
		return fail(-EBUSY, "page table %lx is being checked or dropped", frame_mfn(f).n);
	return t == FT_L1 ? l1_update(b, p, new, preserve_ad, expect) : upper_update(b, t, p, new, preserve_ad, expect);
}

void batch_begin(struct pt_batch *b, struct domain *d, struct domain *of)
{
	b->w = (struct pt_work)PT_WORK(d);
	b->of = of;
	b->table = NULL;
	spin_lock(&d->pt_lock);
}

void batch_end(struct pt_batch *b)
{
	spin_unlock(&b->w.d->pt_lock);
	if (b->table)
		frame_put(b->table);
	b->table = NULL;
}

/* Makes b->table the frame @m. */
static int batch_table(struct pt_batch *b, mfn_t m)
{
	struct frame *f = frame_of(m);

	if (b->table && f == b->table)
		return 0;
	if (!f || !frame_get(f, b->w.d))
		return fail(-EINVAL, "frame %lx does not belong to domain %u", m.n, b->w.d->id);
	if (b->table)
		frame_put(b->table);
	b->table = f;
	return 0;
}

int batch_update(struct pt_batch *b, u64 maddr, pte_t new, bool preserve_ad)
{
	pte_t *p = direct_map(maddr);
	enum ftype t;
	int rc;

	if (maddr & 7)
		return fail(-EINVAL, "address %lx is not aligned", maddr);
	rc = batch_table(b, maddr_to_mfn(maddr));
	if (rc)
		return rc;
	t = table_type(b->table);
	if (t)
		return entry_update(b, b->table, t, p, new, preserve_ad, NULL);
	/* Not a page table now: a store like any other. */
	rc = frame_get_writable(b->table);
	if (rc)
		return rc;
	WRITE_ONCE(*p, new);
	frame_put_writable(b->table);
	return 0;
}

int ptable_update(struct vcpu *v, struct domain *d, struct domain *of, u64 maddr, pte_t new, bool preserve_ad)
{
	struct pt_batch b;
	int rc;

	batch_begin(&b, d, of);
	rc = batch_update(&b, maddr, new, preserve_ad);
	batch_end(&b);
	return rc;
}

int ptable_update_va(struct vcpu *v, struct domain *of, u64 va, pte_t new)
{
	struct frame *f;
	struct pt_batch b;
	pte_t *p;
	int rc;

	batch_begin(&b, v->dom, of);
	p = walk(v->kernel_l4, va, &f);
	rc = p ? entry_update(&b, f, FT_L1, p, new, false, NULL) : fail(-EINVAL, "no page table maps %lx", va);
	batch_end(&b);
	return rc;
}
