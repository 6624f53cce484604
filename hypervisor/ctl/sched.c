/* SPDX-License-Identifier: MIT */
/*
 * What a guest tells the scheduler: yield, block, poll, shutdown. Sleeping is a protocol with who
 * raises an event: the sleeper sets v->blocked first and looks for events after, the waker sets the
 * event first and looks at v->blocked after, so one of them sees the other.
 */
#include <event/event.h>
#include <guest/guest.h>
#include <lib/fail.h>
#include <life/life.h>
#include <x86/cpu.h>

#define POLL_PORTS_MAX     128         /* the ABI's limit */
#define TIMER_FAR_NS       (1ul << 62) /* a deadline beyond it is a mistake or negative */
#define TIMER_MISTAKE_NS   100000000ul /* then the guest gets a tick soon, and may think again */
#define SHUTDOWN_CODE_NONE (~0u)

static void wait_begin(struct vcpu *v)
{
	WRITE_ONCE(v->blocked, true);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static void wait_cancel(struct vcpu *v)
{
	WRITE_ONCE(v->events.polling, false);
	WRITE_ONCE(v->blocked, false);
}

static void wait_commit(struct vcpu *v)
{
	vcpu_update_ready(v);
	softirq_raise(SOFTIRQ_SCHED);
}

long op_sched_yield(struct domain *d, void *a)
{
	sched_yield(&current()->run);
	softirq_raise(SOFTIRQ_SCHED);
	return 0;
}

long op_sched_block(struct domain *d, void *a)
{
	struct vcpu *v = current();

	if (v->info)
		WRITE_ONCE(v->info->evtchn_upcall_mask, 0);
	wait_begin(v);

	if (event_upcall_due(v) || guest_nmi_due(v))
		wait_cancel(v);
	else
		wait_commit(v);
	return 0;
}

long op_sched_poll(struct domain *d, struct sched_poll *poll)
{
	struct vcpu *v = current();
	u32 ports[POLL_PORTS_MAX];

	if (poll->nr_ports > POLL_PORTS_MAX)
		return fail(-EINVAL, "%u ports to poll, limit %u", poll->nr_ports, POLL_PORTS_MAX);
	if (poll->nr_ports && guest_copy_in(ports, poll->ports.p, poll->nr_ports * sizeof(*ports)))
		return -EFAULT;

	for (u32 i = 0; i < poll->nr_ports; i++)
		if (ports[i] >= EVENT_PORTS)
			return fail(-EINVAL, "port %u to poll does not exist", ports[i]);

	wait_begin(v);
	event_poll_begin(v, ports, poll->nr_ports);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);

	if (event_any_pending(d, ports, poll->nr_ports) || event_upcall_due(v)) {
		wait_cancel(v);
		return 0;
	}

	if (poll->timeout)
		timer_set(&v->timers.poll, poll->timeout);
	wait_commit(v);
	return 0;
}

/* A reason that was recorded before (SCHEDOP_shutdown_code) stands. */
static long shutdown(struct domain *d, u32 reason)
{
	u32 recorded = READ_ONCE(d->shutdown_code);

	domain_shutdown(d, recorded == SHUTDOWN_CODE_NONE ? (u8)reason : recorded);
	softirq_raise(SOFTIRQ_SCHED);
	return 0;
}

long op_sched_shutdown(struct domain *d, struct sched_shutdown *s)
{
	return shutdown(d, s->reason);
}

long op_sched_remote_shutdown(struct domain *d, struct sched_remote_shutdown *s)
{
	return shutdown(d, s->reason);
}

long op_sched_shutdown_code(struct domain *d, struct sched_shutdown *s)
{
	spin_lock(&d->lock);
	if (!d->shutting_down && d->shutdown_code == SHUTDOWN_CODE_NONE)
		d->shutdown_code = (u8)s->reason;
	spin_unlock(&d->lock);
	return 0;
}

/* --- dispatch --------------------------------------------------------------------------------- */

#define OP_sched_op(nr, name, arg, who, how, ...) OP_ADAPTER(op_sched_##name, arg, how)
#include <pvabi/hypercalls.def>

static const struct op ops[] = {
#define OP_sched_op(nr, name, arg, who, how, ...) [nr] = OP_ROW(op_sched_##name, arg, who, how),
#include <pvabi/hypercalls.def>
};

long hc_sched_op(struct hypercall *hc)
{
	u32 cmd = (u32)hc->arg[0];

	return ops_run(OP_FIND(ops, cmd), cmd, "scheduler", current(), HC_PTR(hc, 1, void), hc);
}

/* The old form gave the reason itself as argument. */
long hc_sched_op_compat(struct hypercall *hc)
{
	struct sched_shutdown s = { .reason = (u32)hc->arg[1] };
	struct domain *d = current()->dom;
	u32 cmd = (u32)hc->arg[0];

	switch (cmd) {
#define OP_sched_op_compat(nr, name, ...) \
	case nr:                          \
		return op_sched_##name(d, &s);
#include <pvabi/hypercalls.def>
	default:
		return fail(-ENOSYS, "old scheduler operation %u", cmd);
	}
}

long hc_set_timer_op(struct hypercall *hc)
{
	struct vcpu *v = current();
	u64 when = hc->arg[0];

	if (when >= TIMER_FAR_NS)
		when = time_now() + TIMER_MISTAKE_NS;
	if (when)
		timer_set(&v->timers.single_shot, when);
	else
		timer_stop(&v->timers.single_shot);
	return 0;
}
