/* SPDX-License-Identifier: MIT */
/*
 * What a PV kernel says about itself: its ELF notes of owner "Xen", or, in older kernels, the text
 * of the section __xen_guest. Gives the addresses that the builder needs, checked for sense.
 */
#ifndef HOSPES_LIB_ELF_NOTES_H
#define HOSPES_LIB_ELF_NOTES_H

#include "elf_image.h"

#define NOTES_UNSET    (~0ULL)
#define NOTES_TEXT_MAX 64

struct guest_notes {
	char guest_os[NOTES_TEXT_MAX];
	char guest_version[NOTES_TEXT_MAX];
	char loader[NOTES_TEXT_MAX];
	char xen_version[NOTES_TEXT_MAX];
	uint64_t virt_base; /* virtual address of pfn 0 */
	/* what to take from a segment's p_paddr to get its guest-physical one */
	uint64_t paddr_offset;
	uint64_t entry;          /* virtual */
	uint64_t hypercall_page; /* virtual, or NOTES_UNSET */
	uint64_t init_p2m;       /* virtual, or NOTES_UNSET: the p2m list follows the kernel */
	uint64_t hv_start_low;   /* lowest address it leaves to the hypervisor, or NOTES_UNSET */
	bool initrd_unmapped;    /* takes its initrd by pfn */
	bool dom0_able;
	/* where the kernel's first and last byte will be, virtual */
	uint64_t virt_start, virt_end;
};

/* 0, or -ENOEXEC: no PV kernel, or a contradictory one; the reason is in @err. */
int notes_read(struct guest_notes *notes, const struct elf_image *image, struct hospes_error *err);

#endif
