/* SPDX-License-Identifier: MIT */
/*
 * Stale translations: which CPUs may still hold them, and how they are made to drop them (a TLB
 * shootdown). All of these may be called with locks held: a CPU that waits for others, or for a
 * lock, answers their requests meanwhile.
 */
#ifndef FRAME_TLB_H
#define FRAME_TLB_H

#include <frame/frame.h>

/*
 * Where the processor has PCIDs, its translations are tagged. A guest's kernel and its user part
 * have a tag each, so that a system call flushes nothing; all vcpus use the same two. Our own
 * tables, loaded while a CPU idles, have tag 0.
 */
enum tlb_tag { TAG_OWN, TAG_KERNEL, TAG_USER };

/*
 * What CR3 is loaded with for the L4 table @root, so that no load flushes where tags are used; 0 if
 * @root is no frame.
 */
u64 tlb_cr3(mfn_t root, enum tlb_tag tag);

/*
 * Loads tables that this CPU did not use until now: of another vcpu, or another root. Drops what it
 * holds under both of a guest's tags.
 */
void tlb_load(u64 cr3);

/*
 * Loads tables of the vcpu that runs here, of which nothing was changed. With isolation neither
 * loads anything: ring 0 stays on its own tables, and the way to the guest loads the guest's.
 */
void tlb_use(u64 cr3);

/*
 * Around the load of other page tables, when this CPU's current() has changed. tlb_switch_begin is
 * called before CR3 is loaded: the load is then the CPU's last flush. *@windows: of the domain
 * whose tables are loaded (tlb_flush_windows); NULL: they are our own. tlb_switch_end after it,
 * with what the beginning returned, says whose they are; NULL: our own. Such a CPU holds no
 * translations of a guest, and nobody asks it to flush. In between it counts as a holder of
 * everybody's.
 */
u64 __must_check tlb_switch_begin(const u64 *windows);
void tlb_switch_end(const struct domain *d, u64 begun);

/* The CPUs that run on page tables of @d, or are about to. Others hold no translation of them. */
u64 tlb_cpus_of(const struct domain *d);

/* Drops the page at @va, any number, of the vcpu that runs here, under both of its tags. */
void tlb_flush_page(u64 va);
/* Drops the page at @va of our own mappings, which only this CPU uses, under all tags. */
void tlb_flush_own(u64 va);
/* A full flush of all but global entries on @cpus, a bit each. Returns when it is done. */
void tlb_flush(u64 cpus);
/*
 * Our own mappings, global but for isolation: @pages from @va, on all CPUs. Returns when it is
 * done.
 */
void tlb_flush_global(u64 va, u32 pages);

/*
 * Mappings of ours that only vcpus of @d use, its descriptor windows, have changed: flushes the
 * CPUs that run on its tables now, with global entries. Returns when it is done. Others may hold
 * them still, and drop them before they use them: in tlb_switch_begin, which is told of it by
 * *windows. The callers for one @d hold one lock.
 */
void tlb_flush_windows(const struct domain *d, u64 *windows);

/*
 * The CPUs that may hold translations of @f, which has an owner, by an entry that is gone now: what
 * runs on the owner's tables, and if the frame was mapped abroad, all. Not those that map it by a
 * grant: a handle keeps what its mapping holds until the grantee's CPUs are flushed.
 */
u64 tlb_holders(const struct frame *f);

/*
 * Frame @f is about to get a new type: flushes those CPUs that may still write it, or use it as a
 * table, as far as its stamp asks for it. The frame is changing, so nobody maps it writable.
 */
//@ assigns flushes; ensures flushes == \old(flushes) + 1;
void tlb_forget(struct frame *f);

/*
 * A block of free frames, of which @f is the first, is about to get a new owner: the same for its
 * stale_cpus, of which each may read it, too.
 */
void tlb_forget_block(const struct frame *f);

#endif
