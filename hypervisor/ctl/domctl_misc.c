/* SPDX-License-Identifier: MIT */
/* Control of the rest: a vcpu's context and doings, hypercall page, word size, TSC, nodes. */
#include <ctl/domctl.h>
#include <event/event.h>
#include <frame/alloc.h>
#include <guest/guest.h>
#include <x86/cpu.h>
#include <x86/paging.h>

#define NODE_0           1ul
#define WORD_BITS        64
#define TSC_MODE_DEFAULT 0 /* the hypervisor's choice */
#define TSC_MODE_NATIVE  2

/* --- vcpus --------------------------------------------------------------------------------- */

long op_domctl_setvcpucontext(struct vcpu *v, struct xen_domctl_vcpucontext *a)
{
	struct vcpu_guest_context *c;
	long ret;

	if (!a->ctxt.p)
		return fail(-EOPNOTSUPP, "a vcpu is not reset");

	c = heap_alloc(sizeof(*c));
	if (!c)
		return fail(-ENOMEM, "no memory for a vcpu's context");

	ret = guest_copy_in(c, a->ctxt.p, sizeof(*c));
	if (!ret) {
		domain_pause(v->dom);
		ret = guest_set_context(v, c);
		domain_unpause(v->dom);
	}

	heap_free(c);
	return ret;
}

long op_domctl_getvcpucontext(struct vcpu *v, struct xen_domctl_vcpucontext *a)
{
	struct vcpu_guest_context *c;
	long ret;

	if (!v->initialised)
		return fail(-ENODATA, "vcpu %u of domain %u has no context yet", v->id, v->dom->id);

	c = heap_alloc(sizeof(*c));
	if (!c)
		return fail(-ENOMEM, "no memory for a vcpu's context");

	vcpu_pause(v);
	guest_get_context(v, c);
	vcpu_unpause(v);

	ret = guest_copy_out(a->ctxt.p, c, sizeof(*c));
	heap_free(c);
	return ret;
}

long op_domctl_getvcpuinfo(struct vcpu *v, struct xen_domctl_getvcpuinfo *i)
{
	i->online = !READ_ONCE(v->down);
	i->blocked = READ_ONCE(v->blocked);
	i->running = READ_ONCE(v->run.running);
	i->cpu_time = vcpu_cpu_time(v);
	i->cpu = v->run.cpu;
	return 0;
}

long op_domctl_sendtrigger(struct vcpu *v, struct xen_domctl_sendtrigger *t)
{
	if (t->trigger != XEN_DOMCTL_SENDTRIGGER_NMI)
		return fail(-ENOSYS, "trigger %u", t->trigger);

	WRITE_ONCE(v->traps.nmi_pending, true);
	vcpu_notify(v);
	return 0;
}

/* --- the domain ---------------------------------------------------------------------------- */

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
	if (a->size == WORD_BITS)
		return 0;
	return fail(a->size == 32 ? -EOPNOTSUPP : -EINVAL, "%u-bit guests", a->size);
}

long op_domctl_get_address_size(struct domain *d, struct xen_domctl_address_size *a)
{
	a->size = WORD_BITS;
	return 0;
}

/* Guests read the TSC itself, whatever tools prefer. */
long op_domctl_settscinfo(struct domain *d, struct xen_domctl_tsc_info *t)
{
	if (t->tsc_mode == TSC_MODE_DEFAULT || t->tsc_mode == TSC_MODE_NATIVE)
		return 0;
	return fail(-EOPNOTSUPP, "TSC mode %u: the TSC is not emulated", t->tsc_mode);
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
