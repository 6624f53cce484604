/* SPDX-License-Identifier: MIT */
/* Mappings that the grant tables authorise: level-1 entries for frames of other domains. */
#include <ptable/internal.h>
#include <x86/cpu.h>

/* Is @f an L1 table in use? While pt.lock is held it stays so. */
static int l1_check(const struct frame *f)
{
	if (table_type(f) == FT_L1 && FS_HAS(f->state, FS_VALIDATED))
		return 0;

	return fail(-EINVAL, "frame %#lx is not an L1 table in use", frame_mfn(f).n);
}

/* *p: the L1 entry at the machine address @maddr, in a table of @d. */
static int entry_at(struct domain *d, u64 maddr, pte_t **p)
{
	struct frame *f = frame_of(maddr_to_mfn(maddr));
	int rc;

	if (maddr % sizeof(pte_t) || !f || !frame_get(f, d))
		return fail(-EINVAL, "there is no page table of d%u at %#lx", d->id, maddr);

	*p = direct_map(maddr);
	rc = l1_check(f);
	frame_put(f);

	return rc;
}

/* *p: the L1 entry that maps @va for @v's kernel. */
static int entry_of_va(struct vcpu *v, u64 va, pte_t **p)
{
	struct frame *f;

	*p = walk(v->roots.kernel, va, &f);
	if (!*p)
		return fail(-EINVAL, "no page table maps %#lx", va);

	return l1_check(f);
}

static int entry_find(struct vcpu *v, u64 where, bool is_pte, pte_t **p)
{
	assert(spin_held(&v->dom->pt.lock));

	if (is_pte)
		return entry_at(v->dom, where, p);

	return entry_of_va(v, where, p);
}

/* Stores @new, and drops what the old entry held. */
static void entry_replace(struct pt_work *w, pte_t *p, pte_t new)
{
	pte_t old = __atomic_exchange_n(p, new, __ATOMIC_SEQ_CST);

	if (old & PTE_P)
		entry_put(w, old, 1);
}

int ptable_grant_map(struct vcpu *v, u64 where, bool is_pte, mfn_t m, u64 flags)
{
	struct pt_work w = PT_WORK(v->dom);
	pte_t new = pte_make(m, flags | PTE_P), *p;
	int rc;

	spin_lock(&v->dom->pt.lock);
	rc = entry_find(v, where, is_pte, &p);

	/* The caller's own reference keeps frame and owner. */
	if (!rc)
		rc = entry_get(&w, frame_of(m)->owner, &new, 1);
	if (!rc)
		entry_replace(&w, p, new);
	spin_unlock(&v->dom->pt.lock);

	return rc;
}

int ptable_grant_unmap(struct vcpu *v, u64 where, bool is_pte, mfn_t m)
{
	struct pt_work w = PT_WORK(v->dom);
	pte_t *p;
	int rc;

	spin_lock(&v->dom->pt.lock);
	rc = entry_find(v, where, is_pte, &p);
	if (!rc && (!(*p & PTE_P) || !mfn_eq(pte_mfn(*p), m)))
		rc = fail(-EINVAL, "entry %#lx does not map frame %#lx", *p, m.n);
	if (!rc)
		entry_replace(&w, p, 0);
	spin_unlock(&v->dom->pt.lock);

	return rc;
}
