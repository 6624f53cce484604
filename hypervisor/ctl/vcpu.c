/* SPDX-License-Identifier: MIT */
/*
 * A guest's handling of its own vcpus: start state, up and down, and the places in its memory where
 * it is told of each vcpu. The start state itself is checked in guest/, timers are in life/.
 */
#include <dom/ops.h>
#include <event/event.h>
#include <frame/alloc.h>
#include <guest/guest.h>
#include <lib/fail.h>
#include <lib/hypercall.h>
#include <lib/string.h>
#include <life/life.h>
#include <pvabi/sched.h>
#include <pvabi/vcpu.h>
#include <x86/cpu.h>
#include <x86/paging.h>

/* --- life ---------------------------------------------------------------------------------- */

static long op_initialise(struct vcpu *v, void *arg)
{
	struct domain *d = v->dom;
	struct vcpu_guest_context *c = heap_alloc(sizeof(*c));
	long ret = 0;

	if (!c)
		return fail(-ENOMEM, "no memory for a vcpu's context");
	if (guest_copy_in(c, arg, sizeof(*c)))
		ret = -EFAULT;
	spin_lock(&d->lock);
	if (!ret)
		ret = v->initialised ? fail(-EEXIST, "vcpu %u is initialised already", v->id)
				     : guest_set_context(v, c);
	spin_unlock(&d->lock);
	heap_free(c);
	return ret;
}

static long op_up(struct vcpu *v, void *arg)
{
	if (!v->initialised)
		return fail(-EINVAL, "vcpu %u has no context yet", v->id);
	WRITE_ONCE(v->down, 0);
	vcpu_update_ready(v);
	return 0;
}

/* The domain is over when its last vcpu goes: the lock lets only one find that others are up. */
static long op_down(struct vcpu *v, void *arg)
{
	struct domain *d = v->dom;
	u32 others = 0;

	spin_lock(&d->lock);
	for (u32 i = 0; i < d->max_vcpus; i++)
		others += d->vcpu[i] && d->vcpu[i] != v && !READ_ONCE(d->vcpu[i]->down);
	if (others)
		WRITE_ONCE(v->down, 1);
	spin_unlock(&d->lock);
	if (others)
		vcpu_update_ready(v);
	else
		domain_shutdown(d, SHUTDOWN_poweroff);
	return 0;
}

static long op_is_up(struct vcpu *v, void *arg)
{
	return !READ_ONCE(v->down);
}

static long op_send_nmi(struct vcpu *v, void *arg)
{
	WRITE_ONCE(v->traps.nmi_pending, true);
	vcpu_notify(v);
	return 0;
}

/* --- what the hypervisor tells it ------------------------------------------------------------- */

static long op_get_runstate(struct vcpu *v, void *arg)
{
	runstate_now(v, arg);
	return 0;
}

static long op_register_runstate(struct vcpu *v, void *arg)
{
	u64 where = ((struct vcpu_register_runstate_memory_area *)arg)->addr.p;

	if (!guest_range_ok(where, sizeof(struct vcpu_runstate_info)))
		return fail(-EFAULT, "runstate area at %#lx", where);
	v->runstate_guest = where;
	if (where && v == current())
		runstate_publish(v);
	else if (where && guest_copy_out((void *)where, &v->runstate, sizeof(v->runstate)))
		return -EFAULT;
	return 0;
}

static long op_register_time(struct vcpu *v, void *arg)
{
	u64 where = ((struct vcpu_register_time_memory_area *)arg)->addr.p;

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
static long op_register_info(struct vcpu *v, void *arg)
{
	struct vcpu_register_vcpu_info *r = arg;
	struct domain *d = v->dom;
	struct frame *f = frame_of(MFN(r->mfn));
	long ret;

	if (r->offset > PAGE_SIZE - sizeof(struct vcpu_info) || r->offset % sizeof(u64))
		return fail(-EINVAL, "vcpu info at offset %u of a page", r->offset);
	if (v != current() && !READ_ONCE(v->down))
		return fail(-EINVAL, "vcpu %u is up: only it may move its info", v->id);
	if (!f)
		return fail(-EINVAL, "vcpu info in frame %#lx, which is no memory", r->mfn);
	spin_lock(&d->lock);
	if (v->info_frame || d->dying)
		ret = fail(-EINVAL, "the info of vcpu %u was moved before", v->id);
	else
		ret = frame_get_mapping(f, d, true);
	if (!ret)
		info_move(v, f, r->offset);
	spin_unlock(&d->lock);
	if (ret)
		return ret;
	event_vcpu_info_moved(v);
	vcpu_time_update(v);
	return 0;
}

/* --- dispatch ------------------------------------------------------------------------------ */

static const struct op ops[] = {
	[VCPUOP_initialise] = { .run_vcpu = op_initialise, .flags = OP_VCPU | OP_POINTER },
	[VCPUOP_up] = { .run_vcpu = op_up, .flags = OP_VCPU },
	[VCPUOP_down] = { .run_vcpu = op_down, .flags = OP_VCPU },
	[VCPUOP_is_up] = { .run_vcpu = op_is_up, .flags = OP_VCPU },
	[VCPUOP_get_runstate_info] = { .run_vcpu = op_get_runstate,
				       .flags = OP_VCPU | OP_OUT,
				       .size = sizeof(struct vcpu_runstate_info) },
	[VCPUOP_register_runstate_memory_area] = { .run_vcpu = op_register_runstate,
						   .flags = OP_VCPU,
						   .size = sizeof(u64) },
	[VCPUOP_set_periodic_timer] = { .run_vcpu = vcpu_set_periodic,
					.flags = OP_VCPU,
					.size = sizeof(struct vcpu_set_periodic_timer) },
	[VCPUOP_stop_periodic_timer] = { .run_vcpu = vcpu_stop_periodic, .flags = OP_VCPU },
	[VCPUOP_set_singleshot_timer] = { .run_vcpu = vcpu_set_single_shot,
					  .flags = OP_VCPU,
					  .size = sizeof(struct vcpu_set_singleshot_timer) },
	[VCPUOP_stop_singleshot_timer] = { .run_vcpu = vcpu_stop_single_shot, .flags = OP_VCPU },
	[VCPUOP_register_vcpu_info] = { .run_vcpu = op_register_info,
					.flags = OP_VCPU,
					.size = sizeof(struct vcpu_register_vcpu_info) },
	[VCPUOP_send_nmi] = { .run_vcpu = op_send_nmi, .flags = OP_VCPU },
	[VCPUOP_register_vcpu_time_memory_area] = { .run_vcpu = op_register_time,
						    .flags = OP_VCPU,
						    .size = sizeof(u64) },
};

long hc_vcpu_op(struct hypercall *hc)
{
	struct domain *d = current()->dom;
	u32 id = (u32)hc->arg[1];

	if (id >= d->max_vcpus || !d->vcpu[id])
		return -ENOENT; /* how guests count their vcpus: no word in the log */
	return ops_run(ops, ARRAY_SIZE(ops), (u32)hc->arg[0], "vcpu", d->vcpu[id],
		       HC_PTR(hc, 2, void));
}
