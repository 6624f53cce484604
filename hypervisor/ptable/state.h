/* SPDX-License-Identifier: MIT */
/* What page tables and descriptor tables keep in a domain and in a vcpu (dom/domain.h). */
#ifndef PTABLE_STATE_H
#define PTABLE_STATE_H

#include <lib/types.h>
#include <pvabi/xen.h>
#include <x86/lock.h>

struct frame;

#define DESC_PER_PAGE   512u
#define GDT_GUEST_PAGES FIRST_RESERVED_GDT_PAGE /* those above are ours */
#define LDT_PAGES       (XEN_LDT_ENTRIES_MAX / DESC_PER_PAGE)
#define WINDOW_PAGES    16u /* of a descriptor table at its largest */

struct domain_ptable {
	struct spinlock lock; /* held for each write of a page table or descriptor page */
	/* The topmost table whose teardown was preempted, or NULL. Is finished before others. */
	struct frame *pending;
	u64 windows; /* the flush of descriptor windows that a CPU must have seen (frame/tlb.h) */
};

/*
 * The roots of a vcpu's two address spaces; MFN_NONE: none. Each holds a reference of type L4. What
 * CR3 is loaded with follows from them (vcpu_load_cr3). entry.S reads these.
 */
struct vcpu_roots {
	u64 cr3;                  /* what CR3 holds when the vcpu runs now: one of these two */
	u64 kernel_cr3, user_cr3; /* 0: there is no such root */
	mfn_t kernel, user;
};

/*
 * A vcpu's descriptor tables, which the processor sees through windows of own mappings. Each frame
 * in them is referenced with type FT_DESC.
 */
struct vcpu_descriptors {
	u64 gdt_window; /* addresses; page GDT_RESERVED_PAGE of it is ours */
	u64 ldt_window;
	u32 gdt_entries, ldt_entries;
	u64 ldt_base;                     /* the guest's address of its LDT */
	mfn_t gdt_frame[GDT_GUEST_PAGES]; /* MFN_NONE behind the last */
	mfn_t ldt_frame[LDT_PAGES];       /* MFN_NONE: not brought in yet */
};

#endif
