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

	*p = in_frame(f, maddr);
	rc = l1_check(f);
	frame_put(f);

	/* What it holds is looked at. */
	speculation_barrier();
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

int ptable_grant_map(struct vcpu *v, u64 where, bool is_pte, u64 flags, struct grant_mapping *made)
{
	struct pt_work w = PT_WORK(v->dom);
	pte_t new = pte_make(made->frame, flags | PTE_P), *p;
	int rc;

	spin_lock(&v->dom->pt.lock);
	rc = entry_find(v, where, is_pte, &p);

	/* The caller's own reference keeps frame and owner. */
	if (!rc)
		rc = entry_get(&w, frame_of(made->frame)->owner, &new, 1);
	if (!rc) {
		entry_replace(&w, p, new);
		made->entry = virt_to_maddr(p);
		made->write = new &PTE_RW;
	}
	spin_unlock(&v->dom->pt.lock);

	return rc;
}

/*
 * A handle that ends takes its own entry with it. If another entry of the frame would do, this one
 * would stay behind, and nobody would know of it.
 */
static int mapping_check(const pte_t *p, const struct grant_mapping *made)
{
	pte_t want = pte_make(made->frame, PTE_P | (made->write ? PTE_RW : 0));

	if (virt_to_maddr(p) != made->entry)
		return fail(-EINVAL,
			    "the grant is mapped by the entry at %#lx, not by that at %#lx",
			    made->entry, virt_to_maddr(p));

	if (!entry_same_target(want, READ_ONCE(*p), 1))
		return fail(-EINVAL, "entry %#lx is not the mapping of frame %#lx that was made",
			    *p, made->frame.n);

	return 0;
}

int ptable_grant_unmap(struct vcpu *v, u64 where, bool is_pte, const struct grant_mapping *made)
{
	struct pt_work w = PT_WORK(v->dom);
	pte_t *p;
	int rc;

	spin_lock(&v->dom->pt.lock);
	rc = entry_find(v, where, is_pte, &p);
	if (!rc)
		rc = mapping_check(p, made);
	if (!rc)
		entry_replace(&w, p, 0);
	spin_unlock(&v->dom->pt.lock);

	return rc;
}
