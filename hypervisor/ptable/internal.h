/* SPDX-License-Identifier: MIT */
/* Between the files of ptable/: work in pieces, single updates, walks. All of it needs d->pt.lock. */
#ifndef PTABLE_INTERNAL_H
#define PTABLE_INTERNAL_H

#include <lib/fail.h>
#include <ptable/ptable.h>

/*
 * Entries checked or dropped before the lock is given up: about a millisecond. What is left then stays in the
 * frames (FRAME_PARTIAL, FRAME_UNDO, ->progress); the top of an unfinished teardown is d->pt.pending, and every
 * operation on the domain's tables finishes that first.
 */
#ifndef PT_BUDGET /* tests stop earlier */
#define PT_BUDGET 32768
#endif

struct pt_work {
	struct domain *d;     /* owner of the tables */
	s32 left;             /* entries */
	struct frame *undone; /* the topmost table that a failed check left half undone */
};

#define PT_WORK(dom)                   \
	{                              \
		(dom), PT_BUDGET, NULL \
	}

/* Ends the unfinished teardown, if any: 0 or -ERESTART. */
int work_pending(struct pt_work *w);
/* Takes and drops a type reference of a table or descriptor page of w->d, within the budget. */
int work_get(struct pt_work *w, struct frame *f, enum ftype t);
void work_put(struct pt_work *w, struct frame *f);

/*
 * Checks a present entry for a table of @level and makes it what the processor shall see: user bit set, not global.
 * 0 or -EINVAL.
 */
int entry_check(pte_t *e, u32 level);
/*
 * The same, and takes what the entry refers to, in a table of w->d: at level 1 a frame of @of (NULL: device memory only),
 * above a table of w->d. 0, -EINVAL, -EBUSY, -ERESTART. entry_put drops it.
 */
int entry_get(struct pt_work *w, struct domain *of, pte_t *e, u32 level);
void entry_put(struct pt_work *w, pte_t e, u32 level);

/* Do both entries refer to the same thing with the same rights, so that references need not change? */
static inline bool entry_same_target(pte_t a, pte_t b, u32 level)
{
	u64 bits = PTE_P | PTE_ADDR | (level == 1 ? PTE_RW : 0);

	return (a & PTE_P) && !((a ^ b) & bits);
}

static inline bool slot_is_ours(u32 index, u32 level)
{
	return level == 4 && index >= HV_SLOT_FIRST && index <= HV_SLOT_LAST;
}

/* A run of updates under one hold of the lock. */
struct pt_batch {
	struct pt_work w;
	struct domain *of;   /* owner of mapped frames; NULL: device memory only */
	struct frame *table; /* referenced; the page table of the last update */
};
void batch_begin(struct pt_batch *b, struct domain *d, struct domain *of);
void batch_end(struct pt_batch *b);
/* Replaces the entry at @maddr; 0, -EINVAL.., -ERESTART: end the batch, then try this one again. */
int batch_update(struct pt_batch *b, u64 maddr, pte_t new, bool preserve_ad);
/*
 * Replaces entry @p of table @f of @level. With @expect only if it still is *expect (else -EAGAIN): A and D bits may
 * change at any time.
 */
int entry_update(struct pt_batch *b, struct frame *f, u32 level, pte_t *p, pte_t new,
		 bool preserve_ad, const pte_t *expect);
/* Replaces the L1 entry that maps @va in @v's current address space. Takes pt.lock. */
int ptable_update_va(struct vcpu *v, struct domain *of, u64 va, pte_t new);
/* Stores a word in frame @f of @d, which must be writable data. 0 or -EINVAL. */
int data_store(struct frame *f, struct domain *d, u64 *where, u64 value);

/* The L1 entry that maps @va below @root, and its table; NULL if a level is missing. */
pte_t *walk(mfn_t root, u64 va, struct frame **table);
/* Rights of @va below @root: entries' P, RW and NX taken together; 0 if not mapped. */
u64 walk_rights(mfn_t root, u64 va);
/* Is @f a page table in use now? Its type, or FT_NONE. */
enum ftype table_type(const struct frame *f);

/* May a guest have this descriptor? Made harmless if so. Pure. */
bool desc_check(u64 *desc);
/* Is @f a descriptor page in use now? */
bool is_desc(const struct frame *f);
/* Drops the LDT pages of all vcpus of @d that were faulted in. */
void ldt_forget(struct domain *d);
/* Brings in the LDT page that @va, in @v's window, stands for. */
bool ldt_fault(struct vcpu *v, u64 va);

#endif
