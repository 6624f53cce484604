/* SPDX-License-Identifier: MIT */
/*
 * The x86-64 half of the guest ABI: basic types, segment selectors, the virtual
 * address range that belongs to the hypervisor, a vcpu's registers, its virtual
 * interrupt table and its start state. What every architecture shares is in
 * pvabi/xen.h. Only 64-bit guests exist here; nothing caters for 32-bit ones.
 * Constants may be used from assembly.
 */
#ifndef PVABI_ARCH_X86_XEN_H
#define PVABI_ARCH_X86_XEN_H

#include "../base.h"
#include "xen-x86_64.h"

/* A guest's GDT has 16 pages; from the 15th on the entries are the hypervisor's. */
#define FIRST_RESERVED_GDT_PAGE  14
#define FIRST_RESERVED_GDT_BYTE  (FIRST_RESERVED_GDT_PAGE * 4096)
#define FIRST_RESERVED_GDT_ENTRY (FIRST_RESERVED_GDT_BYTE / 8)

/* What a vcpu has: vectors of its interrupt table, debug registers, entries of an LDT at most. */
#define XEN_TRAP_VECTORS    256
#define XEN_DEBUG_REGISTERS 8
#define XEN_LDT_ENTRIES_MAX 8192

/* How many vcpu_info slots lie in shared_info; later vcpus must register theirs. */
#define XEN_LEGACY_MAX_VCPUS 32

/* vcpu_guest_context.flags. */
#define _VGCF_i387_valid               0 /* fpu_ctxt holds something */
#define VGCF_i387_valid                (1 << _VGCF_i387_valid)
#define VGCF_I387_VALID                VGCF_i387_valid
#define _VGCF_in_kernel                2 /* starts in kernel mode */
#define VGCF_in_kernel                 (1 << _VGCF_in_kernel)
#define VGCF_IN_KERNEL                 VGCF_in_kernel
#define _VGCF_failsafe_disables_events 3
#define VGCF_failsafe_disables_events  (1 << _VGCF_failsafe_disables_events)
#define _VGCF_syscall_disables_events  4
#define VGCF_syscall_disables_events   (1 << _VGCF_syscall_disables_events)
#define _VGCF_online                   5 /* vcpu is up */
#define VGCF_online                    (1 << _VGCF_online)

/* trap_info.flags: the lowest privilege that may raise the vector, and "mask events". */
#define TI_GET_DPL(ti)      ((ti)->flags & 3)
#define TI_GET_IF(ti)       ((ti)->flags & 4)
#define TI_SET_DPL(ti, dpl) ((ti)->flags |= (dpl))
#define TI_SET_IF(ti, on)   ((ti)->flags |= (!!(on) << 2))

/* Emulation flags of a new domain. A PV domain has none, dom0 may have the PIT. */
#define XEN_X86_EMU_LAPIC    (1U << 0)
#define XEN_X86_EMU_HPET     (1U << 1)
#define XEN_X86_EMU_PM       (1U << 2)
#define XEN_X86_EMU_RTC      (1U << 3)
#define XEN_X86_EMU_IOAPIC   (1U << 4)
#define XEN_X86_EMU_PIC      (1U << 5)
#define XEN_X86_EMU_VGA      (1U << 6)
#define XEN_X86_EMU_IOMMU    (1U << 7)
#define XEN_X86_EMU_PIT      (1U << 8)
#define XEN_X86_EMU_USE_PIRQ (1U << 9)
#define XEN_X86_EMU_VPCI     (1U << 10)
#define XEN_X86_EMU_ALL      0x7ffU

/* xen_arch_domainconfig.misc_flags: reads of unknown MSRs give 0 instead of #GP. */
#define XEN_X86_MSR_RELAXED    (1U << 0)
#define XEN_X86_MISC_FLAGS_MAX XEN_X86_MSR_RELAXED

#define XEN_CPUID_NO_SUBLEAF 0xffffffffU

/* The prefix by which a guest asks for CPUID as the hypervisor shows it. */
#ifdef __ASSEMBLER__
#define XEN_EMULATE_PREFIX .byte 0x0f, 0x0b, 0x78, 0x65, 0x6e;
#define XEN_CPUID          XEN_EMULATE_PREFIX cpuid
#else
#define XEN_EMULATE_PREFIX ".byte 0x0f,0x0b,0x78,0x65,0x6e ; "
#define XEN_CPUID          XEN_EMULATE_PREFIX "cpuid"

/* One gate of the virtual interrupt table. set_trap_table ends at address == 0. */
struct trap_info {
	uint8_t vector;
	uint8_t flags;
	uint16_t cs;
	unsigned long address;
};
PVABI_SIZE(struct trap_info, 16);

typedef uint64_t tsc_timestamp_t;

/*
 * The whole start state of a vcpu: for VCPUOP_initialise and set/getvcpucontext.
 * ctrlreg[1] holds the page-table root of user mode, ctrlreg[3] that of the kernel.
 */
struct vcpu_guest_context {
	struct {
		char x[512];
	} fpu_ctxt;          /* FXSAVE image */
	unsigned long flags; /* VGCF_* */
	struct cpu_user_regs user_regs;
	struct trap_info trap_ctxt[XEN_TRAP_VECTORS];
	unsigned long ldt_base, ldt_ents;       /* linear address, entries */
	unsigned long gdt_frames[16], gdt_ents; /* machine frames, entries */
	unsigned long kernel_ss, kernel_sp;     /* stack on entry to the kernel */
	unsigned long ctrlreg[8];
	unsigned long debugreg[XEN_DEBUG_REGISTERS];
	unsigned long event_callback_eip;
	unsigned long failsafe_callback_eip;
	unsigned long syscall_callback_eip;
	unsigned long vm_assist; /* bitmap of VMASST_TYPE_* */
	uint64_t fs_base;
	uint64_t gs_base_kernel;
	uint64_t gs_base_user;
};
PVABI_SIZE(struct vcpu_guest_context, 5168);

/* Part of shared_info: where the guest keeps its p2m, so that tools can save it. */
struct arch_shared_info {
	unsigned long max_pfn;                /* entries in the p2m */
	xen_pfn_t pfn_to_mfn_frame_list_list; /* root of the old 3-level tree, ~0: none */
	unsigned long nmi_reason;             /* XEN_NMIREASON_* */
	unsigned long p2m_cr3;                /* 0, or root under which p2m_vaddr is valid */
	unsigned long p2m_vaddr;              /* linear p2m */
	unsigned long p2m_generation;         /* odd while the guest changes its mappings */
};
PVABI_SIZE(struct arch_shared_info, 48);

struct xen_arch_domainconfig {
	uint32_t emulation_flags; /* XEN_X86_EMU_* */
	uint32_t misc_flags;      /* XEN_X86_* */
};
PVABI_SIZE(struct xen_arch_domainconfig, 8);

/* One leaf of a CPUID policy; subleaf XEN_CPUID_NO_SUBLEAF where a leaf has none. */
typedef struct xen_cpuid_leaf {
	uint32_t leaf, subleaf;
	uint32_t a, b, c, d;
} xen_cpuid_leaf_t;
PVABI_SIZE(xen_cpuid_leaf_t, 24);

typedef struct xen_msr_entry {
	uint32_t idx;
	uint32_t flags; /* must be 0 */
	uint64_t val;
} xen_msr_entry_t;
PVABI_SIZE(xen_msr_entry_t, 16);
#endif /* !__ASSEMBLER__ */

#endif
