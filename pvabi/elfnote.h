/* SPDX-License-Identifier: MIT */
/*
 * ELF notes of the name "Xen", in which a kernel says how it wants to be started.
 * Numbers are 4 or 8 bytes wide, strings end in NUL. Older kernels say the same in a
 * section __xen_guest of NAME=VALUE words. May be used from assembly.
 */
#ifndef PVABI_ELFNOTE_H
#define PVABI_ELFNOTE_H

#define XEN_ELFNOTE_INFO               0  /* string: NAME=VALUE */
#define XEN_ELFNOTE_ENTRY              1  /* virtual address to start at */
#define XEN_ELFNOTE_HYPERCALL_PAGE     2  /* virtual address of the page to fill */
#define XEN_ELFNOTE_VIRT_BASE          3  /* virtual address of pfn 0, default 0 */
#define XEN_ELFNOTE_PADDR_OFFSET       4  /* to take from the segments' p_paddr */
#define XEN_ELFNOTE_XEN_VERSION        5  /* string: "xen-3.0" */
#define XEN_ELFNOTE_GUEST_OS           6  /* string */
#define XEN_ELFNOTE_GUEST_VERSION      7  /* string */
#define XEN_ELFNOTE_LOADER             8  /* string: "generic" */
#define XEN_ELFNOTE_PAE_MODE           9  /* string, 32-bit kernels */
#define XEN_ELFNOTE_FEATURES           10 /* string: features.h names, '|', '!' = required */
#define XEN_ELFNOTE_BSD_SYMTAB         11 /* string: "yes" to load the symbols too */
#define XEN_ELFNOTE_HV_START_LOW       12 /* lowest start of the hypervisor's addresses */
#define XEN_ELFNOTE_L1_MFN_VALID       13 /* mask and value pairs of valid entries */
#define XEN_ELFNOTE_SUSPEND_CANCEL     14 /* number: 1 if suspend tells of a cancel */
#define XEN_ELFNOTE_INIT_P2M           15 /* virtual address to map the p2m at */
#define XEN_ELFNOTE_MOD_START_PFN      16 /* number: initrd by pfn, and not mapped */
#define XEN_ELFNOTE_SUPPORTED_FEATURES 17 /* number: bits of features.h */
#define XEN_ELFNOTE_PHYS32_ENTRY       18 /* physical entry of PVH */
#define XEN_ELFNOTE_MAX                XEN_ELFNOTE_PHYS32_ENTRY

/* Notes in dumps of a domain or of the hypervisor. */
#define XEN_ELFNOTE_CRASH_INFO              0x1000001
#define XEN_ELFNOTE_CRASH_REGS              0x1000002
#define XEN_ELFNOTE_DUMPCORE_NONE           0x2000000
#define XEN_ELFNOTE_DUMPCORE_HEADER         0x2000001
#define XEN_ELFNOTE_DUMPCORE_XEN_VERSION    0x2000002
#define XEN_ELFNOTE_DUMPCORE_FORMAT_VERSION 0x2000003

#endif
