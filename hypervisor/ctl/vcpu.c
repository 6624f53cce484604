/* SPDX-License-Identifier: MIT */
/*
 * A guest's handling of its own vcpus: start state, up and down, and the places in its memory where
 * it is told of each vcpu. The start state itself is checked in guest/, timers are in life/.
 */
#include <event/event.h>
#include <frame/alloc.h>
#include <guest/guest.h>
#include <lib/fail.h>
#include <lib/string.h>
#include <life/life.h>
#include <x86/cpu.h>
#include <x86/paging.h>

/* --- life ---------------------------------------------------------------------------------- */

/* d->lock held. */
static int context_take(struct vcpu *v, const struct vcpu_guest_context *c)
{
	if (v->initialised)
		return fail(-EEXIST, "vcpu %u is initialised already", v->id);
	return guest_set_context(v, c);
}

long op_vcpu_initialise(struct vcpu *v, struct vcpu_guest_context *guest)
{
	struct vcpu_guest_context *c;
	int rc;

	c = heap_alloc(sizeof(*c));
	if (!c)
		return fail(-ENOMEM, "no memory for a vcpu's context");

	rc = guest_copy_in(c, guest, sizeof(*c));
	if (!rc) {
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
		return fail(-EINVAL, "vcpu %u has no context yet", v->id);

	WRITE_ONCE(v->down, 0);
	vcpu_update_ready(v);
	return 0;
}

/* The domain is over when its last vcpu goes: the lock lets only one find that others are up. */
long op_vcpu_down(struct vcpu *v, void *a)
{
	struct domain *d = v->dom;
	u32 others = 0;

	spin_lock(&d->lock);
	for (u32 i = 0; i < d->max_vcpus; i++)
		if (d->vcpu[i] && d->vcpu[i] != v && !READ_ONCE(d->vcpu[i]->down))
			others++;
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

/* --- what the hypervisor tells it ------------------------------------------------------------- */

long op_vcpu_get_runstate_info(struct vcpu *v, struct vcpu_runstate_info *info)
{
	runstate_now(v, info);
	return 0;
}

long op_vcpu_register_runstate_memory_area(struct vcpu *v,
					   struct vcpu_register_runstate_memory_area *a)
{
	u64 where = a->addr.p;

	if (!guest_range_ok(where, sizeof(struct vcpu_runstate_info)))
		return fail(-EFAULT, "runstate area at %#lx", where);

	v->runstate_guest = where;
	if (where && v == current())
		runstate_publish(v);
	else if (where && guest_copy_out((void *)where, &v->runstate, sizeof(v->runstate)))
		return -EFAULT;
	return 0;
}

long op_vcpu_register_vcpu_time_memory_area(struct vcpu *v,
					    struct vcpu_register_time_memory_area *a)
{
	u64 where = a->addr.p;

	if (!guest_range_ok(where, sizeof(struct vcpu_time_info)))
		return fail(-EFAULT, "time area at %#lx", where);

	v->time_guest = where;
	vcpu_time_update(v);
	return 0;
}

/* d->lock held: the frame is ours to write, so its contents may move. */
static void info_move(struct vcpu *v, struct frame *f, u32 offset)
{
	struct vcpu_info *to = (void *)((u8 *)mfn_to_virt(frame_mfn(f)) + offset);

	*to = v->info ? *v->info : (struct vcpu_info){ .evtchn_upcall_mask = 1 };
	v->info_frame = f;
	__atomic_store_n(&v->info, to, __ATOMIC_SEQ_CST);
}

/* Once and for good. Events that arrive while it moves are raised again after. */
long op_vcpu_register_vcpu_info(struct vcpu *v, struct vcpu_register_vcpu_info *r)
{
	struct domain *d = v->dom;
	struct frame *f = frame_of(MFN(r->mfn));
	int rc;

	if (r->offset > PAGE_SIZE - sizeof(struct vcpu_info) || r->offset % sizeof(u64))
		return fail(-EINVAL, "vcpu info at offset %u of a page", r->offset);
	if (v != current() && !READ_ONCE(v->down))
		return fail(-EINVAL, "vcpu %u is up: only it may move its info", v->id);
	if (!f)
		return fail(-EINVAL, "vcpu info in frame %#lx, which is no memory", r->mfn);

	spin_lock(&d->lock);
	if (v->info_frame || d->dying)
		rc = fail(-EINVAL, "the info of vcpu %u was moved before", v->id);
	else
		rc = frame_get_mapping(f, d, true);
	if (!rc)
		info_move(v, f, r->offset);
	spin_unlock(&d->lock);
	if (rc)
		return rc;

	event_vcpu_info_moved(v);
	vcpu_time_update(v);
	return 0;
}

/* --- dispatch ------------------------------------------------------------------------------ */

#define OP_vcpu_op(nr, name, arg, who, how, ...) OP_ADAPTER(op_vcpu_##name, arg, how)
#include <pvabi/hypercalls.def>

static const struct op ops[] = {
#define OP_vcpu_op(nr, name, arg, who, how, ...) [nr] = OP_ROW(op_vcpu_##name, arg, who, how),
#include <pvabi/hypercalls.def>
};

long hc_vcpu_op(struct hypercall *hc)
{
	struct domain *d = current()->dom;
	u32 cmd = (u32)hc->arg[0], id = (u32)hc->arg[1];

	if (id >= d->max_vcpus || !d->vcpu[id])
		return -ENOENT; /* how guests count their vcpus: no word in the log */
	return ops_run(OP_FIND(ops, cmd), cmd, "vcpu", d->vcpu[id], HC_PTR(hc, 2, void), hc);
}
