/* SPDX-License-Identifier: MIT */
/* Mappings that the grant tables authorise: level-1 entries for frames of other domains. */
#include <ptable/entry.h>
#include <ptable/internal.h>
#include <x86/features.h>

/* The level-1 entry named by @where, and its table, in a table in use of @v's domain. */
static int grant_entry(struct vcpu *v, u64 where, bool is_pte, pte_t **p)
{
	struct frame *f = NULL;

	if (is_pte) {
		f = frame_of(maddr_to_mfn(where));
		if ((where & 7) || !f || f->owner != v->dom)
			return fail(-EINVAL, "no page table of the domain at %lx", where);
		*p = direct_map(where);
	} else {
		*p = walk(v->kernel_l4, where, &f);
		if (!*p)
			return fail(-EINVAL, "no page table maps %lx", where);
	}
	if (table_type(f) != FT_L1 || !state_validated_now(f->state))
		return fail(-EINVAL, "frame %lx is not an L1 table in use", frame_mfn(f).n);
	return 0;
}

/* The caller's own reference keeps frame and owner. */
static int grant_get(mfn_t m, u64 flags)
{
	struct frame *f = frame_of(m);

	if (!f)
		return fail(-EINVAL, "granted frame %lx is no RAM", m.n);
	if (flags & PTE_RW)
		return frame_get_writable(f);
	return frame_get_any(f, NULL) ? 0 : fail(-EINVAL, "granted frame %lx has no owner", m.n);
}

int ptable_grant_map(struct vcpu *v, u64 where, bool is_pte, mfn_t m, u64 flags)
{
	pte_t new = pte_make(m, flags | PTE_P), old, *p;
	struct domain *d = v->dom;
	int rc;

	spin_lock(&d->pt_lock);
	rc = grant_entry(v, where, is_pte, &p);
	if (!rc)
		rc = entry_check(&new, 1, features.phys_bits);
	if (!rc)
		rc = grant_get(m, new);
	if (!rc) {
		old = __atomic_exchange_n(p, new, __ATOMIC_SEQ_CST);
		if (old & PTE_P)
			map_put(old);
	}
	spin_unlock(&d->pt_lock);
	return rc;
}

int ptable_grant_unmap(struct vcpu *v, u64 where, bool is_pte, mfn_t m, pte_t new)
{
	struct domain *d = v->dom;
	pte_t old, *p;
	int rc;

	spin_lock(&d->pt_lock);
	rc = grant_entry(v, where, is_pte, &p);
	if (!rc && (!(*p & PTE_P) || !mfn_eq(pte_mfn(*p), m)))
		rc = fail(-EINVAL, "entry %lx does not map frame %lx", *p, m.n);
	if (!rc && (new & PTE_P)) {
		rc = entry_check(&new, 1, features.phys_bits);
		if (!rc)
			rc = map_get(d, d, new);
	}
	if (!rc) {
		old = __atomic_exchange_n(p, new, __ATOMIC_SEQ_CST);
		map_put(old);
	}
	spin_unlock(&d->pt_lock);
	return rc;
}
