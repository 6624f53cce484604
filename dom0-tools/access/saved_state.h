/* SPDX-License-Identifier: MIT */
/*
 * What a domain is saved by, beside its memory and its vcpus' contexts (domctl, interface version
 * 0x15). Each returns 0 or -errno and says in @err (may be NULL) what failed on which domain.
 */
#ifndef HOSPES_ACCESS_SAVED_STATE_H
#define HOSPES_ACCESS_SAVED_STATE_H

#include <pvabi/domctl.h>
#include <dom0-tools/base/must_check.h>
#include "privcmd.h"

/* Frames whose types are told at once. */
#define PAGE_TYPES_MAX 1024

/*
 * For @count frames of @domid in @frames, a hypercall buffer, puts there what each is:
 * XEN_DOMCTL_PFINFO_*.
 */
__must_check int page_types(struct privcmd *p, domid_t domid, xen_pfn_t *frames, size_t count,
			    struct hospes_error *err);

/* A domain that has shut down goes on where it stopped. */
__must_check int domctl_resume(struct privcmd *p, domid_t domid, struct hospes_error *err);

__must_check int tsc_get(struct privcmd *p, domid_t domid, struct xen_domctl_tsc_info *tsc,
			 struct hospes_error *err);
__must_check int tsc_set(struct privcmd *p, domid_t domid, const struct xen_domctl_tsc_info *tsc,
			 struct hospes_error *err);

/* What a context has no room for, as bytes that only the hypervisor understands. */
enum vcpu_state_kind { VCPU_STATE_EXTENDED, VCPU_STATE_XSAVE, VCPU_STATE_MSRS };

/* More than any of them has. */
#define VCPU_STATE_MAX 65536

/* At most VCPU_STATE_MAX bytes to @to; *@size 0: the vcpu has nothing of that kind. */
__must_check int vcpu_state_get(struct privcmd *p, domid_t domid, uint32_t vcpu,
				enum vcpu_state_kind kind, void *to, size_t *size,
				struct hospes_error *err);
__must_check int vcpu_state_set(struct privcmd *p, domid_t domid, uint32_t vcpu,
				enum vcpu_state_kind kind, const void *from, size_t size,
				struct hospes_error *err);

#endif
