/* SPDX-License-Identifier: MIT */
/*
 * A guest's handling of its own vcpus: start state, up and down, timers, and the places in its
 * memory where it is told of each vcpu. The start state itself is checked in guest/.
 */
#include <ctl/ctl.h>
#include <dom/ops.h>
#include <event/event.h>
#include <frame/alloc.h>
#include <guest/guest.h>
#include <lib/fail.h>
#include <lib/string.h>
#include <pvabi/errno.h>
#include <pvabi/sched.h>
#include <pvabi/vcpu.h>
#include <x86/cpu.h>
#include <x86/paging.h>

#define PERIOD_MIN_NS NS_PER_MS /* a faster tick would be all the CPU does */
#define PERIOD_MAX_NS (1ul << 48)

/* --- timers -------------------------------------------------------------------------------- */

static void single_shot_fired(struct timer *t)
{
	event_virq(container_of(t, struct vcpu, single_shot), VIRQ_TIMER);
}

static void periodic_fired(struct timer *t)
{
	struct vcpu *v = container_of(t, struct vcpu, periodic);
	u64 ns = READ_ONCE(v->periodic_ns);

	event_virq(v, VIRQ_TIMER);
	if (!ns || READ_ONCE(v->dom->dying))
		return;
	/* In step with the first; those that were missed are left out. */
	v->periodic_due += ((time_now() - v->periodic_due) / ns + 1) * ns;
	timer_set(t, v->periodic_due);
}

static void poll_ended(struct timer *t)
{
	struct vcpu *v = container_of(t, struct vcpu, poll_timer);

	if (READ_ONCE(v->polling))
		vcpu_wake(v);
}

void vcpu_timers_init(struct vcpu *v)
{
	timer_init(&v->single_shot, single_shot_fired);
	timer_init(&v->periodic, periodic_fired);
	timer_init(&v->poll_timer, poll_ended);
}

void vcpu_timers_stop(struct vcpu *v)
{
	v->periodic_ns = 0;
	timer_stop(&v->single_shot);
	timer_stop(&v->periodic);
	timer_stop(&v->poll_timer);
}

static long op_set_periodic(struct vcpu *v, void *arg)
{
	u64 ns = ((struct vcpu_set_periodic_timer *)arg)->period_ns;

	if (ns < PERIOD_MIN_NS || ns > PERIOD_MAX_NS)
		return fail(-EINVAL, "period of %lu ns, least is %lu", ns, PERIOD_MIN_NS);
	timer_stop(&v->periodic);
	v->periodic_ns = ns;
	v->periodic_due = time_now() + ns;
	timer_set(&v->periodic, v->periodic_due);
	return 0;
}

static long op_stop_periodic(struct vcpu *v, void *arg)
{
	v->periodic_ns = 0;
	timer_stop(&v->periodic);
	return 0;
}

static long op_set_single_shot(struct vcpu *v, void *arg)
{
	struct vcpu_set_singleshot_timer *s = arg;

	if (v != current())
		return fail(-EINVAL, "the timer of vcpu %u, not the caller", v->id);
	if (s->flags & VCPU_SSHOTTMR_future && s->timeout_abs_ns < time_now())
		return -XEN_ETIME; /* no refusal, an answer */
	timer_set(&v->single_shot, MIN(s->timeout_abs_ns, TIME_NEVER - 1));
	return 0;
}

static long op_stop_single_shot(struct vcpu *v, void *arg)
{
	if (v != current())
		return fail(-EINVAL, "the timer of vcpu %u, not the caller", v->id);
	timer_stop(&v->single_shot);
	return 0;
}

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
	WRITE_ONCE(v->nmi_pending, true);
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
		ret = frame_hold(f, d, true);
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
	[VCPUOP_get_runstate_info] = { .run_vcpu = op_get_runstate, .flags = OP_VCPU | OP_OUT,
				       .size = sizeof(struct vcpu_runstate_info) },
	[VCPUOP_register_runstate_memory_area] = { .run_vcpu = op_register_runstate,
						   .flags = OP_VCPU, .size = sizeof(u64) },
	[VCPUOP_set_periodic_timer] = { .run_vcpu = op_set_periodic, .flags = OP_VCPU,
					.size = sizeof(struct vcpu_set_periodic_timer) },
	[VCPUOP_stop_periodic_timer] = { .run_vcpu = op_stop_periodic, .flags = OP_VCPU },
	[VCPUOP_set_singleshot_timer] = { .run_vcpu = op_set_single_shot, .flags = OP_VCPU,
					  .size = sizeof(struct vcpu_set_singleshot_timer) },
	[VCPUOP_stop_singleshot_timer] = { .run_vcpu = op_stop_single_shot, .flags = OP_VCPU },
	[VCPUOP_register_vcpu_info] = { .run_vcpu = op_register_info, .flags = OP_VCPU,
					.size = sizeof(struct vcpu_register_vcpu_info) },
	[VCPUOP_send_nmi] = { .run_vcpu = op_send_nmi, .flags = OP_VCPU },
	[VCPUOP_register_vcpu_time_memory_area] = { .run_vcpu = op_register_time, .flags = OP_VCPU,
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
