/* SPDX-License-Identifier: MIT */
/*
 * Guest page tables: everything a guest may do to the frames it uses as page tables. All writes of
 * a guest's page table go through here, under d->pt.lock, so types (frame/type.h) and contents
 * agree at all times:
 *
 *  - A present entry of an L2..L4 holds a type reference on the table below. A present L1 entry
 *    holds a reference on the frame it maps, and a writable type reference if it is writable,
 *    whoever owns that frame: a foreign or granted frame's mapping is no special case.
 *  - Page-table and descriptor frames can not be mapped writable: their type is not FT_WRITABLE.
 *  - Validated entries always have PTE_U at all levels (the guest's kernel runs in ring 3), never
 *    PTE_PSE or PTE_G, and no reserved bit. L4 slots 256-271 are ours in every L4.
 *
 * None of these may be called with d->pt.lock held. Those that return int return 0, or a negative
 * errno with a reason in words; -ERESTART: call again after preempt_window().
 */
#ifndef PTABLE_PTABLE_H
#define PTABLE_PTABLE_H

#include <dom/domain.h>
#include <frame/frame.h>
#include <x86/paging.h>

/*
 * Ends the teardown of tables of @d that is unfinished, if there is one: who put a table finds what
 * it held free only then. 0, or -ERESTART: others wait, call again. (type.c)
 */
__must_check int ptable_settle_pending(struct domain *d);
static inline __must_check int ptable_settle(struct domain *d)
{
	return READ_ONCE(d->pt.pending) ? ptable_settle_pending(d) : 0;
}

/* Pins (pin.c). */
__must_check int table_pin(struct domain *d, mfn_t m, enum ftype t);
__must_check int table_unpin(struct domain *d, mfn_t m);
/* Ends pin and contents of a frame of a dying domain, referenced by the caller. 0 or -ERESTART. */
__must_check int table_teardown(struct domain *d, struct frame *f);

/* A grant's mapping as it was made, so that this one is ended and no other. */
struct grant_mapping {
	u64 entry; /* machine address of its L1 entry */
	mfn_t frame;
	bool write;
};

/*
 * Grant mappings (grant.c), authorised by the grant code, which holds its own reference on the
 * frame. Between begin and end pt.lock of @v's domain is held, and the L1 table that was found last
 * is remembered. @where is the machine address of an L1 entry (@is_pte) or a linear address of @v's
 * kernel.
 *
 * ptable_grant_map maps made->frame there with the entry's @flags, and sets made->entry. The entry
 * takes a reference of its own, and puts what was mapped there. 0, or -EINVAL.
 *
 * ptable_grant_unmap clears the entry at @where if it is made->entry, and still maps that frame
 * with that right to write; else -EINVAL, and nothing is changed.
 */
struct ptable_grants {
	struct vcpu *v;
	pte_t *table; /* the one that was found last ... */
	u64 found;    /* ... and how @where named it, without the entry's place in it */
};

void ptable_grants_begin(struct ptable_grants *g, struct vcpu *v);
void ptable_grants_end(struct ptable_grants *g);
__must_check int ptable_grant_map(struct ptable_grants *g, u64 where, bool is_pte, u64 flags,
				  struct grant_mapping *made);
__must_check int ptable_grant_unmap(struct ptable_grants *g, u64 where, bool is_pte,
				    const struct grant_mapping *made);

/*
 * Makes @m the kernel's (user part's) root of @v (root.c): takes the L4 type reference, puts the
 * old one's, loads CR3 if @v is current. MFN(0) for the user part means none.
 */
__must_check int ptable_set_kernel_root(struct vcpu *v, mfn_t m);
__must_check int ptable_set_user_root(struct vcpu *v, mfn_t m);
/*
 * Puts both roots of a dying domain's vcpu, which is loaded nowhere. 0 or -ERESTART. The next piece
 * of teardown goes on with what is left of large tables.
 */
__must_check int ptable_put_roots(struct vcpu *v);

/* Of the budget: a page of descriptors is checked, and another one put. */
#define DESC_PAGE_LOOKS 768
/* What desc_set_gdt costs at most; it can not be interrupted: budget_window_for() goes before. */
#define DESC_GDT_LOOKS (GDT_GUEST_PAGES * DESC_PAGE_LOOKS)
_Static_assert(DESC_GDT_LOOKS < BUDGET_LOOKS, "it fits between two windows");

/*
 * Descriptor tables (desc.c). The frames @frames hold @entries descriptors: references of type
 * FT_DESC are taken, the window is mapped, the old ones are put. An LDT's frames come in by use.
 */
__must_check int desc_set_gdt(struct vcpu *v, const mfn_t *frames, u32 entries);
__must_check int desc_set_ldt(struct vcpu *v, u64 base, u32 entries);
__must_check int desc_update(struct domain *d, u64 maddr, u64 desc); /* update_descriptor */
/* Unmaps and puts both tables of a dying domain's vcpu, which is loaded nowhere. */
void desc_put_tables(struct vcpu *v);

/*
 * A page fault of the guest at @va with the processor's error code (fault.c). True: it was ours,
 * and the guest goes on. False: it is the guest's own.
 */
__must_check bool ptable_fault(struct vcpu *v, struct cpu_user_regs *regs, u64 va, u32 error);

/*
 * TLB flushes that a guest asks for (tlb.c): @va alone if @page, else everything, where vcpus of @d
 * in the mask @vcpus are loaded now.
 */
void vcpus_flush(const struct domain *d, u64 vcpus, bool page, u64 va);

#endif
