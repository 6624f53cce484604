/* SPDX-License-Identifier: MIT */
/*
 * Control of a domain's vcpus: their context, what they do, a trigger. What a context may hold is
 * checked in guest/; their affinity is in domctl_sched.c.
 */
#include <ctl/domctl.h>
#include <event/event.h>
#include <frame/alloc.h>
#include <guest/guest.h>
#include <ptable/ptable.h>
#include <x86/budget.h>

/* A context is too large for our stack. */
static int context_set(struct vcpu *v, const struct vcpu_guest_context *guest,
		       struct vcpu_guest_context *c)
{
	int rc;

	if (guest_copy_in(c, guest, sizeof(*c)))
		return fail(-EFAULT, "a vcpu's context is not readable");

	budget_window_for(DESC_GDT_LOOKS);

	domain_pause(v->dom);
	rc = guest_set_context(v, c);
	domain_unpause(v->dom);
	return rc;
}

long op_domctl_setvcpucontext(struct vcpu *v, struct xen_domctl_vcpucontext *a)
{
	struct vcpu_guest_context *c;
	int rc;

	assert(v->dom->control.busy);
	if (!a->ctxt.p)
		return fail(-EOPNOTSUPP, "a vcpu is not reset");

	c = heap_alloc(sizeof(*c));
	if (!c)
		return fail(-ENOMEM, "no memory for a vcpu's context");

	rc = context_set(v, a->ctxt.p, c);
	heap_free(c);
	return rc;
}

long op_domctl_getvcpucontext(struct vcpu *v, struct xen_domctl_vcpucontext *a)
{
	struct vcpu_guest_context *c;
	int rc;

	assert(v->dom->control.busy);
	if (!v->initialised)
		return fail(-ENODATA, "d%uv%u has no context yet", v->dom->id, v->id);

	c = heap_alloc(sizeof(*c));
	if (!c)
		return fail(-ENOMEM, "no memory for a vcpu's context");

	vcpu_pause(v);
	guest_get_context(v, c);
	vcpu_unpause(v);

	rc = guest_answer(a->ctxt.p, c, sizeof(*c));
	heap_free(c);
	return rc;
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
