/* SPDX-License-Identifier: MIT */
/*
 * Replacing single entries of page tables in use: takes what the new entry needs, stores it, puts
 * what the old one held. A batch keeps the lock, and a reference on the table, over a run of
 * updates. Which hypercalls there are is said elsewhere (mmu_update.c).
 */
#include <ptable/internal.h>
#include <x86/cpu.h>

#define DATA_LOOKS     50 /* of the budget, for a frame that is no table */
#define WORD_LOOKS     4  /* and for a word of it */
#define PTE_ALIGN_MASK (sizeof(pte_t) - 1)

/*
 * Stores @next over what is there, which *old says then. With @exact only over *old itself: else
 * false. With @preserve_ad the old A and D stay.
 */
static bool entry_store(pte_t *p, pte_t *old, pte_t next, bool preserve_ad, bool exact)
{
	pte_t seen = *old, val;

	do {
		*old = seen;
		val = next;
		if (preserve_ad)
			val |= seen & (PTE_A | PTE_D);

		if (__atomic_compare_exchange_n(p, &seen, val, false, __ATOMIC_SEQ_CST,
						__ATOMIC_SEQ_CST))
			return true;
	} while (!exact);

	return false;
}

/* Whose the frame must be that @next maps. */
static struct domain *owner_wanted(const struct pt_batch *b, pte_t old, pte_t next, u32 level)
{
	const struct frame *f = frame_of(pte_mfn(next));

	/* To give up the right to write what the old entry maps is always allowed. */
	if (f && level == 1 && !(next & PTE_RW) && entry_same_target(old, next | PTE_RW, level))
		return f->owner;

	return b->of;
}

/*
 * The L1 entry @e has been taken: a frame of another domain's, that the caller may name, is told of
 * it. That a grantee gives up its right to write is nothing new.
 */
static void abroad_mark(const struct pt_batch *b, pte_t e)
{
	struct frame *f = frame_of(pte_mfn(e));

	if (f && b->of != b->w.d && f->owner == b->of)
		frame_goes_abroad(f, e & PTE_RW);
}

/* Checks @next, which replaces @old, and takes what it refers to, unless @old holds the same. */
static int new_get(struct pt_batch *b, pte_t old, pte_t *next, u32 level)
{
	int rc;

	if (!(*next & PTE_P))
		return entry_check_absent(b->w.d, *next, level);
	if (entry_same_target(old, *next, level)) {
		rc = entry_check(b->w.d, next, level);
		if (!rc && level == 1)
			entry_cache_fit(b->w.d, next);
		return rc;
	}

	rc = entry_get(&b->w, owner_wanted(b, old, *next, level), next, level);
	if (!rc && level == 1)
		abroad_mark(b, *next);

	return rc;
}

int entry_update(struct pt_batch *b, struct frame *f, u32 level, pte_t *p, pte_t next,
		 bool preserve_ad, const pte_t *expect)
{
	pte_t old = expect ? *expect : READ_ONCE(*p);
	bool same = entry_same_target(old, next, level);
	int rc;

	assert(spin_held(&b->w.d->pt.lock));
	assert(!b->w.d->pt.pending); /* it might refer to @f alone: batch_ready */

	if (!FS_HAS(f->state, FS_VALIDATED))
		return fail(-EBUSY, "page table %#lx is being checked or torn down",
			    frame_mfn(f).n);
	if (slot_is_ours((u64)p / sizeof(*p) % PTE_COUNT, level))
		return fail(-EINVAL, "the L4 entry at %#lx is the hypervisor's", (u64)p);

	rc = new_get(b, old, &next, level);
	if (rc)
		return rc;

	if (!entry_store(p, &old, next, preserve_ad, expect)) {
		if ((next & PTE_P) && !same)
			entry_put(&b->w, next, level);
		return -EAGAIN;
	}

	if ((old & PTE_P) && !same)
		entry_put(&b->w, old, level);

	budget_charge(2 * PT_ENTRY_LOOKS);
	return 0;
}

void batch_begin(struct pt_batch *b, struct domain *d, struct domain *of)
{
	b->w = (struct pt_work)PT_WORK(d);
	b->of = of;
	b->table = NULL;
	b->writable = false;
	spin_lock(&d->pt.lock);
}

int batch_ready(struct pt_batch *b)
{
	if (!b->w.d->pt.pending)
		return 0;

	return work_pending(&b->w);
}

/* Puts what the batch holds of the frame that it wrote last. */
static void table_leave(struct pt_batch *b)
{
	if (!b->table)
		return;

	if (b->writable)
		frame_put_mapping(b->table, true);
	frame_put(b->table);

	b->table = NULL;
	b->writable = false;
}

void batch_end(struct pt_batch *b)
{
	spin_unlock(&b->w.d->pt.lock);
	table_leave(b);
}

int data_store(struct frame *f, struct domain *d, u64 *where, u64 value)
{
	int rc = frame_get_mapping(f, d, true);

	budget_charge(DATA_LOOKS);
	if (rc)
		return rc;

	WRITE_ONCE(*where, value);
	frame_put_mapping(f, true);
	return 0;
}

/* Makes b->table the frame @m, referenced. */
static int batch_table(struct pt_batch *b, mfn_t m)
{
	struct frame *f = frame_of(m);

	if (b->table && f == b->table)
		return 0;

	table_leave(b);
	if (!f || !frame_get(f, b->w.d))
		return fail(-EINVAL, "frame %#lx does not belong to d%u", m.n, b->w.d->id);

	b->table = f;

	/* What it holds is looked at. */
	speculation_barrier();
	return 0;
}

/*
 * Stores a word in b->table, which is no page table. The batch keeps it writable meanwhile: nobody
 * can make it a table before the batch ends or goes on to another frame, as it does before it looks
 * at an entry that might refer to this one.
 */
static int batch_store(struct pt_batch *b, u64 *where, u64 value)
{
	int rc;

	if (!b->writable) {
		budget_charge(DATA_LOOKS);
		rc = frame_get_mapping(b->table, b->w.d, true);
		if (rc)
			return rc;
		b->writable = true;
	}

	budget_charge(WORD_LOOKS);
	WRITE_ONCE(*where, value);
	return 0;
}

int batch_update(struct pt_batch *b, u64 maddr, pte_t next, bool preserve_ad)
{
	enum ftype t;
	pte_t *p;
	int rc;

	if (maddr & PTE_ALIGN_MASK)
		return fail(-EINVAL, "address %#lx is not aligned", maddr);

	rc = batch_ready(b);
	if (!rc)
		rc = batch_table(b, maddr_to_mfn(maddr));
	if (rc)
		return rc;

	p = in_frame(b->table, maddr);
	t = b->writable ? FT_NONE : table_type(b->table);
	if (t)
		return entry_update(b, b->table, t, p, next, preserve_ad, NULL);

	return batch_store(b, p, next);
}

u32 batch_words(struct pt_batch *b, const struct mmu_update *r, u32 n)
{
	u64 page;
	u8 *words;
	u32 i;

	if (!b->writable)
		return 0;

	page = mfn_to_maddr(frame_mfn(b->table));
	words = in_frame(b->table, 0);
	for (i = 0; i < n; i++) {
		u64 offset = r[i].ptr - page;

		/* Elsewhere, or not aligned, or of another kind, as the lowest bits say. */
		if (offset >= PAGE_SIZE || offset & PTE_ALIGN_MASK)
			break;

		offset = index_nospec(offset, PAGE_SIZE);
		WRITE_ONCE(*(u64 *)(words + offset), r[i].val);
	}

	budget_charge(i * WORD_LOOKS);
	return i;
}

static int va_update(struct pt_batch *b, struct vcpu *v, u64 va, pte_t next)
{
	struct frame *f;
	pte_t *p = walk(v->roots.kernel, va, &f);

	if (!p)
		return fail(-EINVAL, "no page table maps %#lx", va);

	return entry_update(b, f, 1, p, next, false, NULL);
}

int ptable_update_va(struct vcpu *v, struct domain *of, u64 va, pte_t next)
{
	struct pt_batch b;
	int rc;

	batch_begin(&b, v->dom, of);
	rc = batch_ready(&b);
	if (!rc)
		rc = va_update(&b, v, va, next);
	batch_end(&b);

	return rc;
}
