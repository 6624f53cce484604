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
 * This CPU's current() has changed. If it is a vcpu: called before its CR3 is loaded, which is then
 * the CPU's last flush. If it is none: called when our own page tables are loaded; such a CPU holds
 * no translations of a guest, and nobody asks it to flush.
 */
void tlb_switched(void);

/* Drops the page at @va, any number, of the vcpu that runs here, under both of its tags. */
void tlb_flush_page(u64 va);
/* A full flush of all but global entries on @cpus, a bit each. Returns when it is done. */
void tlb_flush(u64 cpus);
/* Our own mappings, which are global: @pages from @va, on all CPUs. Returns when it is done. */
void tlb_flush_global(u64 va, u32 pages);

/*
 * A block of 2^order frames is about to get a new owner, or a frame a new type: flushes the CPUs
 * that its stamp asks for. The first frame of a free block has the latest stamp of all
 * (frame/buddy.c).
 */
void tlb_forget(const struct frame *f);

#endif
