/* SPDX-License-Identifier: MIT */
/*
 * Grant tables: how a domain lets another one map or copy a frame of its own.
 * The granter writes an entry, the grantee names it by its index. The entry's
 * flags tell the granter whether the frame is in use, so both sides write to it.
 * grant_table_op(cmd, list, count) takes a GNTTABOP_* and a list of its struct gnttab_*.
 */
#ifndef PVABI_GRANT_TABLE_H
#define PVABI_GRANT_TABLE_H

#include "xen.h"

typedef uint32_t grant_ref_t;
typedef uint32_t grant_handle_t;

/* The first entries are set up by the domain builder. */
#define GNTTAB_NR_RESERVED_ENTRIES 8
#define GNTTAB_RESERVED_CONSOLE    0
#define GNTTAB_RESERVED_XENSTORE   1

/* Entry flags: the type, ... */
#define GTF_invalid         (0U << 0)
#define GTF_permit_access   (1U << 0)
#define GTF_accept_transfer (2U << 0)
#define GTF_transitive      (3U << 0)
#define GTF_type_mask       (3U << 0)
/* ... for permit_access what is permitted (guest) and what is done (hypervisor), ... */
#define _GTF_readonly 2
#define GTF_readonly  (1U << _GTF_readonly)
#define _GTF_reading  3
#define GTF_reading   (1U << _GTF_reading)
#define _GTF_writing  4
#define GTF_writing   (1U << _GTF_writing)
#define _GTF_PWT      5
#define GTF_PWT       (1U << _GTF_PWT)
#define _GTF_PCD      6
#define GTF_PCD       (1U << _GTF_PCD)
#define _GTF_PAT      7
#define GTF_PAT       (1U << _GTF_PAT)
#define _GTF_sub_page 8
#define GTF_sub_page  (1U << _GTF_sub_page)
/* ... and for accept_transfer how far it got (hypervisor). */
#define _GTF_transfer_committed 2
#define GTF_transfer_committed  (1U << _GTF_transfer_committed)
#define _GTF_transfer_completed 3
#define GTF_transfer_completed  (1U << _GTF_transfer_completed)

/* An entry of version 1. frame is the granter's; after a transfer, the one received. */
struct grant_entry_v1 {
	uint16_t flags; /* GTF_* */
	domid_t domid;  /* the grantee */
	uint32_t frame;
};
PVABI_SIZE(struct grant_entry_v1, 8);

/* An entry of version 2. GTF_reading and GTF_writing are in a grant_status_t instead. */
struct grant_entry_header {
	uint16_t flags;
	domid_t domid;
};
union grant_entry_v2 {
	struct grant_entry_header hdr;
	struct {
		struct grant_entry_header hdr;
		uint32_t pad0;
		uint64_t frame;
	} full_page;
	struct { /* GTF_sub_page: copy only, a part of the page */
		struct grant_entry_header hdr;
		uint16_t page_off;
		uint16_t length;
		uint64_t frame;
	} sub_page;
	struct { /* GTF_transitive: a grant of another domain */
		struct grant_entry_header hdr;
		domid_t trans_domid;
		uint16_t pad0;
		grant_ref_t gref;
	} transitive;
	uint32_t __spacer[4];
};
PVABI_SIZE(union grant_entry_v2, 16);
typedef uint16_t grant_status_t;

#define GNTTABOP_map_grant_ref     0
#define GNTTABOP_unmap_grant_ref   1
#define GNTTABOP_setup_table       2
#define GNTTABOP_dump_table        3
#define GNTTABOP_transfer          4
#define GNTTABOP_copy              5
#define GNTTABOP_query_size        6
#define GNTTABOP_unmap_and_replace 7
#define GNTTABOP_set_version       8
#define GNTTABOP_get_status_frames 9
#define GNTTABOP_get_version       10
#define GNTTABOP_swap_grant_ref    11
#define GNTTABOP_cache_flush       12

/* Flags of a mapping. At least one of device_map and host_map. */
#define _GNTMAP_device_map      0
#define GNTMAP_device_map       (1 << _GNTMAP_device_map)
#define _GNTMAP_host_map        1
#define GNTMAP_host_map         (1 << _GNTMAP_host_map)
#define _GNTMAP_readonly        2
#define GNTMAP_readonly         (1 << _GNTMAP_readonly)
#define _GNTMAP_application_map 3 /* user mode may use it too */
#define GNTMAP_application_map  (1 << _GNTMAP_application_map)
#define _GNTMAP_contains_pte    4 /* host_addr is the machine address of an L1 entry */
#define GNTMAP_contains_pte     (1 << _GNTMAP_contains_pte)
#define _GNTMAP_guest_avail0    16 /* from here on the entry's bits for software */
#define GNTMAP_guest_avail_mask ((uint32_t)~0 << _GNTMAP_guest_avail0)

struct gnttab_map_grant_ref {
	uint64_t host_addr;
	uint32_t flags; /* GNTMAP_* */
	grant_ref_t ref;
	domid_t dom;           /* the granter */
	int16_t status;        /* out: GNTST_* */
	grant_handle_t handle; /* out */
	uint64_t dev_bus_addr; /* out: machine address, if device_map */
};
PVABI_SIZE(struct gnttab_map_grant_ref, 32);

/* host_addr and dev_bus_addr may be 0 to leave that kind of mapping alone. */
struct gnttab_unmap_grant_ref {
	uint64_t host_addr;
	uint64_t dev_bus_addr;
	grant_handle_t handle;
	int16_t status; /* out */
};
PVABI_SIZE(struct gnttab_unmap_grant_ref, 24);

/* Grows the table to nr_frames, and tells which frames hold it. */
struct gnttab_setup_table {
	domid_t dom;
	uint32_t nr_frames;
	int16_t status; /* out */
	GUEST_HANDLE(xen_pfn_t) frame_list;
};
PVABI_SIZE(struct gnttab_setup_table, 24);

struct gnttab_dump_table {
	domid_t dom;
	int16_t status; /* out */
};
PVABI_SIZE(struct gnttab_dump_table, 4);

/* Gives a frame away for good. */
struct gnttab_transfer {
	xen_pfn_t mfn;
	domid_t domid;
	grant_ref_t ref;
	int16_t status; /* out */
};
PVABI_SIZE(struct gnttab_transfer, 24);

/* Copies within one page on each side; each side is a grant or a frame. */
#define _GNTCOPY_source_gref 0
#define GNTCOPY_source_gref  (1 << _GNTCOPY_source_gref)
#define _GNTCOPY_dest_gref   1
#define GNTCOPY_dest_gref    (1 << _GNTCOPY_dest_gref)
struct gnttab_copy {
	struct gnttab_copy_ptr {
		union {
			grant_ref_t ref;
			xen_pfn_t gmfn;
		} u;
		domid_t domid;
		uint16_t offset;
	} source, dest;
	uint16_t len;
	uint16_t flags; /* GNTCOPY_* */
	int16_t status; /* out */
};
PVABI_SIZE(struct gnttab_copy, 40);

struct gnttab_query_size {
	domid_t dom;
	uint32_t nr_frames;     /* out */
	uint32_t max_nr_frames; /* out */
	int16_t status;         /* out */
};
PVABI_SIZE(struct gnttab_query_size, 16);

/* Unmaps, and moves the mapping at new_addr to where the grant was. */
struct gnttab_unmap_and_replace {
	uint64_t host_addr;
	uint64_t new_addr;
	grant_handle_t handle;
	int16_t status; /* out */
};
PVABI_SIZE(struct gnttab_unmap_and_replace, 24);

struct gnttab_set_version {
	uint32_t version; /* in: wanted, out: in force */
};
PVABI_SIZE(struct gnttab_set_version, 4);

struct gnttab_get_status_frames {
	uint32_t nr_frames;
	domid_t dom;
	int16_t status; /* out */
	GUEST_HANDLE(uint64_t) frame_list;
};
PVABI_SIZE(struct gnttab_get_status_frames, 16);

struct gnttab_get_version {
	domid_t dom;
	uint16_t pad;
	uint32_t version; /* out */
};
PVABI_SIZE(struct gnttab_get_version, 8);

struct gnttab_swap_grant_ref {
	grant_ref_t ref_a;
	grant_ref_t ref_b;
	int16_t status; /* out */
};
PVABI_SIZE(struct gnttab_swap_grant_ref, 12);

#define GNTTAB_CACHE_CLEAN       (1U << 0)
#define GNTTAB_CACHE_INVAL       (1U << 1)
#define GNTTAB_CACHE_SOURCE_GREF (1U << 31)
struct gnttab_cache_flush {
	union {
		uint64_t dev_bus_addr;
		grant_ref_t ref;
	} a;
	uint16_t offset;
	uint16_t length;
	uint32_t op; /* GNTTAB_CACHE_* */
};
PVABI_SIZE(struct gnttab_cache_flush, 16);

/* The verdict on one element of a list. */
#define GNTST_okay              0
#define GNTST_general_error     (-1)
#define GNTST_bad_domain        (-2)
#define GNTST_bad_gntref        (-3)
#define GNTST_bad_handle        (-4)
#define GNTST_bad_virt_addr     (-5)
#define GNTST_bad_dev_addr      (-6)
#define GNTST_no_device_space   (-7)
#define GNTST_permission_denied (-8)
#define GNTST_bad_page          (-9)
#define GNTST_bad_copy_arg      (-10) /* a copy leaves its page */
#define GNTST_address_too_big   (-11)
#define GNTST_eagain            (-12)
#define GNTST_no_space          (-13)

#endif
