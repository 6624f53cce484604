/* SPDX-License-Identifier: MIT */
/*
 * Where everything lies in a new guest: pure arithmetic from the kernel's wishes and the sizes to
 * page frames and virtual addresses, in the order that the PV start-of-day contract gives. Refuses
 * what does not fit. Filling and mapping is left to guest_build.
 */
#ifndef HOSPES_LIB_GUEST_LAYOUT_H
#define HOSPES_LIB_GUEST_LAYOUT_H

#include "elf_notes.h"
#include "guest_tables.h"

/*
 * Space that the contract promises behind the last element, and the alignment of the region's
 * end.
 */
#define LAYOUT_PAD   (512UL << 10)
#define LAYOUT_ALIGN (4UL << 20)

struct layout_region {
	uint64_t pfn;
	uint64_t pages;
	uint64_t virt; /* 0 when it is not mapped */
};

struct layout_input {
	const struct guest_notes *notes;
	uint64_t nr_pages;    /* of the guest's memory */
	uint64_t initrd_size; /* bytes, 0 for none */
};

struct guest_layout {
	uint64_t virt_base, virt_end; /* the bootstrap region */
	struct layout_region kernel, initrd, p2m, start_info, store, console, tables, stack;
	uint64_t p2m_pages;   /* p2m.pages counts the tables that map it, too */
	uint64_t pages_used;  /* everything above lies below this pfn */
	struct table_set set; /* the page tables, with their pfns */
};

/* 0, or -ENOMEM (too little memory), -EINVAL (impossible addresses); layout_free() in any case. */
int layout_make(struct guest_layout *layout, const struct layout_input *in,
		struct hospes_error *err);
void layout_free(struct guest_layout *layout);

#endif
