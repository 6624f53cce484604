/* SPDX-License-Identifier: MIT */
/*
 * Where everything lies in a new guest: arithmetic from the kernel's wishes and the sizes to page
 * frames and virtual addresses, in the order that the start-of-day contract gives (README.md has
 * the picture). Refuses what does not fit. The kernel's numbers are hostile. Pure.
 */
#ifndef PVABI_LOAD_LAYOUT_H
#define PVABI_LOAD_LAYOUT_H

#include <stdbool.h>
#include <pvabi/load/notes.h>
#include <pvabi/load/tables.h>

#define LAYOUT_PAGE 4096ul
/* The contract ends the initial mapping at such an address, */
#define LAYOUT_ALIGN (4ul << 20)
/* with at least this much free behind the stack. */
#define LAYOUT_PAD (512ul << 10)
/* From virt_base to the kernel's end: kernels live in the top 2 GiB of the address space. */
#define LAYOUT_KERNEL_MAX (2ul << 30)

struct layout_region {
	uint64_t pfn, pages;
	uint64_t virt; /* 0: not mapped */
};

struct layout_input {
	const struct guest_notes *notes;
	uint64_t nr_pages;    /* of the guest's memory */
	uint64_t initrd_size; /* bytes; 0: none */
	bool dom0;            /* the control domain, which the hypervisor builds at boot */
};

struct guest_layout {
	/* The initial mapping: the page at va has pfn (va - virt_base) / LAYOUT_PAGE. */
	uint64_t virt_base, virt_end;

	struct layout_region kernel, initrd, start_info, tables, stack;
	struct layout_region store, console;  /* dom0 has neither */
	struct layout_region p2m, p2m_tables; /* the list; the tables of its own mapping, if any */

	uint64_t pages_used;  /* all of this lies below this pfn */
	struct table_set set; /* the page tables, placed */
};

/*
 * Plans the guest. 0, or -EINVAL: impossible addresses; -ENOMEM: too little memory; -ENOEXEC: a
 * kernel that cannot be dom0.
 */
int layout_make(struct guest_layout *layout, const struct layout_input *in,
		struct load_error *why) load_checked;

/* The pfn that the initial mapping shows at @virt, which is inside it. */
static inline uint64_t layout_pfn_at(const struct guest_layout *layout, uint64_t virt)
{
	return (virt - layout->virt_base) / LAYOUT_PAGE;
}

/* The first pfn of what belongs to the p2m, in whichever order list and tables lie. */
static inline uint64_t layout_p2m_first(const struct guest_layout *layout)
{
	if (layout->p2m_tables.pages != 0 && layout->p2m_tables.pfn < layout->p2m.pfn)
		return layout->p2m_tables.pfn;
	return layout->p2m.pfn;
}

#endif
