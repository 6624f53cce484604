/* SPDX-License-Identifier: MIT */
/* The timers of a vcpu: a single shot and a tick, which raise VIRQ_TIMER, and the end of a poll. */
#include <event/event.h>
#include <lib/fail.h>
#include <life/life.h>
#include <pvabi/errno.h>
#include <x86/cpu.h>

#define PERIOD_MIN_NS NS_PER_MS /* a faster tick would be all the CPU does */
#define PERIOD_MAX_NS (1ul << 48)

static void single_shot_fired(struct timer *t)
{
	event_virq(container_of(t, struct vcpu, timers.single_shot), VIRQ_TIMER);
}

static void periodic_fired(struct timer *t)
{
	struct vcpu *v = container_of(t, struct vcpu, timers.periodic);
	u64 ns = READ_ONCE(v->timers.period_ns);

	event_virq(v, VIRQ_TIMER);
	if (!ns || READ_ONCE(v->dom->dying))
		return;
	/* In step with the first; those that were missed are left out. */
	v->timers.period_due += ((time_now() - v->timers.period_due) / ns + 1) * ns;
	timer_set(t, v->timers.period_due);
}

static void poll_ended(struct timer *t)
{
	struct vcpu *v = container_of(t, struct vcpu, timers.poll);

	if (READ_ONCE(v->events.polling))
		vcpu_wake(v);
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
		return fail(-EINVAL, "period of %lu ns, least is %lu", ns, PERIOD_MIN_NS);

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

long op_vcpu_set_singleshot_timer(struct vcpu *v, struct vcpu_set_singleshot_timer *s)
{
	if (v != current())
		return fail(-EINVAL, "the timer of vcpu %u, not the caller", v->id);
	if (s->flags & VCPU_SSHOTTMR_future && s->timeout_abs_ns < time_now())
		return -XEN_ETIME; /* no refusal, an answer */

	timer_set(&v->timers.single_shot, MIN(s->timeout_abs_ns, TIME_NEVER - 1));
	return 0;
}

long op_vcpu_stop_singleshot_timer(struct vcpu *v, void *a)
{
	if (v != current())
		return fail(-EINVAL, "the timer of vcpu %u, not the caller", v->id);

	timer_stop(&v->timers.single_shot);
	return 0;
}
