/* SPDX-License-Identifier: MIT */
/*
 * Guest page tables: everything a guest may do to the frames it uses as page tables. All writes of a guest page table
 * go through here, under d->pt.lock, so the type system (frame/type.h) and the contents agree at all times:
 *
 *  - A present entry of an L2..L4 holds a type reference of the level below; a present L1 entry holds a reference on
 *    the frame it maps, a writable type reference if it is writable. Whoever owns that frame: a foreign or granted
 *    frame's mapping holds its reference in the same way, so implicit unmaps need no special case.
 *  - Page-table and descriptor frames can not be mapped writable (their type is not FT_WRITABLE).
 *  - Validated entries always have PTE_U at all levels (the guest's kernel runs in ring 3), never PTE_PSE or PTE_G,
 *    and no reserved bit. L4 slots 256-271 are ours in every L4.
 *
 * None of these may be called with d->pt.lock held. 0, or a negative errno with a reason in words.
 */
#ifndef PTABLE_PTABLE_H
#define PTABLE_PTABLE_H

#include <dom/domain.h>
#include <frame/frame.h>
#include <x86/paging.h>

/* Pins (ptable/pin.c). -ERESTART: call again after preempt_window(). */
int table_pin(struct domain *d, mfn_t m, enum ftype t);
int table_unpin(struct domain *d, mfn_t m);
/* Preemptible: drops pins and validated tables of a dying domain's frame. For teardown. 0 or -ERESTART. */
int table_relinquish(struct domain *d, struct frame *f);

/*
 * Grant mappings, authorised by the grant code, which holds its own reference on @m. @where is a machine address of an
 * L1 entry (@is_pte) or a linear address. The entry takes a reference of its own; it is cleared only if it maps @m.
 */
int ptable_grant_map(struct vcpu *v, u64 where, bool is_pte, mfn_t m, u64 flags);
int ptable_grant_unmap(struct vcpu *v, u64 where, bool is_pte, mfn_t m);

/*
 * Makes @m the kernel (user) root of @v: takes the L4 type reference, drops the old one's, loads CR3 if current.
 * user: MFN 0 means none.
 */
int ptable_set_kernel_root(struct vcpu *v, mfn_t m);
int ptable_set_user_root(struct vcpu *v, mfn_t m);
/* Drops both roots of a dying domain's vcpu (loaded nowhere). */
void ptable_drop_roots(struct vcpu *v);

/*
 * Descriptor tables. @frames (machine) hold @entries descriptors: FT_DESC references are taken, the window is mapped, the
 * old ones go.
 */
int desc_set_gdt(struct vcpu *v, const mfn_t *frames, u32 entries);
int desc_set_ldt(struct vcpu *v, u64 base, u32 entries);
int desc_update(struct domain *d, u64 maddr, u64 desc); /* update_descriptor */
void desc_drop(struct vcpu *v);

/*
 * A page fault of the guest at @va. True: it was ours (a store to a page table, done for the guest; a missing LDT page; a
 * stale translation) and the guest goes on. False: the guest's own; it gets the trap.
 */
bool ptable_fault(struct vcpu *v, struct cpu_user_regs *regs, u64 va, u32 error);

/* Flushes what a guest asks for: @va alone if @page, else everything, where vcpus of @d in the mask are loaded. */
void vcpus_flush(const struct domain *d, u64 vcpus, bool page, u64 va);

#endif
