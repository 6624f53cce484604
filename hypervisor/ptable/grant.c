/* SPDX-License-Identifier: MIT */
/* Mappings that the grant tables authorise: level-1 entries for frames of other domains. */
#include <ptable/internal.h>
#include <x86/cpu.h>

#define TABLE_SHIFT 21 /* of the addresses that one L1 table maps */
#define NO_TABLE    ~0ul

/* Is @f an L1 table in use? While pt.lock is held it stays so. */
static int l1_check(const struct frame *f)
{
	if (table_type(f) == FT_L1 && FS_HAS(f->state, FS_VALIDATED))
		return 0;

	return fail(-EINVAL, "frame %#lx is not an L1 table in use", frame_mfn(f).n);
}

/* *table: the L1 table of @d's that has the entry at the machine address @maddr. */
static int table_at(struct domain *d, u64 maddr, pte_t **table)
{
	struct frame *f = frame_of(maddr_to_mfn(maddr));
	int rc;

	if (maddr % sizeof(pte_t) || !f || !frame_get(f, d))
		return fail(-EINVAL, "there is no page table of d%u at %#lx", d->id, maddr);

	*table = in_frame(f, 0);
	rc = l1_check(f);
	frame_put(f);

	/* What it holds is looked at. */
	speculation_barrier();
	return rc;
}

/* *table: the one that maps @va for @v's kernel. */
static int table_of_va(struct vcpu *v, u64 va, pte_t **table)
{
	struct frame *f;

	if (!walk(v->roots.kernel, va, &f))
		return fail(-EINVAL, "no page table maps %#lx", va);

	*table = in_frame(f, 0);
	return l1_check(f);
}

/* The place of @where's entry in its table; below, how the table is named: as a frame, or not. */
static u32 place_in_table(u64 where, bool is_pte)
{
	return is_pte ? where % PAGE_SIZE / sizeof(pte_t) : pte_index(where, 1);
}

static u64 name_of_table(u64 where, bool is_pte)
{
	return is_pte ? where & PAGE_MASK : where >> TABLE_SHIFT << 1 | 1;
}

/*
 * *p: the L1 entry that @where names. While pt.lock is held the tables stay what they are, so the
 * last one that was found need not be looked for again.
 */
static int entry_find(struct ptable_grants *g, u64 where, bool is_pte, pte_t **p)
{
	u64 name = name_of_table(where, is_pte);
	struct vcpu *v = g->v;

	assert(spin_held(&v->dom->pt.lock));

	if (g->found != name || (is_pte && where % sizeof(pte_t))) {
		int rc = is_pte ? table_at(v->dom, where, &g->table)
				: table_of_va(v, where, &g->table);

		g->found = rc ? NO_TABLE : name;
		if (rc)
			return rc;
	}

	*p = &g->table[place_in_table(where, is_pte)];
	return 0;
}

void ptable_grants_begin(struct ptable_grants *g, struct vcpu *v)
{
	*g = (struct ptable_grants){ .v = v, .found = NO_TABLE };
	spin_lock(&v->dom->pt.lock);
}

void ptable_grants_end(struct ptable_grants *g)
{
	spin_unlock(&g->v->dom->pt.lock);
}

/* Stores @new, and drops what the old entry held. */
static void entry_replace(struct pt_work *w, pte_t *p, pte_t new)
{
	pte_t old = __atomic_exchange_n(p, new, __ATOMIC_SEQ_CST);

	if (old & PTE_P)
		entry_put(w, old, 1);
}

int ptable_grant_map(struct ptable_grants *g, u64 where, bool is_pte, u64 flags,
		     struct grant_mapping *made)
{
	struct pt_work w = PT_WORK(g->v->dom);
	pte_t new = pte_make(made->frame, flags | PTE_P), *p;
	int rc = entry_find(g, where, is_pte, &p);

	if (rc)
		return rc;

	/* The caller's own reference keeps frame and owner. */
	rc = entry_get(&w, frame_of(made->frame)->owner, &new, 1);
	if (rc)
		return rc;

	entry_replace(&w, p, new);
	made->entry = virt_to_maddr(p);
	made->write = new &PTE_RW;
	return 0;
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

int ptable_grant_unmap(struct ptable_grants *g, u64 where, bool is_pte,
		       const struct grant_mapping *made)
{
	struct pt_work w = PT_WORK(g->v->dom);
	pte_t *p;
	int rc = entry_find(g, where, is_pte, &p);

	if (!rc)
		rc = mapping_check(p, made);
	if (!rc)
		entry_replace(&w, p, 0);

	return rc;
}
