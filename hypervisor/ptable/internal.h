/* SPDX-License-Identifier: MIT */
/*
 * Inside ptable/ only. Work in pieces, single updates, walks, descriptor pages. The caller
 * holds d->pt.lock of the tables' domain, except where another word is said.
 */
#ifndef PTABLE_INTERNAL_H
#define PTABLE_INTERNAL_H

#include <lib/fail.h>
#include <ptable/ptable.h>
#include <x86/budget.h>

/* --- type.c: work in pieces ----------------------------------------------------------------- */

/*
 * The lock is given up when the budget is spent (x86/budget.h): each entry that is looked at costs
 * a look, and one that holds something as many as its references take. What is left then stays in
 * the frames (FRAME_PARTIAL, FRAME_UNDO, ->progress). The top of an unfinished teardown is
 * d->pt.pending, and every operation on the domain's tables finishes that first.
 */
#ifndef PT_ENTRY_LOOKS /* tests count entries */
#define PT_ENTRY_LOOKS 32
#endif

struct pt_work {
	struct domain *d;     /* owner of the tables */
	struct frame *undone; /* the topmost table that a failed check left half undone */
};

#define PT_WORK(dom)        \
	{                   \
		(dom), NULL \
	}

/*
 * The contracts of these are about one frame, @f, as those in frame/frame.h. Of other frames, which
 * it refers to or which are pending, they say nothing.
 */

/* Ends the unfinished teardown, if there is any: 0 or -ERESTART. */
//@ assigns w->undone, w->d->pt.pending; ensures \result <= 0;
__must_check int work_pending(struct pt_work *w);
/*
 * Takes a type reference on a table or descriptor page of w->d, checked. 0, -EINVAL, -EBUSY,
 * -ESRCH (the domain dies), or -ERESTART: call again. work_put puts it; what the budget does not
 * suffice for is left pending, so nothing else may be: work_pending comes first.
 */
/*@
  requires at_hand(f) && held_types == 0 && !changes;
  assigns *f, w->undone, w->d->pt.pending, held, held_types, held_as, changes, flushes, frees,
    stamps;
  ensures \result == 0 ==> holds(\old(held), 1, t, 0);
  ensures \result != 0 ==> holds(\old(held), 0, 0, 0);
*/
__must_check int work_get(struct pt_work *w, struct frame *f, enum ftype t);
/*@
  requires at_hand(f) && held_types > 0 && !changes;
  assigns *f, w->undone, w->d->pt.pending, held, held_types, held_as, changes, frees, stamps;
  ensures holds(\old(held), \old(held_types) - 1, \old(held_as), 0);
*/
void work_put(struct pt_work *w, struct frame *f);

/* Is @f a page table in use now? Its type, or FT_NONE. Without the lock it may change at once. */
enum ftype table_type(const struct frame *f);
/* Where @maddr, an address in @f, is in our own mapping: no further than @f by speculation. */
static inline void *in_frame(const struct frame *f, u64 maddr)
{
	return (u8 *)mfn_to_virt(frame_mfn(f)) + maddr % PAGE_SIZE;
}

/* Is @f a descriptor page in use now? The same. */
bool is_desc(const struct frame *f);

/* --- entry.c: single entries ---------------------------------------------------------------- */

/*
 * Checks a present entry for a table of @d of @level and makes it what the processor shall see:
 * user bit set, not global, write-back as far as the domain has no devices. 0 or -EINVAL. No lock.
 */
__must_check int entry_check(const struct domain *d, pte_t *e, u32 level);
/*
 * How the frame is cached that the checked L1 entry *@e maps, which holds a reference: as *@e asks,
 * if @d drives devices, owns the frame and maps it here alone; else *@e is made to fit the frame's
 * other mappings. Of a frame that is not write-back, tables can not be made. pt.lock is held.
 */
void entry_cache_fit(const struct domain *d, pte_t *e);
/*
 * As entry_check, for an entry that is not present. It may hold anything, but on a processor with
 * L1TF no address of memory: such a processor reads what the entry names from its L1 cache,
 * speculatively, whoever owns it. 0 or -EINVAL.
 */
__must_check int entry_check_absent(const struct domain *d, pte_t e, u32 level);
/*
 * Checks a present entry, and takes what it refers to, in a table of w->d: at level 1 a frame of
 * @of (NULL: device memory only), above a table of w->d. 0, or as work_get. entry_put puts it.
 */
__must_check int entry_get(struct pt_work *w, struct domain *of, pte_t *e, u32 level);
void entry_put(struct pt_work *w, pte_t e, u32 level);

/* Do both refer to the same thing with the same rights, so that references need not change? */
static inline bool entry_same_target(pte_t a, pte_t b, u32 level)
{
	u64 bits = PTE_P | PTE_ADDR | (level == 1 ? PTE_RW : 0);

	return (a & PTE_P) && !((a ^ b) & bits);
}

static inline bool slot_is_ours(u32 index, u32 level)
{
	return level == 4 && index >= HV_SLOT_FIRST && index <= HV_SLOT_LAST;
}

/* --- runs.c: many entries of a table that is no longer, or not yet, in use -------------------- */

/* The first entry from @i up that is not 0, nor ours, or PTE_COUNT. What is passed is charged. */
u32 run_empty_from(const pte_t *t, u32 i, u32 level);
/* The same downwards: the last entry below @i that is present, and not ours, plus one; or 0. */
u32 run_empty_below(const pte_t *t, u32 i, u32 level);
/*
 * Passes the entries of L1 table @t of @d from @i up that are empty, or ordinary: checks these and
 * takes what they map. Where it ends: at one that entry_get is to judge, where the budget is spent,
 * or at PTE_COUNT. pt.lock is held.
 */
u32 run_get(struct domain *d, pte_t *t, u32 i);
/*
 * Puts what the entries of L1 table @t of @d map, below @i and downwards: how many are left where
 * the budget is spent, or 0. pt.lock is held.
 */
u32 run_put(struct domain *d, const pte_t *t, u32 i);

/* --- update.c: entries replaced, in runs under one hold of the lock ------------------------- */

struct pt_batch {
	struct pt_work w;
	struct domain *of;   /* owner of mapped frames; NULL: device memory only */
	struct frame *table; /* referenced; the page table of the last update */
	bool writable;       /* it is none, and held as writable data: by this batch */
};

/* These take and give the lock of @d, whose tables they are; batch_end also puts the table. */
void batch_begin(struct pt_batch *b, struct domain *d, struct domain *of);
void batch_end(struct pt_batch *b);
/*
 * Goes on with what an earlier call left to be torn down, before anything is looked at: it may end
 * the use of every table that nothing else refers to, and puts what these hold. A table that the
 * guest let go of is an ordinary page for it from here on. 0, or -ERESTART as of batch_update.
 */
__must_check int batch_ready(struct pt_batch *b);
/*
 * Replaces the entry at machine address @maddr. 0, an error as of work_get, or -ERESTART: end the
 * batch, then try this one again. In a page that is no table now it stores plain data.
 */
__must_check int batch_update(struct pt_batch *b, u64 maddr, pte_t next, bool preserve_ad);
/*
 * Does the first of these requests, as many as only store a word, aligned and as it is, in the page
 * that the batch holds as writable data: most of those with which a table is filled before its
 * first use. How many it did.
 */
u32 batch_words(struct pt_batch *b, const struct mmu_update *r, u32 n);
/*
 * Replaces entry @p of table @f of @level, both found after batch_ready. With @expect only if it
 * still is *expect, else -EAGAIN: A and D may change at any time. The errors of work_get.
 */
__must_check int entry_update(struct pt_batch *b, struct frame *f, u32 level, pte_t *p, pte_t next,
			      bool preserve_ad, const pte_t *expect);
/* Replaces the L1 entry that maps @va for @v's kernel. Takes the lock. */
__must_check int ptable_update_va(struct vcpu *v, struct domain *of, u64 va, pte_t next);
/* Stores a word in frame @f of @d, which must be writable data. 0 or -EINVAL. */
__must_check int data_store(struct frame *f, struct domain *d, u64 *where, u64 value);

/* --- walk.c --------------------------------------------------------------------------------- */

/* The L1 entry that maps @va below @root, and its table; NULL if a level is missing. */
pte_t *walk(mfn_t root, u64 va, struct frame **table);
/* Rights of @va below @root: the entries' P, RW and NX taken together; 0 if it is not mapped. */
u64 walk_rights(mfn_t root, u64 va);

/* --- desc.c --------------------------------------------------------------------------------- */

/* May a guest have this descriptor? It is made harmless then. Pure. */
bool desc_check(u64 *desc);
/* Puts the LDT pages of all vcpus of @d that were faulted in. */
void ldt_put_all(struct domain *d);
/* Brings in the LDT page that @va, in @v's window, stands for. Takes the lock. */
bool ldt_fault(struct vcpu *v, u64 va);

#endif
