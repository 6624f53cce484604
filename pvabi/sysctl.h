/* SPDX-License-Identifier: MIT */
/*
 * Questions and orders to the hypervisor as a whole: sysctl(op) with a struct
 * xen_sysctl, whose cmd is an XEN_SYSCTL_*, interface version 0x15. All numbers are
 * here; structs only for what a PV system uses. The union has the interface's size.
 */
#ifndef PVABI_SYSCTL_H
#define PVABI_SYSCTL_H

#include "xen.h"
#include "domctl.h"
#include "physdev.h"

#define XEN_SYSCTL_INTERFACE_VERSION 0x00000015

#define XEN_SYSCTL_readconsole            1
#define XEN_SYSCTL_tbuf_op                2
#define XEN_SYSCTL_physinfo               3
#define XEN_SYSCTL_sched_id               4
#define XEN_SYSCTL_perfc_op               5
#define XEN_SYSCTL_getdomaininfolist      6
#define XEN_SYSCTL_debug_keys             7
#define XEN_SYSCTL_getcpuinfo             8
#define XEN_SYSCTL_availheap              9
#define XEN_SYSCTL_get_pmstat             10
#define XEN_SYSCTL_cpu_hotplug            11
#define XEN_SYSCTL_pm_op                  12
#define XEN_SYSCTL_page_offline_op        14
#define XEN_SYSCTL_lockprof_op            15
#define XEN_SYSCTL_cputopoinfo            16
#define XEN_SYSCTL_numainfo               17
#define XEN_SYSCTL_cpupool_op             18
#define XEN_SYSCTL_scheduler_op           19
#define XEN_SYSCTL_coverage_op            20
#define XEN_SYSCTL_psr_cmt_op             21
#define XEN_SYSCTL_pcitopoinfo            22
#define XEN_SYSCTL_psr_alloc              23
#define XEN_SYSCTL_get_cpu_levelling_caps 25
#define XEN_SYSCTL_get_cpu_featureset     26
#define XEN_SYSCTL_livepatch_op           27
#define XEN_SYSCTL_get_cpu_policy         29

/* The hypervisor's console text. With incremental, index says where to go on. */
struct xen_sysctl_readconsole {
	uint8_t clear;
	uint8_t incremental;
	uint8_t pad0, pad1;
	uint32_t index; /* in and out */
	GUEST_HANDLE(char) buffer;
	uint32_t count; /* in: room, out: written */
};
PVABI_SIZE(struct xen_sysctl_readconsole, 24);

#define XEN_SYSCTL_TBUFOP_get_info     0
#define XEN_SYSCTL_TBUFOP_set_cpu_mask 1
#define XEN_SYSCTL_TBUFOP_set_evt_mask 2
#define XEN_SYSCTL_TBUFOP_set_size     3
#define XEN_SYSCTL_TBUFOP_enable       4
#define XEN_SYSCTL_TBUFOP_disable      5
struct xen_sysctl_tbuf_op {
	uint32_t cmd; /* XEN_SYSCTL_TBUFOP_* */
	struct xenctl_bitmap cpu_mask;
	uint32_t evt_mask;
	uint64_aligned_t buffer_mfn; /* out */
	uint32_t size;               /* in and out */
};
PVABI_SIZE(struct xen_sysctl_tbuf_op, 48);

#define XEN_SYSCTL_PHYSCAP_hvm                (1u << 0)
#define XEN_SYSCTL_PHYSCAP_pv                 (1u << 1)
#define XEN_SYSCTL_PHYSCAP_directio           (1u << 2)
#define XEN_SYSCTL_PHYSCAP_hap                (1u << 3)
#define XEN_SYSCTL_PHYSCAP_shadow             (1u << 4)
#define XEN_SYSCTL_PHYSCAP_iommu_hap_pt_share (1u << 5)
#define XEN_SYSCTL_PHYSCAP_vmtrace            (1u << 6)
#define XEN_SYSCTL_PHYSCAP_vpmu               (1u << 7)
#define XEN_SYSCTL_PHYSCAP_gnttab_v1          (1u << 8) /* clients refuse to work without it */
#define XEN_SYSCTL_PHYSCAP_gnttab_v2          (1u << 9)
#define XEN_SYSCTL_PHYSCAP_MAX                XEN_SYSCTL_PHYSCAP_gnttab_v2
struct xen_sysctl_physinfo {
	uint32_t threads_per_core;
	uint32_t cores_per_socket;
	uint32_t nr_cpus;
	uint32_t max_cpu_id;
	uint32_t nr_nodes;
	uint32_t max_node_id;
	uint32_t cpu_khz;
	uint32_t capabilities; /* XEN_SYSCTL_PHYSCAP_* */
	uint32_t arch_capabilities;
	uint32_t pad;
	uint64_aligned_t total_pages;
	uint64_aligned_t free_pages;
	uint64_aligned_t scrub_pages;
	uint64_aligned_t outstanding_pages;
	uint64_aligned_t max_mfn;
	uint32_t hw_cap[8]; /* CPUID feature words */
};
PVABI_SIZE(struct xen_sysctl_physinfo, 112);

struct xen_sysctl_sched_id {
	uint32_t sched_id; /* XEN_SCHEDULER_* */
};

struct xen_sysctl_getdomaininfolist {
	domid_t first_domain;
	uint32_t max_domains;
	GUEST_HANDLE(struct xen_domctl_getdomaininfo) buffer;
	uint32_t num_domains; /* out */
};
PVABI_SIZE(struct xen_sysctl_getdomaininfolist, 24);

struct xen_sysctl_debug_keys {
	GUEST_HANDLE(const char) keys;
	uint32_t nr_keys;
};
PVABI_SIZE(struct xen_sysctl_debug_keys, 16);

struct xen_sysctl_cpuinfo {
	uint64_aligned_t idletime; /* ns */
};
struct xen_sysctl_getcpuinfo {
	uint32_t max_cpus;
	GUEST_HANDLE(struct xen_sysctl_cpuinfo) info;
	uint32_t nr_cpus; /* out */
};
PVABI_SIZE(struct xen_sysctl_getcpuinfo, 24);

struct xen_sysctl_availheap {
	uint32_t min_bitwidth;
	uint32_t max_bitwidth;
	int32_t node;                 /* -1: all */
	uint64_aligned_t avail_bytes; /* out */
};
PVABI_SIZE(struct xen_sysctl_availheap, 24);

#define XEN_SYSCTL_CPU_HOTPLUG_ONLINE      0
#define XEN_SYSCTL_CPU_HOTPLUG_OFFLINE     1
#define XEN_SYSCTL_CPU_HOTPLUG_SMT_ENABLE  2
#define XEN_SYSCTL_CPU_HOTPLUG_SMT_DISABLE 3
struct xen_sysctl_cpu_hotplug {
	uint32_t cpu;
	uint32_t op; /* XEN_SYSCTL_CPU_HOTPLUG_* */
};

#define XEN_INVALID_CORE_ID   (~0U)
#define XEN_INVALID_SOCKET_ID (~0U)
#define XEN_INVALID_NODE_ID   (~0U)
struct xen_sysctl_cputopo {
	uint32_t core;
	uint32_t socket;
	uint32_t node;
};
PVABI_SIZE(struct xen_sysctl_cputopo, 12);
struct xen_sysctl_cputopoinfo {
	uint32_t num_cpus; /* in: room, out: how many there are */
	GUEST_HANDLE(struct xen_sysctl_cputopo) cputopo;
};
PVABI_SIZE(struct xen_sysctl_cputopoinfo, 16);

#define XEN_INVALID_MEM_SZ    (~0U)
#define XEN_INVALID_NODE_DIST (~0U)
struct xen_sysctl_meminfo {
	uint64_t memsize;
	uint64_t memfree;
};
struct xen_sysctl_numainfo {
	uint32_t num_nodes; /* in: room, out: how many there are */
	GUEST_HANDLE(struct xen_sysctl_meminfo) meminfo;
	GUEST_HANDLE(uint32_t) distance; /* a square matrix */
};
PVABI_SIZE(struct xen_sysctl_numainfo, 24);

#define XEN_SYSCTL_CPUPOOL_OP_CREATE     1
#define XEN_SYSCTL_CPUPOOL_OP_DESTROY    2
#define XEN_SYSCTL_CPUPOOL_OP_INFO       3 /* the first pool from cpupool_id on */
#define XEN_SYSCTL_CPUPOOL_OP_ADDCPU     4
#define XEN_SYSCTL_CPUPOOL_OP_RMCPU      5
#define XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN 6
#define XEN_SYSCTL_CPUPOOL_OP_FREEINFO   7 /* CPUs in no pool */
#define XEN_SYSCTL_CPUPOOL_PAR_ANY       0xFFFFFFFF
struct xen_sysctl_cpupool_op {
	uint32_t op;         /* XEN_SYSCTL_CPUPOOL_OP_* */
	uint32_t cpupool_id; /* in and out */
	uint32_t sched_id;   /* in and out */
	uint32_t domid;
	uint32_t cpu;
	uint32_t n_dom;              /* out */
	struct xenctl_bitmap cpumap; /* out */
};
PVABI_SIZE(struct xen_sysctl_cpupool_op, 40);

#define XEN_SYSCTL_SCHED_RATELIMIT_MAX   500000
#define XEN_SYSCTL_SCHED_RATELIMIT_MIN   100
#define XEN_SYSCTL_CSCHED_TSLICE_MAX     1000
#define XEN_SYSCTL_CSCHED_TSLICE_MIN     1
#define XEN_SYSCTL_CSCHED_MGR_DLY_MAX_US (100 * 1000)
struct xen_sysctl_credit_schedule {
	uint32_t tslice_ms;
	uint32_t ratelimit_us;
	uint32_t vcpu_migr_delay_us;
};
struct xen_sysctl_credit2_schedule {
	uint32_t ratelimit_us;
};
#define XEN_SYSCTL_SCHEDOP_putinfo 0
#define XEN_SYSCTL_SCHEDOP_getinfo 1
struct xen_sysctl_scheduler_op {
	uint32_t cpupool_id;
	uint32_t sched_id; /* XEN_SCHEDULER_* */
	uint32_t cmd;      /* XEN_SYSCTL_SCHEDOP_* */
	union {
		struct xen_sysctl_sched_arinc653 {
			GUEST_HANDLE(void) schedule;
		} sched_arinc653;
		struct xen_sysctl_credit_schedule sched_credit;
		struct xen_sysctl_credit2_schedule sched_credit2;
	} u;
};
PVABI_SIZE(struct xen_sysctl_scheduler_op, 32);

#define XEN_INVALID_DEV (XEN_INVALID_NODE_ID - 1)
struct xen_sysctl_pcitopoinfo {
	uint32_t num_devs;
	GUEST_HANDLE(struct physdev_pci_device) devs;
	GUEST_HANDLE(uint32_t) nodes; /* out */
};
PVABI_SIZE(struct xen_sysctl_pcitopoinfo, 24);

#define XEN_SYSCTL_CPU_LEVELCAP_faulting (1ul << 0)
struct xen_sysctl_cpu_levelling_caps {
	uint32_t caps; /* 0: CPUID can be levelled for no user code */
};

#define XEN_SYSCTL_cpu_featureset_raw     0
#define XEN_SYSCTL_cpu_featureset_host    1
#define XEN_SYSCTL_cpu_featureset_pv      2
#define XEN_SYSCTL_cpu_featureset_hvm     3
#define XEN_SYSCTL_cpu_featureset_pv_max  4
#define XEN_SYSCTL_cpu_featureset_hvm_max 5
struct xen_sysctl_cpu_featureset {
	uint32_t index;       /* XEN_SYSCTL_cpu_featureset_* */
	uint32_t nr_features; /* in: room, out: words written or, no room given, needed */
	GUEST_HANDLE(uint32_t) features;
};
PVABI_SIZE(struct xen_sysctl_cpu_featureset, 16);

#define XEN_SYSCTL_cpu_policy_raw         0
#define XEN_SYSCTL_cpu_policy_host        1
#define XEN_SYSCTL_cpu_policy_pv_max      2
#define XEN_SYSCTL_cpu_policy_hvm_max     3
#define XEN_SYSCTL_cpu_policy_pv_default  4
#define XEN_SYSCTL_cpu_policy_hvm_default 5
struct xen_sysctl_cpu_policy {
	uint32_t index;     /* XEN_SYSCTL_cpu_policy_* */
	uint32_t nr_leaves; /* in: room, out: written or, no room given, needed */
	uint32_t nr_msrs;
	uint32_t _rsvd;
	GUEST_HANDLE(xen_cpuid_leaf_t) leaves;
	GUEST_HANDLE(xen_msr_entry_t) msrs;
};
PVABI_SIZE(struct xen_sysctl_cpu_policy, 32);

struct xen_sysctl {
	uint32_t cmd;               /* XEN_SYSCTL_* */
	uint32_t interface_version; /* XEN_SYSCTL_INTERFACE_VERSION */
	union {
		struct xen_sysctl_readconsole readconsole;
		struct xen_sysctl_tbuf_op tbuf_op;
		struct xen_sysctl_physinfo physinfo;
		struct xen_sysctl_cputopoinfo cputopoinfo;
		struct xen_sysctl_pcitopoinfo pcitopoinfo;
		struct xen_sysctl_numainfo numainfo;
		struct xen_sysctl_sched_id sched_id;
		struct xen_sysctl_getdomaininfolist getdomaininfolist;
		struct xen_sysctl_debug_keys debug_keys;
		struct xen_sysctl_getcpuinfo getcpuinfo;
		struct xen_sysctl_availheap availheap;
		struct xen_sysctl_cpu_hotplug cpu_hotplug;
		struct xen_sysctl_cpupool_op cpupool_op;
		struct xen_sysctl_scheduler_op scheduler_op;
		struct xen_sysctl_cpu_levelling_caps cpu_levelling_caps;
		struct xen_sysctl_cpu_featureset cpu_featureset;
		struct xen_sysctl_cpu_policy cpu_policy;
		uint8_t pad[128];
	} u;
};
PVABI_SIZE(struct xen_sysctl, 136);

#endif
