/* SPDX-License-Identifier: MIT */
/* Mappings that the grant tables authorise: level-1 entries for frames of other domains. */
#include <ptable/internal.h>

/* The level-1 entry named by @where, and its table, in a table in use of @v's domain. */
static int grant_entry(struct vcpu *v, u64 where, bool is_pte, pte_t **p)
{
	struct frame *f = NULL;
	bool in_use;

	if (is_pte) {
		f = frame_of(maddr_to_mfn(where));
		if ((where & 7) || !f || !frame_get(f, v->dom))
			return fail(-EINVAL, "no page table of the domain at %lx", where);
		*p = direct_map(where);
	} else {
		*p = walk(v->roots.kernel, where, &f);
		if (!*p)
			return fail(-EINVAL, "no page table maps %lx", where);
	}
	/* If so, pt.lock keeps it so. */
	in_use = table_type(f) == FT_L1 && FS_HAS(f->state, FS_VALIDATED);
	if (is_pte)
		frame_put(f);
	return in_use ? 0 : fail(-EINVAL, "frame %lx is not an L1 table in use", frame_mfn(f).n);
}

/* Stores @new, and drops what the old entry held. */
static void grant_store(struct pt_work *w, pte_t *p, pte_t new)
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
	rc = grant_entry(v, where, is_pte, &p);
	/* The caller's own reference keeps frame and owner. */
	if (!rc)
		rc = entry_get(&w, frame_of(m)->owner, &new, 1);
	if (!rc)
		grant_store(&w, p, new);
	spin_unlock(&v->dom->pt.lock);
	return rc;
}

int ptable_grant_unmap(struct vcpu *v, u64 where, bool is_pte, mfn_t m)
{
	struct pt_work w = PT_WORK(v->dom);
	pte_t *p;
	int rc;

	spin_lock(&v->dom->pt.lock);
	rc = grant_entry(v, where, is_pte, &p);
	if (!rc && (!(*p & PTE_P) || !mfn_eq(pte_mfn(*p), m)))
		rc = fail(-EINVAL, "entry %lx does not map frame %lx", *p, m.n);
	if (!rc)
		grant_store(&w, p, 0);
	spin_unlock(&v->dom->pt.lock);
	return rc;
}
