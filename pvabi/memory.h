/* SPDX-License-Identifier: MIT */
/*
 * A domain's memory: giving frames back and taking new ones, what is in the
 * machine and in the domain, where the m2p lies. memory_op(cmd, arg) takes an
 * XENMEM_*; a positive answer of the reservation calls is the count of extents done.
 * Paging, sharing and access control of HVM guests have no place here.
 */
#ifndef PVABI_MEMORY_H
#define PVABI_MEMORY_H

#include "xen.h"
#include "physdev.h"

#define XENMEM_increase_reservation       0
#define XENMEM_decrease_reservation       1
#define XENMEM_maximum_ram_page           2
#define XENMEM_current_reservation        3
#define XENMEM_maximum_reservation        4
#define XENMEM_machphys_mfn_list          5
#define XENMEM_populate_physmap           6
#define XENMEM_add_to_physmap             7
#define XENMEM_memory_map                 9
#define XENMEM_machine_memory_map         10
#define XENMEM_exchange                   11
#define XENMEM_machphys_mapping           12
#define XENMEM_set_memory_map             13
#define XENMEM_maximum_gpfn               14
#define XENMEM_remove_from_physmap        15
#define XENMEM_set_pod_target             16
#define XENMEM_get_pod_target             17
#define XENMEM_get_sharing_freed_pages    18
#define XENMEM_get_sharing_shared_pages   19
#define XENMEM_paging_op                  20
#define XENMEM_access_op                  21
#define XENMEM_sharing_op                 22
#define XENMEM_add_to_physmap_batch       23
#define XENMEM_claim_pages                24
#define XENMEM_machphys_compat_mfn_list   25
#define XENMEM_get_vnumainfo              26
#define XENMEM_reserved_device_memory_map 27
#define XENMEM_acquire_resource           28

/* xen_memory_reservation.mem_flags: limit of the address width, node, and wishes. */
#define XENMEMF_address_bits(x)     (x)
#define XENMEMF_get_address_bits(x) ((x)&0xffu)
#define XENMEMF_node(x)             (((x) + 1) << 8)
#define XENMEMF_get_node(x)         ((((x) >> 8) - 1) & 0xffu)
#define XENMEMF_populate_on_demand  (1 << 16)
#define XENMEMF_exact_node_request  (1 << 17)
#define XENMEMF_exact_node(n)       (XENMEMF_node(n) | XENMEMF_exact_node_request)
#define XENMEMF_vnode               (1 << 18)

/*
 * increase: out, the frames got. decrease: in, the frames to free. populate: in, the
 * pfns to fill, out, the frames that fill them. claim: extent_start must be 0.
 */
struct xen_memory_reservation {
	GUEST_HANDLE(xen_pfn_t) extent_start;
	xen_ulong_t nr_extents;
	unsigned int extent_order; /* an extent has 2^extent_order pages */
	unsigned int mem_flags;    /* XENMEMF_* */
	domid_t domid;
};
PVABI_SIZE(struct xen_memory_reservation, 32);

/* Trades frames for as many others, to get them adjacent or below an address. */
struct xen_memory_exchange {
	struct xen_memory_reservation in;
	struct xen_memory_reservation out;
	xen_ulong_t nr_exchanged; /* 0 at first; out: input extents done */
};
PVABI_SIZE(struct xen_memory_exchange, 72);

/* current_reservation, maximum_reservation, maximum_gpfn. */
struct xen_memory_domain {
	domid_t domid;
};

/* The frames that hold the m2p, one for each 2 MiB of it. */
struct xen_machphys_mfn_list {
	unsigned int max_extents;
	GUEST_HANDLE(xen_pfn_t) extent_start;
	unsigned int nr_extents; /* out */
};
PVABI_SIZE(struct xen_machphys_mfn_list, 24);

/* Where the m2p is mapped. All out. */
struct xen_machphys_mapping {
	xen_ulong_t v_start, v_end;
	xen_ulong_t max_mfn;
};
PVABI_SIZE(struct xen_machphys_mapping, 24);

#define XENMAPSPACE_shared_info      0
#define XENMAPSPACE_grant_table      1
#define XENMAPSPACE_gmfn             2
#define XENMAPSPACE_gmfn_range       3
#define XENMAPSPACE_gmfn_foreign     4
#define XENMAPSPACE_dev_mmio         5
#define XENMAPIDX_grant_table_status 0x80000000

struct xen_add_to_physmap {
	domid_t domid;
	uint16_t size;
	unsigned int space; /* XENMAPSPACE_* */
	xen_ulong_t idx;
	xen_pfn_t gpfn;
};
PVABI_SIZE(struct xen_add_to_physmap, 24);

struct xen_add_to_physmap_batch {
	domid_t domid;
	uint16_t space;
	uint16_t size;
	union xen_add_to_physmap_batch_extra {
		domid_t foreign_domid;
		uint16_t res0;
	} u;
	GUEST_HANDLE(xen_ulong_t) idxs;
	GUEST_HANDLE(xen_pfn_t) gpfns;
	GUEST_HANDLE(int) errs;
};
PVABI_SIZE(struct xen_add_to_physmap_batch, 32);

struct xen_remove_from_physmap {
	domid_t domid;
	xen_pfn_t gpfn;
};
PVABI_SIZE(struct xen_remove_from_physmap, 16);

/* An entry of a memory map, as the firmware's E820 call gives it. */
#define XEN_E820_RAM      1
#define XEN_E820_RESERVED 2
#define XEN_E820_ACPI     3
#define XEN_E820_NVS      4
#define XEN_E820_UNUSABLE 5
struct xen_e820_entry {
	uint64_t addr;
	uint64_t size;
	uint32_t type; /* XEN_E820_* */
} __attribute__((packed));
PVABI_SIZE(struct xen_e820_entry, 20);

struct xen_memory_map {
	unsigned int nr_entries;   /* in: room, out: filled */
	GUEST_HANDLE(void) buffer; /* of struct xen_e820_entry */
};
PVABI_SIZE(struct xen_memory_map, 16);

struct xen_foreign_memory_map {
	domid_t domid;
	struct xen_memory_map map;
};
PVABI_SIZE(struct xen_foreign_memory_map, 24);

/* Populate-on-demand is for HVM; a PV domain's call is refused. */
struct xen_pod_target {
	uint64_t target_pages;
	uint64_t tot_pages; /* out, as the next two */
	uint64_t pod_cache_pages;
	uint64_t pod_entries;
	domid_t domid;
};
PVABI_SIZE(struct xen_pod_target, 40);

struct xen_reserved_device_memory {
	xen_pfn_t start_pfn;
	xen_ulong_t nr_pages;
};
PVABI_SIZE(struct xen_reserved_device_memory, 16);

#define XENMEM_RDM_ALL 1
struct xen_reserved_device_memory_map {
	uint32_t flags;
	unsigned int nr_entries; /* in: room, out: needed */
	GUEST_HANDLE(struct xen_reserved_device_memory) buffer;
	union {
		struct physdev_pci_device pci;
	} dev;
};
PVABI_SIZE(struct xen_reserved_device_memory_map, 24);

/* Makes pages that the hypervisor keeps for a domain (its grant table) mappable. */
#define XENMEM_resource_ioreq_server          0
#define XENMEM_resource_grant_table           1
#define XENMEM_resource_vmtrace_buf           2
#define XENMEM_resource_grant_table_id_shared 0
#define XENMEM_resource_grant_table_id_status 1
struct xen_mem_acquire_resource {
	domid_t domid;
	uint16_t type;
	uint32_t id;
	uint32_t nr_frames; /* 0 with no list: out, the resource's size */
	uint32_t pad;       /* must be 0 */
	uint64_t frame;     /* index of the first */
	GUEST_HANDLE(xen_pfn_t) frame_list;
};
PVABI_SIZE(struct xen_mem_acquire_resource, 32);

struct xen_vmemrange {
	uint64_t start, end;
	unsigned int flags;
	unsigned int nid;
};
PVABI_SIZE(struct xen_vmemrange, 24);

struct xen_vnuma_topology_info {
	domid_t domid;
	uint16_t pad;
	unsigned int nr_vnodes; /* these three: in room, out needed */
	unsigned int nr_vcpus;
	unsigned int nr_vmemranges;
	union {
		GUEST_HANDLE(unsigned int) h;
		uint64_t pad;
	} vdistance;
	union {
		GUEST_HANDLE(unsigned int) h;
		uint64_t pad;
	} vcpu_to_vnode;
	union {
		GUEST_HANDLE(struct xen_vmemrange) h;
		uint64_t pad;
	} vmemrange;
};
PVABI_SIZE(struct xen_vnuma_topology_info, 40);

#endif
