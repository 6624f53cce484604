/* SPDX-License-Identifier: MIT */
/*
 * Who the hypervisor is: xen_version(cmd, arg) with an XENVER_*. Version and page
 * size are the call's result, build_id's and some strings' length too; all else is
 * written to arg.
 */
#ifndef PVABI_VERSION_H
#define PVABI_VERSION_H

#include "xen.h"
#include "features.h"

#define XENVER_version             0 /* major << 16 | minor */
#define XENVER_extraversion        1 /* xen_extraversion_t */
#define XENVER_compile_info        2 /* struct xen_compile_info */
#define XENVER_capabilities        3 /* xen_capabilities_info_t */
#define XENVER_changeset           4 /* xen_changeset_info_t */
#define XENVER_platform_parameters 5 /* struct xen_platform_parameters */
#define XENVER_get_features        6 /* struct xen_feature_info */
#define XENVER_pagesize            7
#define XENVER_guest_handle        8  /* xen_domain_handle_t: the caller's UUID */
#define XENVER_commandline         9  /* xen_commandline_t */
#define XENVER_build_id            10 /* struct xen_build_id */

typedef char xen_extraversion_t[16];
#define XEN_EXTRAVERSION_LEN (sizeof(xen_extraversion_t))

struct xen_compile_info {
	char compiler[64];
	char compile_by[16];
	char compile_domain[32];
	char compile_date[32];
};
PVABI_SIZE(struct xen_compile_info, 144);

/* Words like "xen-3.0-x86_64", the kinds of guest that can run. */
typedef char xen_capabilities_info_t[1024];
#define XEN_CAPABILITIES_INFO_LEN (sizeof(xen_capabilities_info_t))

typedef char xen_changeset_info_t[64];
#define XEN_CHANGESET_INFO_LEN (sizeof(xen_changeset_info_t))

/* Where the hypervisor's part of the address space begins. */
struct xen_platform_parameters {
	xen_ulong_t virt_start;
};
PVABI_SIZE(struct xen_platform_parameters, 8);

struct xen_feature_info {
	unsigned int submap_idx; /* in */
	uint32_t submap;         /* out: a bit each XENFEAT_* */
};
PVABI_SIZE(struct xen_feature_info, 8);

typedef char xen_commandline_t[1024];

struct xen_build_id {
	uint32_t len; /* in: room in buf */
	unsigned char buf[];
};
PVABI_SIZE(struct xen_build_id, 4);

#endif
