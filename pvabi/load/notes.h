/* SPDX-License-Identifier: MIT */
/*
 * What a PV kernel says about itself: its ELF notes of owner "Xen" (pvabi/elfnote.h), or, in older
 * kernels, the text of the section __xen_guest. Gives the numbers that a loader needs, checked for
 * sense. Pure.
 */
#ifndef PVABI_LOAD_NOTES_H
#define PVABI_LOAD_NOTES_H

#include <pvabi/features.h>
#include <pvabi/load/elf.h>

#define NOTES_UNSET    (~0ul) /* a number that the file does not give */
#define NOTES_TEXT_MAX 64     /* with the NUL; longer texts are cut */

struct guest_notes {
	char guest_os[NOTES_TEXT_MAX];
	char guest_version[NOTES_TEXT_MAX];
	char loader[NOTES_TEXT_MAX];
	char xen_version[NOTES_TEXT_MAX];

	uint64_t virt_base;      /* virtual address of pfn 0, at a page */
	uint64_t paddr_offset;   /* from a segment's p_paddr to its guest-physical address */
	uint64_t entry;          /* virtual, inside the kernel */
	uint64_t hypercall_page; /* virtual, inside the kernel, or NOTES_UNSET */
	uint64_t init_p2m;       /* virtual, or NOTES_UNSET: the p2m list follows the kernel */
	uint64_t hv_start_low;   /* lowest address it leaves to the hypervisor, or NOTES_UNSET */
	uint64_t mod_start_pfn;  /* not 0: takes its initrd by pfn, and not mapped */
	uint64_t features;       /* bits of features.h; all of them if the file does not say */

	/* Where the kernel's first byte will be, and where the one behind its last: virtual. */
	uint64_t virt_start, virt_end;
};

/*
 * Reads what @image, which elf_parse() described, says. 0, or -ENOEXEC: this is no PV kernel, or
 * it contradicts itself.
 */
int notes_read(struct guest_notes *notes, const struct elf_image *image,
	       struct load_error *why) load_checked;

/* Whether the kernel says that it can be the control domain, or does not say that it cannot. */
static inline bool notes_allow_dom0(const struct guest_notes *notes)
{
	return (notes->features >> XENFEAT_dom0) & 1;
}

#endif
