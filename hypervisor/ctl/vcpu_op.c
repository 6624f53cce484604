/* SPDX-License-Identifier: MIT */
/*
 * Hypercall vcpu_op: a guest's handling of its own vcpus, here their start, up and down. The start
 * state itself is checked in guest/, areas are in vcpu_areas.c, timers in life/.
 */
#include <event/event.h>
#include <frame/alloc.h>
#include <guest/guest.h>
#include <lib/fail.h>
#include <life/life.h>
#include <ptable/ptable.h>
#include <x86/budget.h>

/* d->lock held. */
static int context_take(struct vcpu *v, const struct vcpu_guest_context *c)
{
	assert(spin_held(&v->dom->lock));
	if (v->initialised)
		return fail(-EEXIST, "d%uv%u is initialised already", v->dom->id, v->id);

	return guest_set_context(v, c);
}

long op_vcpu_initialise(struct vcpu *v, struct vcpu_guest_context *guest)
{
	struct vcpu_guest_context *c;
	int rc;

	c = heap_alloc(sizeof(*c));
	if (!c)
		return fail(-ENOMEM, "no memory for a vcpu's context");

	/* It has a GDT. */
	budget_window_for(DESC_GDT_LOOKS);

	if (guest_copy_in(c, guest, sizeof(*c))) {
		rc = fail(-EFAULT, "a vcpu's context is not readable");
	} else {
		spin_lock(&v->dom->lock);
		rc = context_take(v, c);
		spin_unlock(&v->dom->lock);
	}

	heap_free(c);
	return rc;
}

long op_vcpu_up(struct vcpu *v, void *a)
{
	if (!v->initialised)
		return fail(-EINVAL, "d%uv%u has no context yet", v->dom->id, v->id);

	WRITE_ONCE(v->down, 0);
	vcpu_update_ready(v);
	return 0;
}

/* Is a vcpu of its domain up beside @v? d->lock held. */
static bool others_up(const struct vcpu *v)
{
	const struct domain *d = v->dom;

	assert(spin_held(&d->lock));
	for (u32 i = 0; i < d->max_vcpus; i++) {
		const struct vcpu *other = d->vcpu[i];

		if (other && other != v && !READ_ONCE(other->down))
			return true;
	}

	return false;
}

/* The domain is over when its last vcpu goes: the lock lets only one find that others are up. */
long op_vcpu_down(struct vcpu *v, void *a)
{
	struct domain *d = v->dom;
	bool others;

	spin_lock(&d->lock);
	others = others_up(v);
	if (others)
		WRITE_ONCE(v->down, 1);
	spin_unlock(&d->lock);

	if (others)
		vcpu_update_ready(v);
	else
		domain_shutdown(d, SHUTDOWN_poweroff);
	return 0;
}

long op_vcpu_is_up(struct vcpu *v, void *a)
{
	return !READ_ONCE(v->down);
}

long op_vcpu_send_nmi(struct vcpu *v, void *a)
{
	WRITE_ONCE(v->traps.nmi_pending, true);
	vcpu_notify(v);
	return 0;
}

/* --- dispatch --------------------------------------------------------------------------------- */

#define OP_vcpu_op(nr, name, arg, who, how, ...) OP_ADAPTER(op_vcpu_##name, arg, how)
#include <pvabi/hypercalls.def>

static const struct op ops[] = {
#define OP_vcpu_op(nr, name, arg, who, how, ...) [nr] = OP_ROW(op_vcpu_##name, arg, who, how),
#include <pvabi/hypercalls.def>
};

long hc_vcpu_op(struct hypercall *hc)
{
	struct domain *d = current()->dom;
	u32 cmd = (u32)hc->arg[0];
	struct vcpu *v = domain_vcpu(d, (u32)hc->arg[1]);

	/* How guests count their vcpus: no word in the log. */
	if (!v)
		return -ENOENT;

	return ops_run(OP_FIND(ops, cmd), cmd, "vcpu", v, HC_PTR(hc, 2, void), hc);
}
