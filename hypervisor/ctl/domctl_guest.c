/* SPDX-License-Identifier: MIT */
/*
 * What a builder prepares for the guest in a domain: its hypercall page, the size of its words, its
 * TSC, its nodes. There is one way of each here, so most of it is a check.
 */
#include <ctl/domctl.h>
#include <frame/alloc.h>
#include <guest/guest.h>
#include <x86/cpu.h>
#include <x86/paging.h>

#define NODE_0           1ul
#define WORD_BITS        64
#define WORD_BITS_COMPAT 32 /* of guests that the ABI has, and we have not */
#define TSC_MODE_DEFAULT 0  /* the hypervisor's choice */
#define TSC_MODE_NATIVE  2

long op_domctl_hypercall_init(struct domain *d, struct xen_domctl_hypercall_init *h)
{
	struct frame *f = frame_of(MFN(h->gmfn));
	int rc;

	if (!f)
		return fail(-EACCES, "frame %#lx is no memory", h->gmfn);

	rc = frame_get_mapping(f, d, true);
	if (rc)
		return rc;

	guest_fill_hypercall_page(mfn_to_virt(frame_mfn(f)));
	frame_put_mapping(f, true);
	return 0;
}

long op_domctl_set_address_size(struct domain *d, struct xen_domctl_address_size *a)
{
	switch (a->size) {
	case WORD_BITS:
		return 0;
	case WORD_BITS_COMPAT:
		return fail(-EOPNOTSUPP, "32-bit guests");
	default:
		return fail(-EINVAL, "%u-bit guests", a->size);
	}
}

long op_domctl_get_address_size(struct domain *d, struct xen_domctl_address_size *a)
{
	a->size = WORD_BITS;
	return 0;
}

/* Guests read the TSC itself, whatever tools prefer. */
long op_domctl_settscinfo(struct domain *d, struct xen_domctl_tsc_info *t)
{
	switch (t->tsc_mode) {
	case TSC_MODE_DEFAULT:
	case TSC_MODE_NATIVE:
		return 0;
	default:
		return fail(-EOPNOTSUPP, "TSC mode %u: the TSC is not emulated", t->tsc_mode);
	}
}

long op_domctl_setnodeaffinity(struct domain *d, struct xen_domctl_nodeaffinity *a)
{
	u64 nodes;
	int rc;

	rc = cpumap_in(&a->nodemap, &nodes);
	if (rc)
		return rc;

	if (!(nodes & NODE_0))
		return fail(-EINVAL, "nodes %#lx: there is one, 0", nodes);

	return 0;
}

long op_domctl_getnodeaffinity(struct domain *d, struct xen_domctl_nodeaffinity *a)
{
	return cpumap_out(&a->nodemap, NODE_0);
}
