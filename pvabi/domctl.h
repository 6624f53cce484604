/* SPDX-License-Identifier: MIT */
/*
 * Control of one domain by the tools: domctl(op) with a struct xen_domctl, whose cmd
 * is an XEN_DOMCTL_*, interface version 0x15. All numbers are here; structs only for
 * what a PV system uses. The union has the size of the whole interface's.
 */
#ifndef PVABI_DOMCTL_H
#define PVABI_DOMCTL_H

#include "xen.h"
#include "event_channel.h"
#include "grant_table.h"
#include "memory.h"

#define XEN_DOMCTL_INTERFACE_VERSION 0x00000015

#define XEN_DOMCTL_createdomain            1
#define XEN_DOMCTL_destroydomain           2
#define XEN_DOMCTL_pausedomain             3
#define XEN_DOMCTL_unpausedomain           4
#define XEN_DOMCTL_getdomaininfo           5
#define XEN_DOMCTL_setvcpuaffinity         9
#define XEN_DOMCTL_shadow_op               10
#define XEN_DOMCTL_max_mem                 11
#define XEN_DOMCTL_setvcpucontext          12
#define XEN_DOMCTL_getvcpucontext          13
#define XEN_DOMCTL_getvcpuinfo             14
#define XEN_DOMCTL_max_vcpus               15
#define XEN_DOMCTL_scheduler_op            16
#define XEN_DOMCTL_setdomainhandle         17
#define XEN_DOMCTL_setdebugging            18
#define XEN_DOMCTL_irq_permission          19
#define XEN_DOMCTL_iomem_permission        20
#define XEN_DOMCTL_ioport_permission       21
#define XEN_DOMCTL_hypercall_init          22
#define XEN_DOMCTL_settimeoffset           24
#define XEN_DOMCTL_getvcpuaffinity         25
#define XEN_DOMCTL_real_mode_area          26
#define XEN_DOMCTL_resumedomain            27
#define XEN_DOMCTL_sendtrigger             28
#define XEN_DOMCTL_subscribe               29
#define XEN_DOMCTL_gethvmcontext           33
#define XEN_DOMCTL_sethvmcontext           34
#define XEN_DOMCTL_set_address_size        35
#define XEN_DOMCTL_get_address_size        36
#define XEN_DOMCTL_assign_device           37
#define XEN_DOMCTL_bind_pt_irq             38
#define XEN_DOMCTL_memory_mapping          39
#define XEN_DOMCTL_ioport_mapping          40
#define XEN_DOMCTL_set_ext_vcpucontext     42
#define XEN_DOMCTL_get_ext_vcpucontext     43
#define XEN_DOMCTL_set_opt_feature         44
#define XEN_DOMCTL_test_assign_device      45
#define XEN_DOMCTL_set_target              46
#define XEN_DOMCTL_deassign_device         47
#define XEN_DOMCTL_unbind_pt_irq           48
#define XEN_DOMCTL_get_device_group        50
#define XEN_DOMCTL_debug_op                54
#define XEN_DOMCTL_gethvmcontext_partial   55
#define XEN_DOMCTL_vm_event_op             56
#define XEN_DOMCTL_mem_sharing_op          57
#define XEN_DOMCTL_gettscinfo              59
#define XEN_DOMCTL_settscinfo              60
#define XEN_DOMCTL_getpageframeinfo3       61
#define XEN_DOMCTL_setvcpuextstate         62
#define XEN_DOMCTL_getvcpuextstate         63
#define XEN_DOMCTL_set_access_required     64
#define XEN_DOMCTL_audit_p2m               65
#define XEN_DOMCTL_set_virq_handler        66
#define XEN_DOMCTL_set_broken_page_p2m     67
#define XEN_DOMCTL_setnodeaffinity         68
#define XEN_DOMCTL_getnodeaffinity         69
#define XEN_DOMCTL_cacheflush              71
#define XEN_DOMCTL_get_vcpu_msrs           72
#define XEN_DOMCTL_set_vcpu_msrs           73
#define XEN_DOMCTL_setvnumainfo            74
#define XEN_DOMCTL_psr_cmt_op              75
#define XEN_DOMCTL_monitor_op              77
#define XEN_DOMCTL_psr_alloc               78
#define XEN_DOMCTL_soft_reset              79
#define XEN_DOMCTL_vuart_op                81
#define XEN_DOMCTL_get_cpu_policy          82
#define XEN_DOMCTL_set_cpu_policy          83
#define XEN_DOMCTL_vmtrace_op              84
#define XEN_DOMCTL_get_paging_mempool_size 85
#define XEN_DOMCTL_set_paging_mempool_size 86
#define XEN_DOMCTL_gdbsx_guestmemio        1000
#define XEN_DOMCTL_gdbsx_pausevcpu         1001
#define XEN_DOMCTL_gdbsx_unpausevcpu       1002
#define XEN_DOMCTL_gdbsx_domstatus         1003

/* createdomain.flags; a PV domain has none of the first four. */
#define XEN_DOMCTL_CDF_hvm          (1U << 0)
#define XEN_DOMCTL_CDF_hap          (1U << 1)
#define XEN_DOMCTL_CDF_s3_integrity (1U << 2)
#define XEN_DOMCTL_CDF_oos_off      (1U << 3)
#define XEN_DOMCTL_CDF_xs_domain    (1U << 4) /* runs the store */
#define XEN_DOMCTL_CDF_iommu        (1U << 5)
#define XEN_DOMCTL_CDF_nested_virt  (1U << 6)
#define XEN_DOMCTL_CDF_vpmu         (1U << 7)
#define XEN_DOMCTL_CDF_MAX          XEN_DOMCTL_CDF_vpmu

#define XEN_DOMCTL_IOMMU_no_sharept (1U << 0)
#define XEN_DOMCTL_IOMMU_MAX        XEN_DOMCTL_IOMMU_no_sharept

#define XEN_DOMCTL_GRANT_version_mask 0xf
#define XEN_DOMCTL_GRANT_version(v)   ((v)&XEN_DOMCTL_GRANT_version_mask)

/* xen_domctl.domain: in the wanted id, 0 or DOMID_INVALID to choose one; out the id. */
struct xen_domctl_createdomain {
	uint32_t ssidref;
	xen_domain_handle_t handle;
	uint32_t flags; /* XEN_DOMCTL_CDF_* */
	uint32_t iommu_opts;
	uint32_t max_vcpus;
	uint32_t max_evtchn_port;
	int32_t max_grant_frames;    /* negative: the hypervisor's default */
	int32_t max_maptrack_frames; /* likewise */
	uint32_t grant_opts;         /* highest grant version */
	uint32_t vmtrace_size;
	uint32_t cpupool_id;
	struct xen_arch_domainconfig arch;
};
PVABI_SIZE(struct xen_domctl_createdomain, 64);

#define XEN_DOMINF_dying         (1U << 0)
#define XEN_DOMINF_hvm_guest     (1U << 1)
#define XEN_DOMINF_shutdown      (1U << 2) /* with a code, below */
#define XEN_DOMINF_paused        (1U << 3)
#define XEN_DOMINF_blocked       (1U << 4)
#define XEN_DOMINF_running       (1U << 5)
#define XEN_DOMINF_debugged      (1U << 6)
#define XEN_DOMINF_xs_domain     (1U << 7)
#define XEN_DOMINF_hap           (1U << 8)
#define XEN_DOMINF_shutdownmask  255 /* SHUTDOWN_* */
#define XEN_DOMINF_shutdownshift 16
#define XEN_INVALID_MAX_VCPU_ID  (~0U)

/* The first domain whose id is xen_domctl.domain or more. All out. */
struct xen_domctl_getdomaininfo {
	domid_t domain;
	uint16_t pad1;
	uint32_t flags; /* XEN_DOMINF_* */
	uint64_aligned_t tot_pages;
	uint64_aligned_t max_pages;
	uint64_aligned_t outstanding_pages;
	uint64_aligned_t shr_pages;
	uint64_aligned_t paged_pages;
	uint64_aligned_t shared_info_frame;
	uint64_aligned_t cpu_time; /* ns */
	uint32_t nr_online_vcpus;
	uint32_t max_vcpu_id;
	uint32_t ssidref;
	xen_domain_handle_t handle;
	uint32_t cpupool;
	uint8_t gpaddr_bits;
	uint8_t pad2[7];
	struct xen_arch_domainconfig arch_config;
};
PVABI_SIZE(struct xen_domctl_getdomaininfo, 112);

/* What a frame is, in the upper four bits of each word; in, the frame's number. */
#define XEN_DOMCTL_PFINFO_LTAB_SHIFT    28
#define XEN_DOMCTL_PFINFO_NOTAB         (0x0U << 28)
#define XEN_DOMCTL_PFINFO_L1TAB         (0x1U << 28)
#define XEN_DOMCTL_PFINFO_L2TAB         (0x2U << 28)
#define XEN_DOMCTL_PFINFO_L3TAB         (0x3U << 28)
#define XEN_DOMCTL_PFINFO_L4TAB         (0x4U << 28)
#define XEN_DOMCTL_PFINFO_LTABTYPE_MASK (0x7U << 28)
#define XEN_DOMCTL_PFINFO_LPINTAB       (0x1U << 31) /* pinned */
#define XEN_DOMCTL_PFINFO_XTAB          (0xfU << 28) /* not the domain's */
#define XEN_DOMCTL_PFINFO_XALLOC        (0xeU << 28) /* only to be allocated */
#define XEN_DOMCTL_PFINFO_BROKEN        (0xdU << 28)
#define XEN_DOMCTL_PFINFO_LTAB_MASK     (0xfU << 28)
struct xen_domctl_getpageframeinfo3 {
	uint64_aligned_t num;
	GUEST_HANDLE(xen_pfn_t) array;
};
PVABI_SIZE(struct xen_domctl_getpageframeinfo3, 16);

#define XEN_DOMCTL_SHADOW_OP_OFF             0
#define XEN_DOMCTL_SHADOW_OP_ENABLE_TEST     1
#define XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY 2
#define XEN_DOMCTL_SHADOW_OP_CLEAN           11 /* read the bitmap and start anew */
#define XEN_DOMCTL_SHADOW_OP_PEEK            12 /* read it only */
#define XEN_DOMCTL_SHADOW_OP_GET_ALLOCATION  30
#define XEN_DOMCTL_SHADOW_OP_SET_ALLOCATION  31
#define XEN_DOMCTL_SHADOW_OP_ENABLE          32
#define XEN_DOMCTL_SHADOW_ENABLE_REFCOUNT    (1 << 1)
#define XEN_DOMCTL_SHADOW_ENABLE_LOG_DIRTY   (1 << 2)
#define XEN_DOMCTL_SHADOW_ENABLE_TRANSLATE   (1 << 3)
#define XEN_DOMCTL_SHADOW_ENABLE_EXTERNAL    (1 << 4)
#define XEN_DOMCTL_SHADOW_LOGDIRTY_FINAL     (1 << 0)
struct xen_domctl_shadow_op_stats {
	uint32_t fault_count;
	uint32_t dirty_count;
};
struct xen_domctl_shadow_op {
	uint32_t op; /* XEN_DOMCTL_SHADOW_OP_* */
	uint32_t mode;
	uint32_t mb;
	GUEST_HANDLE(uint8_t) dirty_bitmap;
	uint64_aligned_t pages; /* bits in the bitmap; out: bits written */
	struct xen_domctl_shadow_op_stats stats;
};
PVABI_SIZE(struct xen_domctl_shadow_op, 40);

struct xen_domctl_max_mem {
	uint64_aligned_t max_memkb;
};

/* setvcpucontext (a null ctxt resets the vcpu), getvcpucontext. */
struct xen_domctl_vcpucontext {
	uint32_t vcpu;
	GUEST_HANDLE(struct vcpu_guest_context) ctxt;
};
PVABI_SIZE(struct xen_domctl_vcpucontext, 16);

struct xen_domctl_getvcpuinfo {
	uint32_t vcpu;
	uint8_t online; /* out, as all that follows */
	uint8_t blocked;
	uint8_t running;
	uint64_aligned_t cpu_time;
	uint32_t cpu;
};
PVABI_SIZE(struct xen_domctl_getvcpuinfo, 24);

struct xen_domctl_nodeaffinity {
	struct xenctl_bitmap nodemap;
};

#define XEN_VCPUAFFINITY_HARD  (1U << 0)
#define XEN_VCPUAFFINITY_SOFT  (1U << 1)
#define XEN_VCPUAFFINITY_FORCE (1U << 2) /* ends a SCHEDOP_pin_override */
struct xen_domctl_vcpuaffinity {
	uint32_t vcpu;
	uint32_t flags;                   /* XEN_VCPUAFFINITY_* */
	struct xenctl_bitmap cpumap_hard; /* set: out, what is in force */
	struct xenctl_bitmap cpumap_soft;
};
PVABI_SIZE(struct xen_domctl_vcpuaffinity, 40);

struct xen_domctl_max_vcpus {
	uint32_t max;
};

#define XEN_SCHEDULER_CREDIT   5
#define XEN_SCHEDULER_CREDIT2  6
#define XEN_SCHEDULER_ARINC653 7
#define XEN_SCHEDULER_RTDS     8
#define XEN_SCHEDULER_NULL     9
struct xen_domctl_sched_credit {
	uint16_t weight;
	uint16_t cap;
};
struct xen_domctl_sched_credit2 {
	uint16_t weight;
	uint16_t cap;
};
#define XEN_DOMCTL_SCHEDRT_extra (1U << 0)
struct xen_domctl_sched_rtds {
	uint32_t period;
	uint32_t budget;
	uint32_t flags;
};
typedef struct xen_domctl_schedparam_vcpu {
	union {
		struct xen_domctl_sched_credit credit;
		struct xen_domctl_sched_credit2 credit2;
		struct xen_domctl_sched_rtds rtds;
	} u;
	uint32_t vcpuid;
} xen_domctl_schedparam_vcpu_t;
PVABI_SIZE(xen_domctl_schedparam_vcpu_t, 16);

#define XEN_DOMCTL_SCHEDOP_putinfo     0
#define XEN_DOMCTL_SCHEDOP_getinfo     1
#define XEN_DOMCTL_SCHEDOP_putvcpuinfo 2
#define XEN_DOMCTL_SCHEDOP_getvcpuinfo 3
struct xen_domctl_scheduler_op {
	uint32_t sched_id; /* XEN_SCHEDULER_* */
	uint32_t cmd;      /* XEN_DOMCTL_SCHEDOP_* */
	union {
		struct xen_domctl_sched_credit credit;
		struct xen_domctl_sched_credit2 credit2;
		struct xen_domctl_sched_rtds rtds;
		struct {
			GUEST_HANDLE(xen_domctl_schedparam_vcpu_t) vcpus;
			uint32_t nr_vcpus;
			uint32_t padding;
		} v;
	} u;
};
PVABI_SIZE(struct xen_domctl_scheduler_op, 24);

struct xen_domctl_setdomainhandle {
	xen_domain_handle_t handle;
};

struct xen_domctl_setdebugging {
	uint8_t enable;
};

struct xen_domctl_irq_permission {
	uint32_t pirq;
	uint8_t allow_access;
	uint8_t pad[3];
};
PVABI_SIZE(struct xen_domctl_irq_permission, 8);

struct xen_domctl_iomem_permission {
	uint64_aligned_t first_mfn;
	uint64_aligned_t nr_mfns;
	uint8_t allow_access;
};
PVABI_SIZE(struct xen_domctl_iomem_permission, 24);

struct xen_domctl_ioport_permission {
	uint32_t first_port;
	uint32_t nr_ports;
	uint8_t allow_access;
};
PVABI_SIZE(struct xen_domctl_ioport_permission, 12);

/* Fills a page of the domain with the code of its hypercalls. */
struct xen_domctl_hypercall_init {
	uint64_aligned_t gmfn;
};

struct xen_domctl_settimeoffset {
	int64_aligned_t time_offset_seconds;
};

/* The domain's word size in bits: 64. */
struct xen_domctl_address_size {
	uint32_t size;
};

#define XEN_DOMCTL_SENDTRIGGER_NMI   0
#define XEN_DOMCTL_SENDTRIGGER_RESET 1
#define XEN_DOMCTL_SENDTRIGGER_INIT  2
#define XEN_DOMCTL_SENDTRIGGER_POWER 3
#define XEN_DOMCTL_SENDTRIGGER_SLEEP 4
struct xen_domctl_sendtrigger {
	uint32_t trigger;
	uint32_t vcpu;
};

#define XEN_DOMCTL_DEV_PCI         0
#define XEN_DOMCTL_DEV_RDM_RELAXED 1
struct xen_domctl_assign_device {
	uint32_t dev; /* XEN_DOMCTL_DEV_PCI */
	uint32_t flags;
	union {
		struct {
			uint32_t machine_sbdf;
		} pci;
		uint8_t pad[16];
	} u;
} __attribute__((aligned(8)));
PVABI_SIZE(struct xen_domctl_assign_device, 24);

#define DPCI_ADD_MAPPING    1
#define DPCI_REMOVE_MAPPING 0
struct xen_domctl_memory_mapping {
	uint64_aligned_t first_gfn;
	uint64_aligned_t first_mfn;
	uint64_aligned_t nr_mfns;
	uint32_t add_mapping; /* DPCI_* */
	uint32_t padding;
};
PVABI_SIZE(struct xen_domctl_memory_mapping, 32);

/* Machine-check banks' state, within ext_vcpucontext. */
struct hvm_vmce_vcpu {
	uint64_t caps;
	uint64_t mci_ctl2_bank0;
	uint64_t mci_ctl2_bank1;
	uint64_t mcg_ext_ctl;
};

/* What vcpu_guest_context has no room for. */
struct xen_domctl_ext_vcpucontext {
	uint32_t vcpu;
	uint32_t size; /* set: in, get: out */
	uint64_aligned_t syscall32_callback_eip;
	uint64_aligned_t sysenter_callback_eip;
	uint16_t syscall32_callback_cs;
	uint16_t sysenter_callback_cs;
	uint8_t syscall32_disables_events;
	uint8_t sysenter_disables_events;
	union {
		uint64_aligned_t mcg_cap;
		struct hvm_vmce_vcpu vmce;
	};
};
PVABI_SIZE(struct xen_domctl_ext_vcpucontext, 64);

/* domain may act on target as if it were its own (a device model's right). */
struct xen_domctl_set_target {
	domid_t target;
};

/* get/set_cpu_policy: CPUID leaves and MSRs that the domain sees. */
#define XEN_CPUID_INPUT_UNUSED 0xFFFFFFFF
struct xen_domctl_cpu_policy {
	uint32_t nr_leaves; /* in: room or given, out: written */
	uint32_t nr_msrs;
	GUEST_HANDLE(xen_cpuid_leaf_t) leaves;
	GUEST_HANDLE(xen_msr_entry_t) msrs;
	uint32_t err_leaf, err_subleaf, err_msr; /* out: what set refused */
};
PVABI_SIZE(struct xen_domctl_cpu_policy, 40);

/* Which port of the caller hears that the domain has died. */
struct xen_domctl_subscribe {
	uint32_t port;
};

#define XEN_DOMCTL_DEBUG_OP_SINGLE_STEP_OFF 0
#define XEN_DOMCTL_DEBUG_OP_SINGLE_STEP_ON  1
struct xen_domctl_debug_op {
	uint32_t op;
	uint32_t vcpu;
};

struct xen_domctl_tsc_info {
	uint32_t tsc_mode; /* 0 default, 1 always emulate, 2 never */
	uint32_t gtsc_khz;
	uint32_t incarnation;
	uint32_t pad;
	uint64_aligned_t elapsed_nsec;
};
PVABI_SIZE(struct xen_domctl_tsc_info, 24);

struct xen_domctl_gdbsx_memio {
	uint64_aligned_t pgd3val;
	uint64_aligned_t gva;
	uint64_aligned_t uva;
	uint32_t len;
	uint8_t gwr;     /* 1: write to the guest */
	uint32_t remain; /* out: not copied */
};
PVABI_SIZE(struct xen_domctl_gdbsx_memio, 40);

struct xen_domctl_gdbsx_pauseunp_vcpu {
	uint32_t vcpu;
};

struct xen_domctl_gdbsx_domstatus {
	uint8_t paused;
	uint32_t vcpu_id;
	uint32_t vcpu_ev;
};
PVABI_SIZE(struct xen_domctl_gdbsx_domstatus, 12);

/* The domain, not dom0, hears a global virq. */
struct xen_domctl_set_virq_handler {
	uint32_t virq;
};

/* XSAVE state: xcr0, xcr0_accum, then the area. */
struct xen_domctl_vcpuextstate {
	uint32_t vcpu;
	uint64_aligned_t xfeature_mask;
	uint64_aligned_t size;
	GUEST_HANDLE(uint64_t) buffer;
};
PVABI_SIZE(struct xen_domctl_vcpuextstate, 32);

struct xen_domctl_cacheflush {
	xen_pfn_t start_pfn, nr_pfns;
};

struct xen_domctl_paging_mempool {
	uint64_aligned_t size;
};

struct xen_domctl_vcpu_msr {
	uint32_t index;
	uint32_t reserved;
	uint64_aligned_t value;
};
struct xen_domctl_vcpu_msrs {
	uint32_t vcpu;
	uint32_t msr_count; /* get with no list: out, how many */
	GUEST_HANDLE(struct xen_domctl_vcpu_msr) msrs;
};
PVABI_SIZE(struct xen_domctl_vcpu_msrs, 16);

struct xen_domctl_vnuma {
	uint32_t nr_vnodes;
	uint32_t nr_vmemranges;
	uint32_t nr_vcpus;
	uint32_t pad;
	GUEST_HANDLE(unsigned int) vdistance;
	GUEST_HANDLE(unsigned int) vcpu_to_vnode;
	GUEST_HANDLE(unsigned int) vnode_to_pnode;
	GUEST_HANDLE(struct xen_vmemrange) vmemrange;
};
PVABI_SIZE(struct xen_domctl_vnuma, 48);

struct xen_domctl {
	uint32_t cmd;               /* XEN_DOMCTL_* */
	uint32_t interface_version; /* XEN_DOMCTL_INTERFACE_VERSION */
	domid_t domain;
	uint16_t _pad[3];
	union {
		struct xen_domctl_createdomain createdomain;
		struct xen_domctl_getdomaininfo getdomaininfo;
		struct xen_domctl_getpageframeinfo3 getpageframeinfo3;
		struct xen_domctl_nodeaffinity nodeaffinity;
		struct xen_domctl_vcpuaffinity vcpuaffinity;
		struct xen_domctl_shadow_op shadow_op;
		struct xen_domctl_max_mem max_mem;
		struct xen_domctl_vcpucontext vcpucontext;
		struct xen_domctl_getvcpuinfo getvcpuinfo;
		struct xen_domctl_max_vcpus max_vcpus;
		struct xen_domctl_scheduler_op scheduler_op;
		struct xen_domctl_setdomainhandle setdomainhandle;
		struct xen_domctl_setdebugging setdebugging;
		struct xen_domctl_irq_permission irq_permission;
		struct xen_domctl_iomem_permission iomem_permission;
		struct xen_domctl_ioport_permission ioport_permission;
		struct xen_domctl_hypercall_init hypercall_init;
		struct xen_domctl_settimeoffset settimeoffset;
		struct xen_domctl_tsc_info tsc_info;
		struct xen_domctl_address_size address_size;
		struct xen_domctl_sendtrigger sendtrigger;
		struct xen_domctl_assign_device assign_device;
		struct xen_domctl_memory_mapping memory_mapping;
		struct xen_domctl_ext_vcpucontext ext_vcpucontext;
		struct xen_domctl_set_target set_target;
		struct xen_domctl_subscribe subscribe;
		struct xen_domctl_debug_op debug_op;
		struct xen_domctl_cpu_policy cpu_policy;
		struct xen_domctl_vcpuextstate vcpuextstate;
		struct xen_domctl_vcpu_msrs vcpu_msrs;
		struct xen_domctl_set_virq_handler set_virq_handler;
		struct xen_domctl_gdbsx_memio gdbsx_guest_memio;
		struct xen_domctl_cacheflush cacheflush;
		struct xen_domctl_gdbsx_pauseunp_vcpu gdbsx_pauseunp_vcpu;
		struct xen_domctl_gdbsx_domstatus gdbsx_domstatus;
		struct xen_domctl_vnuma vnuma;
		struct xen_domctl_paging_mempool paging_mempool;
		uint8_t pad[128];
	} u;
};
PVABI_SIZE(struct xen_domctl, 144);

#endif
