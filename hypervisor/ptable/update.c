/* SPDX-License-Identifier: MIT */
/*
 * Replacing single entries of page tables in use: takes what the new entry needs, stores it, drops what the old one
 * held. A batch keeps the lock and the table's reference over a run of updates. Which operations there are is said elsewhere.
 */
#include <ptable/internal.h>

static bool store_entry(pte_t *p, pte_t *old, pte_t new, bool preserve_ad, bool exact)
{
	pte_t seen = *old, val;

	do {
		*old = seen;
		val = preserve_ad ? new | (seen & (PTE_A | PTE_D)) : new;
		if (__atomic_compare_exchange_n(p, &seen, val, false, __ATOMIC_SEQ_CST,
						__ATOMIC_SEQ_CST))
			return true;
	} while (!exact);
	return false;
}

/* Whose the frame of @new must be: less rights on what the old entry holds are for all to have, whoever owns it. */
static struct domain *owner_wanted(const struct pt_batch *b, pte_t old, pte_t new, u32 level)
{
	const struct frame *f = frame_of(pte_mfn(new));
	bool less = level == 1 && !(new &PTE_RW) && entry_same_target(old, new | PTE_RW, level);

	return less && f ? f->owner : b->of;
}

int entry_update(struct pt_batch *b, struct frame *f, u32 level, pte_t *p, pte_t new,
		 bool preserve_ad, const pte_t *expect)
{
	pte_t old = expect ? *expect : READ_ONCE(*p);
	bool same = entry_same_target(old, new, level), stored;
	int rc = 0;

	if (!FS_HAS(f->state, FS_VALIDATED))
		return fail(-EBUSY, "page table %lx is being checked or dropped", frame_mfn(f).n);
	if (slot_is_ours((u64)p / sizeof(*p) % PTE_COUNT, level))
		return fail(-EINVAL, "L4 slot of address %lx is the hypervisor's", (u64)p);
	if (level > 1)
		rc = work_pending(&b->w);
	if (!rc && (new &PTE_P))
		rc = same ? entry_check(&new, level)
			  : entry_get(&b->w, owner_wanted(b, old, new, level), &new, level);
	if (rc)
		return rc;
	stored = store_entry(p, &old, new, preserve_ad, expect);
	if (!stored)
		old = new; /* what is not needed then */
	if ((old & PTE_P) && !same)
		entry_put(&b->w, old, level);
	return stored ? 0 : -EAGAIN;
}

void batch_begin(struct pt_batch *b, struct domain *d, struct domain *of)
{
	b->w = (struct pt_work)PT_WORK(d);
	b->of = of;
	b->table = NULL;
	spin_lock(&d->pt.lock);
}

void batch_end(struct pt_batch *b)
{
	spin_unlock(&b->w.d->pt.lock);
	if (b->table)
		frame_put(b->table);
	b->table = NULL;
}

int data_store(struct frame *f, struct domain *d, u64 *where, u64 value)
{
	int rc = frame_get_mapping(f, d, true);

	if (rc)
		return rc;
	WRITE_ONCE(*where, value);
	frame_put_mapping(f, true);
	return 0;
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
	return data_store(b->table, b->w.d, p, new);
}

int ptable_update_va(struct vcpu *v, struct domain *of, u64 va, pte_t new)
{
	struct frame *f;
	struct pt_batch b;
	pte_t *p;
	int rc;

	batch_begin(&b, v->dom, of);
	p = walk(v->roots.kernel, va, &f);
	rc = p ? entry_update(&b, f, 1, p, new, false, NULL)
	       : fail(-EINVAL, "no page table maps %lx", va);
	batch_end(&b);
	return rc;
}
