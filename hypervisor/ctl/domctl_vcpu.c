/* SPDX-License-Identifier: MIT */
/* Control of a domain's vcpus: their whole state, in and out, and what they are doing. */
#include <ctl/domctl.h>
#include <event/event.h>
#include <frame/alloc.h>
#include <guest/guest.h>
#include <lib/string.h>
#include <x86/cpu.h>
#include <x86/features.h>
#include <x86/fpu.h>

#define XSAVE_HEADER 512 /* xstate_bv, xcomp_bv, then bytes that must be zero */
#define XSAVE_MIN 576
#define MXCSR_AT 24
#define MXCSR_ALLOWED 0xffbfu /* what every processor with SSE2 has; denormals-are-zero is bit 6 */

/* --- context --------------------------------------------------------------------------------------- */

long domctl_set_context(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_vcpucontext *a = &op->u.vcpucontext;
	struct vcpu *v = vcpu_of(d, a->vcpu);
	struct vcpu_guest_context *c;
	long ret;

	if (!v)
		return no_vcpu(d, a->vcpu);
	if (!a->ctxt.p)
		return fail(-EOPNOTSUPP, "a vcpu is not reset");
	c = heap_alloc(sizeof(*c));
	if (!c)
		return fail(-ENOMEM, "no memory for a vcpu's context");
	ret = guest_copy_in(c, a->ctxt.p, sizeof(*c));
	if (!ret) {
		domain_pause(d);
		ret = guest_set_context(v, c);
		domain_unpause(d);
	}
	heap_free(c);
	return ret;
}

long domctl_get_context(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_vcpucontext *a = &op->u.vcpucontext;
	struct vcpu *v = vcpu_of(d, a->vcpu);
	struct vcpu_guest_context *c;
	long ret;

	if (!v)
		return no_vcpu(d, a->vcpu);
	if (!v->initialised)
		return fail(-ENODATA, "vcpu %u of domain %u has no context yet", a->vcpu, d->id);
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

/* The 32-bit entries and machine checks: a guest has none, so the state is empty both ways. */
long domctl_get_ext_context(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_ext_vcpucontext *e = &op->u.ext_vcpucontext;
	u32 id = e->vcpu;

	if (!vcpu_of(d, id))
		return no_vcpu(d, id);
	memset(e, 0, sizeof(*e));
	e->vcpu = id;
	e->size = sizeof(*e);
	return 0;
}

long domctl_set_ext_context(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_ext_vcpucontext *e = &op->u.ext_vcpucontext;

	if (!vcpu_of(d, e->vcpu))
		return no_vcpu(d, e->vcpu);
	if (e->size < offsetof(struct xen_domctl_ext_vcpucontext, mcg_cap))
		return fail(-EINVAL, "an extended context of %u bytes", e->size);
	return 0;
}

/* --- FPU and vectors: xcr0, all states ever used, then the area ------------------------------------ */

static u64 area_size(void)
{
	return features.xsave ? features.fpu_size : 0;
}

static long ext_state_out(struct vcpu *v, struct xen_domctl_vcpuextstate *e)
{
	u64 head[2] = { v->xcr0, features.xfeatures }; /* what is off keeps its content */

	if (e->size < sizeof(head) + area_size())
		return fail(-EINVAL, "room for %lu bytes of state, %lu are needed", e->size,
			    sizeof(head) + area_size());
	if (guest_copy_out(e->buffer.p, head, sizeof(head)) ||
	    guest_copy_out(e->buffer.p + 2, v->fpu, area_size()))
		return -EFAULT;
	return 0;
}

long domctl_get_ext_state(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_vcpuextstate *e = &op->u.vcpuextstate;
	struct vcpu *v = vcpu_of(d, e->vcpu);
	long ret = 0;

	if (!v)
		return no_vcpu(d, e->vcpu);
	vcpu_pause(v);
	if (area_size() && e->buffer.p && e->size)
		ret = ext_state_out(v, e);
	vcpu_unpause(v);
	e->xfeature_mask = features.xfeatures;
	e->size = area_size() ? 2 * sizeof(u64) + area_size() : 0;
	return ret;
}

/* Whatever the area holds, the processor must be able to load it without a fault. */
static int area_check(u8 *area, u64 states)
{
	u64 *header = (u64 *)(area + XSAVE_HEADER);

	if (header[0] & ~states)
		return fail(-EINVAL, "states %#lx in use, %#lx announced", header[0], states);
	if (header[1])
		return fail(-EINVAL, "a compacted area");
	memset(header + 2, 0, XSAVE_MIN - XSAVE_HEADER - 2 * sizeof(u64));
	*(u32 *)(area + MXCSR_AT) &= MXCSR_ALLOWED;
	return 0;
}

static long ext_state_in(struct vcpu *v, const struct xen_domctl_vcpuextstate *e, u8 *area)
{
	u64 head[2], n = e->size - sizeof(head);
	int ret;

	if (guest_copy_in(head, e->buffer.p, sizeof(head)) || guest_copy_in(area, e->buffer.p + 2, n))
		return -EFAULT;
	if (!fpu_xcr0_ok(head[0]) || head[1] & ~features.xfeatures)
		return fail(-EINVAL, "states %#lx, this processor has %#lx", head[0] | head[1],
			    features.xfeatures);
	ret = area_check(area, head[1]);
	if (ret)
		return ret;
	vcpu_pause(v);
	v->xcr0 = head[0];
	memcpy(v->fpu, area, area_size());
	vcpu_unpause(v);
	return 0;
}

long domctl_set_ext_state(struct domain *d, struct xen_domctl *op)
{
	const struct xen_domctl_vcpuextstate *e = &op->u.vcpuextstate;
	struct vcpu *v = vcpu_of(d, e->vcpu);
	u8 *area;
	long ret;

	if (!v)
		return no_vcpu(d, e->vcpu);
	if (!area_size() || e->size < 2 * sizeof(u64) + XSAVE_MIN || e->size > 2 * sizeof(u64) + area_size())
		return fail(-EINVAL, "%lu bytes of state, this machine has %lu", e->size, area_size());
	area = heap_alloc(features.fpu_size);
	if (!area)
		return fail(-ENOMEM, "no memory for a vcpu's state");
	ret = ext_state_in(v, e, area);
	heap_free(area);
	return ret;
}

/* No MSR belongs to a vcpu's state beyond what its context holds. */
long domctl_get_msrs(struct domain *d, struct xen_domctl *op)
{
	if (!vcpu_of(d, op->u.vcpu_msrs.vcpu))
		return no_vcpu(d, op->u.vcpu_msrs.vcpu);
	op->u.vcpu_msrs.msr_count = 0;
	return 0;
}

long domctl_set_msrs(struct domain *d, struct xen_domctl *op)
{
	if (!vcpu_of(d, op->u.vcpu_msrs.vcpu))
		return no_vcpu(d, op->u.vcpu_msrs.vcpu);
	if (op->u.vcpu_msrs.msr_count)
		return fail(-EINVAL, "%u MSRs of a vcpu", op->u.vcpu_msrs.msr_count);
	return 0;
}

/* --- running --------------------------------------------------------------------------------------- */

long domctl_vcpu_info(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_getvcpuinfo *i = &op->u.getvcpuinfo;
	struct vcpu *v = vcpu_of(d, i->vcpu);

	if (!v)
		return no_vcpu(d, i->vcpu);
	i->online = !READ_ONCE(v->down);
	i->blocked = READ_ONCE(v->blocked);
	i->running = READ_ONCE(v->run.running);
	i->cpu_time = vcpu_cpu_time(v);
	i->cpu = v->run.cpu;
	return 0;
}

long domctl_send_trigger(struct domain *d, struct xen_domctl *op)
{
	struct vcpu *v = vcpu_of(d, op->u.sendtrigger.vcpu);

	if (!v)
		return no_vcpu(d, op->u.sendtrigger.vcpu);
	if (op->u.sendtrigger.trigger != XEN_DOMCTL_SENDTRIGGER_NMI)
		return fail(-ENOSYS, "trigger %u", op->u.sendtrigger.trigger);
	WRITE_ONCE(v->nmi_pending, true);
	vcpu_notify(v);
	return 0;
}
