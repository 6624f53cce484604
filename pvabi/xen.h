/* SPDX-License-Identifier: MIT */
/*
 * The core of the guest ABI: hypercall numbers, virtual interrupts, page-table
 * update commands, domain ids, the pages that a guest shares with the hypervisor
 * (shared_info, vcpu_info) and the one it is started with (start_info).
 * Names, numbers and layouts are those of Xen's x86-64 PV interface. Sub-operations
 * are in the header of their hypercall; hypercalls.def lists all of them.
 * Constants may be used from assembly.
 */
#ifndef PVABI_XEN_H
#define PVABI_XEN_H

#include "arch-x86/xen.h"

/* Hypercall numbers. */
#define __HYPERVISOR_set_trap_table                0
#define __HYPERVISOR_mmu_update                    1
#define __HYPERVISOR_set_gdt                       2
#define __HYPERVISOR_stack_switch                  3
#define __HYPERVISOR_set_callbacks                 4
#define __HYPERVISOR_fpu_taskswitch                5
#define __HYPERVISOR_sched_op_compat               6
#define __HYPERVISOR_platform_op                   7
#define __HYPERVISOR_set_debugreg                  8
#define __HYPERVISOR_get_debugreg                  9
#define __HYPERVISOR_update_descriptor             10
#define __HYPERVISOR_memory_op                     12
#define __HYPERVISOR_multicall                     13
#define __HYPERVISOR_update_va_mapping             14
#define __HYPERVISOR_set_timer_op                  15
#define __HYPERVISOR_event_channel_op_compat       16
#define __HYPERVISOR_xen_version                   17
#define __HYPERVISOR_console_io                    18
#define __HYPERVISOR_physdev_op_compat             19
#define __HYPERVISOR_grant_table_op                20
#define __HYPERVISOR_vm_assist                     21
#define __HYPERVISOR_update_va_mapping_otherdomain 22
#define __HYPERVISOR_iret                          23
#define __HYPERVISOR_vcpu_op                       24
#define __HYPERVISOR_set_segment_base              25
#define __HYPERVISOR_mmuext_op                     26
#define __HYPERVISOR_xsm_op                        27
#define __HYPERVISOR_nmi_op                        28
#define __HYPERVISOR_sched_op                      29
#define __HYPERVISOR_callback_op                   30
#define __HYPERVISOR_xenoprof_op                   31
#define __HYPERVISOR_event_channel_op              32
#define __HYPERVISOR_physdev_op                    33
#define __HYPERVISOR_hvm_op                        34
#define __HYPERVISOR_sysctl                        35
#define __HYPERVISOR_domctl                        36
#define __HYPERVISOR_kexec_op                      37
#define __HYPERVISOR_tmem_op                       38
#define __HYPERVISOR_argo_op                       39
#define __HYPERVISOR_xenpmu_op                     40
#define __HYPERVISOR_dm_op                         41
#define __HYPERVISOR_hypfs_op                      42
#define __HYPERVISOR_arch_0                        48
#define __HYPERVISOR_arch_1                        49
#define __HYPERVISOR_arch_2                        50
#define __HYPERVISOR_arch_3                        51
#define __HYPERVISOR_arch_4                        52
#define __HYPERVISOR_arch_5                        53
#define __HYPERVISOR_arch_6                        54
#define __HYPERVISOR_arch_7                        55

/* Virtual interrupts. V: one a vcpu; G: one a domain, and mostly for dom0. */
#define VIRQ_TIMER      0 /* V: the timer fired */
#define VIRQ_DEBUG      1 /* V: dump your state */
#define VIRQ_CONSOLE    2 /* G: a key on the hypervisor's console */
#define VIRQ_DOM_EXC    3 /* G: a domain died, shut down or crashed */
#define VIRQ_TBUF       4 /* G: trace records wait */
#define VIRQ_DEBUGGER   6 /* G: a domain stopped for its debugger */
#define VIRQ_XENOPROF   7
#define VIRQ_CON_RING   8 /* G: new text in the console ring */
#define VIRQ_PCPU_STATE 9 /* G: a physical CPU came or went */
#define VIRQ_MEM_EVENT  10
#define VIRQ_ARGO       11
#define VIRQ_ENOMEM     12 /* G: the hypervisor's memory runs short */
#define VIRQ_XENPMU     13
#define VIRQ_ARCH_0     16 /* V: machine check */
#define VIRQ_ARCH_1     17
#define VIRQ_ARCH_2     18
#define VIRQ_ARCH_3     19
#define VIRQ_ARCH_4     20
#define VIRQ_ARCH_5     21
#define VIRQ_ARCH_6     22
#define VIRQ_ARCH_7     23
#define NR_VIRQS        24

/* mmu_update: the command is in the two lowest bits of mmu_update.ptr. */
#define MMU_NORMAL_PT_UPDATE       0 /* store a page-table entry */
#define MMU_MACHPHYS_UPDATE        1 /* set the m2p entry of a frame */
#define MMU_PT_UPDATE_PRESERVE_AD  2 /* store, keeping accessed and dirty bits */
#define MMU_PT_UPDATE_NO_TRANSLATE 3 /* store; the value is a machine address in any case */

/* mmuext_op.cmd. */
#define MMUEXT_PIN_L1_TABLE       0
#define MMUEXT_PIN_L2_TABLE       1
#define MMUEXT_PIN_L3_TABLE       2
#define MMUEXT_PIN_L4_TABLE       3
#define MMUEXT_UNPIN_TABLE        4
#define MMUEXT_NEW_BASEPTR        5
#define MMUEXT_TLB_FLUSH_LOCAL    6
#define MMUEXT_INVLPG_LOCAL       7
#define MMUEXT_TLB_FLUSH_MULTI    8
#define MMUEXT_INVLPG_MULTI       9
#define MMUEXT_TLB_FLUSH_ALL      10
#define MMUEXT_INVLPG_ALL         11
#define MMUEXT_FLUSH_CACHE        12
#define MMUEXT_SET_LDT            13
#define MMUEXT_NEW_USER_BASEPTR   15
#define MMUEXT_CLEAR_PAGE         16
#define MMUEXT_COPY_PAGE          17
#define MMUEXT_FLUSH_CACHE_GLOBAL 18
#define MMUEXT_MARK_SUPER         19
#define MMUEXT_UNMARK_SUPER       20

/*
 * update_va_mapping flags: what to flush, and where. Without UVMF_ALL the rest of
 * the word is a pointer to a vcpu bitmap, and none means the local TLB.
 */
#define UVMF_NONE           xen_mk_ulong(0)
#define UVMF_TLB_FLUSH      xen_mk_ulong(1)
#define UVMF_INVLPG         xen_mk_ulong(2)
#define UVMF_FLUSHTYPE_MASK xen_mk_ulong(3)
#define UVMF_MULTI          xen_mk_ulong(0)
#define UVMF_LOCAL          xen_mk_ulong(0)
#define UVMF_ALL            xen_mk_ulong(4)

#define CONSOLEIO_write 0
#define CONSOLEIO_read  1

/* vm_assist(cmd, type). */
#define VMASST_CMD_enable                0
#define VMASST_CMD_disable               1
#define VMASST_TYPE_4gb_segments         0
#define VMASST_TYPE_4gb_segments_notify  1
#define VMASST_TYPE_writable_pagetables  2 /* stores to page tables are emulated */
#define VMASST_TYPE_pae_extended_cr3     3
#define VMASST_TYPE_architectural_iopl   4  /* IOPL lives in rflags, not in a hypercall */
#define VMASST_TYPE_runstate_update_flag 5  /* XEN_RUNSTATE_UPDATE is kept */
#define VMASST_TYPE_m2p_strict           32 /* no m2p in the guest's user-mode tables */

/* Domain ids from here on have a special meaning. */
#define DOMID_FIRST_RESERVED xen_mk_uint(0x7FF0)
#define DOMID_SELF           xen_mk_uint(0x7FF0) /* the caller */
#define DOMID_IO             xen_mk_uint(0x7FF1) /* device memory */
#define DOMID_XEN            xen_mk_uint(0x7FF2) /* pages shared by the hypervisor */
#define DOMID_COW            xen_mk_uint(0x7FF3)
#define DOMID_INVALID        xen_mk_uint(0x7FF4) /* nobody */
#define DOMID_IDLE           xen_mk_uint(0x7FFF)
#define DOMID_MASK           xen_mk_uint(0x7FFF)

/* start_info.flags. */
#define SIF_PRIVILEGED      (1 << 0)
#define SIF_INITDOMAIN      (1 << 1)    /* dom0: console.dom0 is valid, not console.domU */
#define SIF_MULTIBOOT_MOD   (1 << 2)    /* mod_start is a list of xen_multiboot_mod_list */
#define SIF_MOD_START_PFN   (1 << 3)    /* mod_start is a page number */
#define SIF_VIRT_P2M_4TOOLS (1 << 4)    /* tools can save a guest with a linear p2m only */
#define SIF_PM_MASK         (0xFF << 8) /* power management bits, for dom0 */

#define MAX_GUEST_CMDLINE 1024

/* vcpu_time_info.flags. */
#define XEN_PVCLOCK_TSC_STABLE_BIT (1 << 0) /* monotonic across vcpus */
#define XEN_PVCLOCK_GUEST_STOPPED  (1 << 1)

/* dom0_vga_console_info.video_type. */
#define XEN_VGATYPE_TEXT_MODE_3 0x03
#define XEN_VGATYPE_VESA_LFB    0x23
#define XEN_VGATYPE_EFI_LFB     0x70

#ifndef __ASSEMBLER__
typedef uint16_t domid_t;

/* A domain's UUID, byte for byte as written. */
typedef uint8_t xen_domain_handle_t[16];
typedef struct {
	uint8_t a[16];
} xen_uuid_t;

struct mmu_update {
	uint64_t ptr; /* machine address of the entry, | MMU_* */
	uint64_t val; /* its new content */
};
PVABI_SIZE(struct mmu_update, 16);

struct mmuext_op {
	unsigned int cmd; /* MMUEXT_* */
	union {
		xen_pfn_t mfn;             /* (un)pin, new_(user_)baseptr, clear, copy */
		unsigned long linear_addr; /* invlpg, set_ldt */
	} arg1;
	union {
		unsigned int nr_ents;              /* set_ldt */
		GUEST_HANDLE(const void) vcpumask; /* *_multi */
		xen_pfn_t src_mfn;                 /* copy_page */
	} arg2;
};
PVABI_SIZE(struct mmuext_op, 24);

struct multicall_entry {
	xen_ulong_t op, result;
	xen_ulong_t args[6];
};
PVABI_SIZE(struct multicall_entry, 64);

/*
 * System time, in ns since boot, is system_time plus the TSC's advance since
 * tsc_timestamp, shifted left by tsc_shift (right if negative), times
 * tsc_to_system_mul / 2^32. version is odd while the record changes.
 */
struct vcpu_time_info {
	uint32_t version;
	uint32_t pad0;
	uint64_t tsc_timestamp;
	uint64_t system_time;
	uint32_t tsc_to_system_mul;
	int8_t tsc_shift;
	uint8_t flags; /* XEN_PVCLOCK_* */
	uint8_t pad1[2];
};
PVABI_SIZE(struct vcpu_time_info, 32);

/*
 * A vcpu's event state. The hypervisor sets pending and a selector bit; the guest
 * clears pending before it looks at the selector. While mask is set no upcall
 * comes; only the hypervisor on this vcpu's CPU and the vcpu itself touch it.
 */
struct vcpu_info {
	uint8_t evtchn_upcall_pending;
	uint8_t evtchn_upcall_mask;
	xen_ulong_t evtchn_pending_sel;
	struct arch_vcpu_info arch;
	struct vcpu_time_info time;
};
PVABI_SIZE(struct vcpu_info, 64);

/* The page shared between a domain and the hypervisor. Wall clock is the UTC at boot. */
struct shared_info {
	struct vcpu_info vcpu_info[XEN_LEGACY_MAX_VCPUS];
	xen_ulong_t evtchn_pending[sizeof(xen_ulong_t) * 8]; /* one bit a port */
	xen_ulong_t evtchn_mask[sizeof(xen_ulong_t) * 8];    /* written by the guest only */
	uint32_t wc_version;                                 /* odd while the record changes */
	uint32_t wc_sec;
	uint32_t wc_nsec;
	uint32_t wc_sec_hi;
	struct arch_shared_info arch;
};
PVABI_SIZE(struct shared_info, 3136);
_Static_assert(offsetof(struct shared_info, evtchn_pending) == 2048, "32 vcpu_infos come first");

/* What a kernel finds in %rsi when it starts. After a resume only the first part is valid. */
struct start_info {
	char magic[32]; /* "xen-3.0-x86_64" */
	unsigned long nr_pages;
	unsigned long shared_info; /* machine address */
	uint32_t flags;            /* SIF_* */
	xen_pfn_t store_mfn;
	uint32_t store_evtchn;
	union {
		struct {
			xen_pfn_t mfn;
			uint32_t evtchn;
		} domU;
		struct {
			uint32_t info_off; /* of a dom0_vga_console_info in this page */
			uint32_t info_size;
		} dom0;
	} console;
	unsigned long pt_base; /* virtual address of the L4 */
	unsigned long nr_pt_frames;
	unsigned long mfn_list;  /* virtual address of the p2m */
	unsigned long mod_start; /* initrd: virtual address, or a pfn */
	unsigned long mod_len;
	int8_t cmd_line[MAX_GUEST_CMDLINE];
	unsigned long first_p2m_pfn; /* frames of the p2m when it is not in the initial mapping */
	unsigned long nr_p2m_frames;
};
PVABI_SIZE(struct start_info, 1168);

/* One module when SIF_MULTIBOOT_MOD is set. */
struct xen_multiboot_mod_list {
	uint32_t mod_start;
	uint32_t mod_end; /* last byte, inclusive */
	uint32_t cmdline;
	uint32_t pad;
};
PVABI_SIZE(struct xen_multiboot_mod_list, 16);

/* Tells dom0 what the screen shows. */
typedef struct dom0_vga_console_info {
	uint8_t video_type; /* XEN_VGATYPE_* */
	union {
		struct {
			uint16_t font_height;
			uint16_t cursor_x, cursor_y;
			uint16_t rows, columns;
		} text_mode_3;
		struct {
			uint16_t width, height;
			uint16_t bytes_per_line;
			uint16_t bits_per_pixel;
			uint32_t lfb_base;
			uint32_t lfb_size; /* in units of 64 KiB */
			uint8_t red_pos, red_size;
			uint8_t green_pos, green_size;
			uint8_t blue_pos, blue_size;
			uint8_t rsvd_pos, rsvd_size;
			uint32_t gbl_caps;
			uint16_t mode_attrs;
			uint16_t pad;
			uint32_t ext_lfb_base; /* high half of lfb_base */
		} vesa_lfb;
	} u;
} dom0_vga_console_info_t;
PVABI_SIZE(dom0_vga_console_info_t, 40);

/* A bitmap in a client's memory. */
struct xenctl_bitmap {
	GUEST_HANDLE(uint8_t) bitmap;
	uint32_t nr_bits;
};
PVABI_SIZE(struct xenctl_bitmap, 16);
#endif /* !__ASSEMBLER__ */

#endif
