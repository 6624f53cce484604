/* SPDX-License-Identifier: MIT */
/*
 * Stale translations: which CPUs may still hold them, and how they are made to drop them. All of these may be called with
 * locks held: a CPU that waits for others answers them meanwhile, and so does one that waits for a lock.
 */
#ifndef FRAME_TLB_H
#define FRAME_TLB_H

#include <frame/frame.h>

/*
 * Where the processor has PCIDs, what it holds is tagged: a guest's kernel and its user part have a tag each, so that a system call
 * flushes nothing; the tags are the same for all vcpus. Our own tables, loaded while a CPU idles, have tag 0.
 */
enum tlb_tag { TAG_OWN, TAG_KERNEL, TAG_USER };

/* What CR3 is loaded with for the L4 table @root (0 if it is no frame), so that no load flushes where tags are used. */
u64 tlb_cr3(mfn_t root, enum tlb_tag tag);
/* Loads tables that this CPU did not use until now: of another vcpu, or another root. Drops what it holds under both tags. */
void tlb_load(u64 cr3);
/* Drops the page at @va, any number, of the vcpu that runs here: its kernel's and its user part's. */
void tlb_flush_page(u64 va);
/* A full flush of all but global entries on the CPUs of the mask; returns when done. */
void tlb_flush(u64 cpus);
/* Our own mappings, which are global: @pages from @va, on all CPUs. */
void tlb_flush_global(u64 va, u32 pages);
/*
 * This CPU's current() has changed. For a vcpu: before its CR3 is loaded, which is then the CPU's last flush. For none: when our
 * own page tables are loaded; such a CPU holds nothing of a guest's, and nobody asks it to flush.
 */
void tlb_switched(void);
/* A block of 2^order frames is to have a new owner, or a frame a new type: flushes the CPUs that its stamp asks for. */
void tlb_forget(const struct frame *f);

#endif
