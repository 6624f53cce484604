/* SPDX-License-Identifier: MIT */
/* Between the files of ptable/: work in pieces, single updates, walks. All of it needs d->pt_lock. */
#ifndef PTABLE_INTERNAL_H
#define PTABLE_INTERNAL_H

#include <lib/fail.h>
#include <ptable/ptable.h>

/*
 * Entries checked or dropped before the lock is given up: about a millisecond. What is left then stays in the
 * frames (FRAME_PARTIAL, FRAME_UNDO, ->progress); the top of an unfinished teardown is d->pt_pending, and every
 * operation on the domain's tables finishes that first.
 */
#ifndef PT_BUDGET /* tests stop earlier */
#define PT_BUDGET 32768
#endif

struct pt_work {
	struct domain *d;     /* owner of the tables */
	s32 left;	      /* entries */
	struct frame *undone; /* the topmost table that a failed check left half undone */
};

#define PT_WORK(dom) { (dom), PT_BUDGET, NULL }

/* Ends the unfinished teardown, if any: 0 or -ERESTART. */
int work_pending(struct pt_work *w);
/* As table_get_type and table_put_type, within the budget. */
int work_get(struct pt_work *w, struct frame *f, enum ftype t);
void work_put(struct pt_work *w, struct frame *f);

/*
 * Takes what a present L1 entry @e needs of the frame it maps, @of's (NULL: device memory only), in a table of @d. 0 or -EINVAL.
 */
int map_get(struct domain *d, struct domain *of, pte_t e);
void map_put(pte_t e);

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
 * Replaces entry @p of table @f, whose type is @t. With @expect only if it still is *expect (else -EAGAIN): A and D
 * bits may change at any time.
 */
int entry_update(struct pt_batch *b, struct frame *f, enum ftype t, pte_t *p, pte_t new, bool preserve_ad,
		 const pte_t *expect);

/* The L1 entry that maps @va below @root, and its table; NULL if a level is missing. */
pte_t *walk(mfn_t root, u64 va, struct frame **table);
/* Rights of @va below @root: entries' P, RW and NX taken together; 0 if not mapped. */
u64 walk_rights(mfn_t root, u64 va);
/* Is @f a page table in use now? Its type, or FT_NONE. */
enum ftype table_type(const struct frame *f);

/* Drops the LDT pages of all vcpus of @d that were faulted in. True if there was one. */
bool ldt_forget(struct domain *d);
/* Brings in the LDT page that @va, in @v's window, stands for. */
bool ldt_fault(struct vcpu *v, u64 va);

#endif
