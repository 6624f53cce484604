/* SPDX-License-Identifier: MIT */
/* Control of the rest: a vcpu's context and doings, hypercall page, word size, TSC, nodes. */
#include <ctl/domctl.h>
#include <event/event.h>
#include <frame/alloc.h>
#include <guest/guest.h>
#include <x86/cpu.h>
#include <x86/paging.h>

#define NODE_0 1ul

/* --- vcpus --------------------------------------------------------------------------------- */

long domctl_set_context(struct vcpu *v, void *arg)
{
	struct xen_domctl_vcpucontext *a = arg;
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

long domctl_get_context(struct vcpu *v, void *arg)
{
	struct xen_domctl_vcpucontext *a = arg;
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

long domctl_vcpu_info(struct vcpu *v, void *arg)
{
	struct xen_domctl_getvcpuinfo *i = arg;

	i->online = !READ_ONCE(v->down);
	i->blocked = READ_ONCE(v->blocked);
	i->running = READ_ONCE(v->run.running);
	i->cpu_time = vcpu_cpu_time(v);
	i->cpu = v->run.cpu;
	return 0;
}

long domctl_send_trigger(struct vcpu *v, void *arg)
{
	u32 trigger = ((struct xen_domctl_sendtrigger *)arg)->trigger;

	if (trigger != XEN_DOMCTL_SENDTRIGGER_NMI)
		return fail(-ENOSYS, "trigger %u", trigger);
	WRITE_ONCE(v->traps.nmi_pending, true);
	vcpu_notify(v);
	return 0;
}

/* --- the domain ---------------------------------------------------------------------------- */

long domctl_hypercall_page(struct domain *d, void *arg)
{
	u64 mfn = ((struct xen_domctl_hypercall_init *)arg)->gmfn;
	struct frame *f = frame_of(MFN(mfn));
	int ret;

	if (!f)
		return fail(-EACCES, "frame %#lx is no memory", mfn);
	ret = frame_get_mapping(f, d, true);
	if (ret)
		return ret;
	guest_fill_hypercall_page(mfn_to_virt(frame_mfn(f)));
	frame_put_mapping(f, true);
	return 0;
}

long domctl_set_width(struct domain *d, void *arg)
{
	u32 size = ((struct xen_domctl_address_size *)arg)->size;

	return size == 64 ? 0 : fail(size == 32 ? -EOPNOTSUPP : -EINVAL, "%u-bit guests", size);
}

long domctl_get_width(struct domain *d, void *arg)
{
	((struct xen_domctl_address_size *)arg)->size = 64;
	return 0;
}

/* Guests read the TSC itself, whatever tools prefer. */
long domctl_set_tsc(struct domain *d, void *arg)
{
	u32 mode = ((struct xen_domctl_tsc_info *)arg)->tsc_mode;

	if (mode == 0 || mode == 2)
		return 0;
	return fail(-EOPNOTSUPP, "TSC mode %u: the TSC is not emulated", mode);
}

long domctl_set_nodes(struct domain *d, void *arg)
{
	u64 nodes;
	int ret = cpumap_in(&((struct xen_domctl_nodeaffinity *)arg)->nodemap, &nodes);

	if (ret)
		return ret;
	return nodes & NODE_0 ? 0 : fail(-EINVAL, "nodes %#lx: there is one, 0", nodes);
}

long domctl_get_nodes(struct domain *d, void *arg)
{
	return cpumap_out(&((struct xen_domctl_nodeaffinity *)arg)->nodemap, NODE_0);
}
