/* SPDX-License-Identifier: MIT */
/*
 * Typed calls of the domain control hypercall (interface version 0x15).
 * Each returns 0 or -errno and says in @err (may be NULL) what failed on which domain.
 */
#ifndef HOSPES_ACCESS_DOMCTL_H
#define HOSPES_ACCESS_DOMCTL_H

#include <stdbool.h>
#include <pvabi/domctl.h>
#include <dom0-tools/base/must_check.h>
#include "privcmd.h"

/* *@domid in: the wanted number, or 0 for any. Out: the new domain's number. */
__must_check int domctl_create(struct privcmd *p, domid_t *domid,
			       const struct xen_domctl_createdomain *config,
			       struct hospes_error *err);

/* One step of destruction; repeats while the hypervisor asks to be called again. */
__must_check int domctl_destroy(struct privcmd *p, domid_t domid, struct hospes_error *err);
__must_check int domctl_pause(struct privcmd *p, domid_t domid, struct hospes_error *err);
__must_check int domctl_unpause(struct privcmd *p, domid_t domid, struct hospes_error *err);

/*
 * -ESRCH when the domain does not exist (the hypervisor itself answers with the next higher
 * one).
 */
__must_check int domctl_info(struct privcmd *p, domid_t domid,
			     struct xen_domctl_getdomaininfo *info, struct hospes_error *err);

__must_check int domctl_max_mem(struct privcmd *p, domid_t domid, uint64_t kib,
				struct hospes_error *err);
__must_check int domctl_max_vcpus(struct privcmd *p, domid_t domid, uint32_t max,
				  struct hospes_error *err);
__must_check int domctl_hypercall_page(struct privcmd *p, domid_t domid, uint64_t gmfn,
				       struct hospes_error *err);

/* @context is copied to a hypercall buffer; it needs no special memory. */
__must_check int domctl_set_vcpu_context(struct privcmd *p, domid_t domid, uint32_t vcpu,
					 const struct vcpu_guest_context *context,
					 struct hospes_error *err);
/* -ENODATA: nobody has started that virtual CPU yet; -ESRCH: the domain has no such one. */
__must_check int domctl_get_vcpu_context(struct privcmd *p, domid_t domid, uint32_t vcpu,
					 struct vcpu_guest_context *context,
					 struct hospes_error *err);

/* A non-maskable interrupt for a virtual CPU; it waits until the guest has a handler for it. */
__must_check int domctl_send_nmi(struct privcmd *p, domid_t domid, uint32_t vcpu,
				 struct hospes_error *err);

#endif
