/* SPDX-License-Identifier: MIT */
/*
 * What the page tables of a domain show in our slots of their L4. Without isolation that is all of
 * ours. With it: the m2p; of the image the entries and the tables that the processor reads; of own
 * mappings the windows of this domain's vcpus.
 */
#ifndef FRAME_GUESTMAP_H
#define FRAME_GUESTMAP_H

#include <x86/layout.h>
#include <x86/paging.h>

#define HV_SLOTS (HV_SLOT_LAST - HV_SLOT_FIRST + 1)

/*
 * Each vcpu has a window of 2 MiB of slot 257, with a level-1 table of its own. The pages in it:
 * the GDT and the LDT, 16 each; with isolation the SYSCALL stub, right before the entry page that
 * it addresses, and its vcpu_info.
 */
#define WINDOW_SIZE       (1ul << 21)
#define WINDOW_GDT_PAGE   0
#define WINDOW_LDT_PAGE   16
#define WINDOW_STUB_PAGE  33
#define WINDOW_ENTRY_PAGE (WINDOW_STUB_PAGE + 1)
#define WINDOW_INFO_PAGE  36

struct guestmap {
	pte_t slots[HV_SLOTS]; /* for slots HV_SLOT_FIRST on of each L4 */
	u64 windows;           /* where vcpu 0's is; the others follow */
	pte_t *l3, *l2;        /* of slot 257, with isolation */
};

/* Boot, after frame_init(): what all domains are shown of the image. */
void guestmap_init(void);

/* For a new domain. 0, or -ENOMEM with a reason. */
int __must_check guestmap_make(struct guestmap *m);
/* When none of its tables is left. */
void guestmap_free(struct guestmap *m);

static inline u64 guestmap_window(const struct guestmap *m, u32 vcpu)
{
	return m->windows + vcpu * WINDOW_SIZE;
}

/*
 * Makes the window of a vcpu, where nothing is mapped: ownmap_set() maps pages in it. 0, or -ENOMEM
 * with a reason. Free: what is still mapped goes too; a window that was never made is fine.
 */
int __must_check guestmap_window_make(struct guestmap *m, u32 vcpu);
void guestmap_window_free(struct guestmap *m, u32 vcpu);

#endif
