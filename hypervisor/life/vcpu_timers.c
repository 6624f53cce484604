/* SPDX-License-Identifier: MIT */
/* The timers of a vcpu: a single shot and a tick, which raise VIRQ_TIMER, and the end of a poll. */
#include <event/event.h>
#include <lib/fail.h>
#include <life/life.h>
#include <pvabi/errno.h>
#include <x86/cpu.h>

#define PERIOD_MIN_NS NS_PER_MS /* a faster tick would be all the CPU does */
#define PERIOD_MAX_NS (1ul << 48)

/*
 * A deadline of set_timer_op beyond the first is a mistake, or negative: the guest gets a tick
 * soon, and may think again.
 */
#define DEADLINE_MOST       (1ul << 62)
#define DEADLINE_INSTEAD_NS (100 * NS_PER_MS)

static void single_shot_fired(struct timer *t)
{
	struct vcpu *v = container_of(t, struct vcpu, timers.single_shot);

	event_virq(v, VIRQ_TIMER);
}

/* The first tick after now that is in step with @due; ticks that were missed are left out. */
static u64 next_tick(u64 due, u64 period)
{
	u64 late = time_now() - due;

	return due + (late / period + 1) * period;
}

static void periodic_fired(struct timer *t)
{
	struct vcpu *v = container_of(t, struct vcpu, timers.periodic);
	u64 period = READ_ONCE(v->timers.period_ns);

	event_virq(v, VIRQ_TIMER);

	/* Stopped meanwhile, or by teardown. */
	if (!period || READ_ONCE(v->dom->dying))
		return;

	v->timers.period_due = next_tick(v->timers.period_due, period);
	timer_set(t, v->timers.period_due);
}

static void poll_ended(struct timer *t)
{
	struct vcpu *v = container_of(t, struct vcpu, timers.poll);

	if (READ_ONCE(v->events.polling))
		vcpu_wake(v, false);
}

void vcpu_timers_init(struct vcpu *v)
{
	timer_init(&v->timers.single_shot, single_shot_fired);
	timer_init(&v->timers.periodic, periodic_fired);
	timer_init(&v->timers.poll, poll_ended);
}

void vcpu_timers_stop(struct vcpu *v)
{
	v->timers.period_ns = 0;
	timer_stop(&v->timers.single_shot);
	timer_stop(&v->timers.periodic);
	timer_stop(&v->timers.poll);
}

long op_vcpu_set_periodic_timer(struct vcpu *v, struct vcpu_set_periodic_timer *p)
{
	u64 ns = p->period_ns;

	if (ns < PERIOD_MIN_NS || ns > PERIOD_MAX_NS)
		return fail(-EINVAL, "a period of %lu ns: %lu to %lu are possible", ns,
			    PERIOD_MIN_NS, PERIOD_MAX_NS);

	timer_stop(&v->timers.periodic);
	v->timers.period_ns = ns;
	v->timers.period_due = time_now() + ns;
	timer_set(&v->timers.periodic, v->timers.period_due);
	return 0;
}

long op_vcpu_stop_periodic_timer(struct vcpu *v, void *a)
{
	v->timers.period_ns = 0;
	timer_stop(&v->timers.periodic);
	return 0;
}

/* The single shot is the running vcpu's own, by the ABI. */
static int own_timer_check(const struct vcpu *v)
{
	if (v != current())
		return fail(-EINVAL, "the timer of d%uv%u, not the caller's", v->dom->id, v->id);

	return 0;
}

long op_vcpu_set_singleshot_timer(struct vcpu *v, struct vcpu_set_singleshot_timer *s)
{
	int rc = own_timer_check(v);

	if (rc)
		return rc;
	if (s->flags & ~VCPU_SSHOTTMR_future)
		return fail(-EINVAL, "timer flags %#x", s->flags);

	/* An answer, and no refusal: no word in the log. */
	if (s->flags & VCPU_SSHOTTMR_future && s->timeout_abs_ns < time_now())
		return -XEN_ETIME;

	timer_set(&v->timers.single_shot, MIN(s->timeout_abs_ns, TIME_NEVER - 1));
	return 0;
}

long op_vcpu_stop_singleshot_timer(struct vcpu *v, void *a)
{
	int rc = own_timer_check(v);

	if (!rc)
		timer_stop(&v->timers.single_shot);

	return rc;
}

long hc_set_timer_op(struct hypercall *hc)
{
	struct vcpu *v = current();
	u64 when = hc->arg[0];

	if (!when) {
		timer_stop(&v->timers.single_shot);
		return 0;
	}

	if (when >= DEADLINE_MOST)
		when = time_now() + DEADLINE_INSTEAD_NS;

	timer_set(&v->timers.single_shot, when);
	return 0;
}
