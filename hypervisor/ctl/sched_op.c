/* SPDX-License-Identifier: MIT */
/*
 * Hypercall sched_op, what a guest tells the scheduler: yield, block, poll, shutdown. Sleeping is a
 * protocol with whoever raises an event: the sleeper sets v->blocked first and looks for events
 * after, the waker sets the event first and looks at v->blocked after, so one of them sees the
 * other. Who runs next is left to sched/.
 */
#include <event/event.h>
#include <guest/guest.h>
#include <lib/fail.h>
#include <life/life.h>
#include <x86/budget.h>

#define POLL_PORTS_MAX     128 /* the ABI's limit */
#define POLL_LOOKS         6   /* of the budget, for one of them */
#define SHUTDOWN_CODE_NONE (~0u)

/* First: whoever raises an event from here on wakes @v. */
static void wait_begin(struct vcpu *v)
{
	WRITE_ONCE(v->blocked, true);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* Something came before: @v goes on. */
static void wait_cancel(struct vcpu *v)
{
	WRITE_ONCE(v->events.polling, false);
	WRITE_ONCE(v->blocked, false);
}

/* Nothing came: @v sleeps. */
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

/* Copies and checks the ports that @poll names. */
static int poll_ports_in(const struct sched_poll *poll, u32 *ports)
{
	u32 n = poll->nr_ports;

	if (n > POLL_PORTS_MAX)
		return fail(-EINVAL, "%u ports to poll, limit %u", n, POLL_PORTS_MAX);

	if (n && guest_copy_in(ports, poll->ports.p, n * sizeof(*ports)))
		return fail(-EFAULT, "ports to poll are not readable");

	budget_charge(n * POLL_LOOKS);
	for (u32 i = 0; i < n; i++) {
		if (ports[i] >= EVENT_PORTS)
			return fail(-EINVAL, "port %u to poll does not exist", ports[i]);
	}

	return 0;
}

long op_sched_poll(struct domain *d, struct sched_poll *poll)
{
	struct vcpu *v = current();
	u32 ports[POLL_PORTS_MAX];
	int rc;

	rc = poll_ports_in(poll, ports);
	if (rc)
		return rc;

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
	u32 code = READ_ONCE(d->shutdown_code);

	if (code == SHUTDOWN_CODE_NONE)
		code = (u8)reason;

	domain_shutdown(d, code);
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
