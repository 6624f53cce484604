/* SPDX-License-Identifier: MIT */
/*
 * Time goes forward; a single-shot timer fires once and not before its time, a periodic one again
 * and again; poll ends with its port or its time, block with any event; the runstate accounts for
 * it all.
 */
#include <pvabi/vcpu.h>
#include <tests/guest/test.h>

#define MS 1000000ul

static int timer;

static void monotonic(void)
{
	u64 last = time_ns(), first = last, now;
	u32 back = 0;

	for (u32 i = 0; i < 100000; i++) {
		now = time_ns();
		back += now < last;
		last = now;
	}
	ok_is(back, 0, "system time never goes back");
	ok(last > first, "and goes on");
	ok(shared_info->wc_sec > 1600000000, "the wall clock is of this age (%u)",
	   shared_info->wc_sec);
}

static void single_shot(void)
{
	struct vcpu_set_singleshot_timer s = { .timeout_abs_ns = time_ns() + 20 * MS };
	u64 now;

	ok_is(hc_vcpu_op(VCPUOP_set_singleshot_timer, 0, &s), 0, "a timer in 20 ms");
	ok(event_wait(timer, 5000 * MS), "fires");
	now = time_ns();
	ok(now >= s.timeout_abs_ns, "not early (%ld us after)",
	   (long)(now - s.timeout_abs_ns) / 1000);
	ok(!event_wait(timer, 60 * MS), "and once");
	s.timeout_abs_ns = 1;
	s.flags = VCPU_SSHOTTMR_future;
	ok_is(hc_vcpu_op(VCPUOP_set_singleshot_timer, 0, &s), -XEN_ETIME,
	      "one in the past is refused if so asked");
	s.flags = 0;
	ok_is(hc_vcpu_op(VCPUOP_set_singleshot_timer, 0, &s), 0, "else");
	ok(event_wait(timer, 5000 * MS), "it fires at once");
	s.timeout_abs_ns = time_ns() + 30 * MS;
	hc_vcpu_op(VCPUOP_set_singleshot_timer, 0, &s);
	ok_is(hc_vcpu_op(VCPUOP_stop_singleshot_timer, 0, NULL), 0, "stopped");
	ok(!event_wait(timer, 60 * MS), "it does not fire");
	ok_is(CALL(set_timer_op, time_ns() + 10 * MS), 0, "by the old call");
	ok(event_wait(timer, 5000 * MS), "it fires");
	s.timeout_abs_ns = ~0ul;
	ok_is(hc_vcpu_op(VCPUOP_set_singleshot_timer, 0, &s), 0, "one at the end of all time");
	ok(!event_wait(timer, 20 * MS), "does not fire");
	hc_vcpu_op(VCPUOP_stop_singleshot_timer, 0, NULL);
}

static void periodic(void)
{
	struct vcpu_set_periodic_timer p = { .period_ns = 10 * MS };
	u64 begin = time_ns(), spent;

	ok_is(hc_vcpu_op(VCPUOP_set_periodic_timer, 0, &p), 0, "a tick each 10 ms");
	for (u32 i = 0; i < 6; i++)
		if (!event_wait(timer, 5000 * MS))
			ok(false, "tick %u", i);
	spent = time_ns() - begin;
	ok(spent >= 55 * MS, "six take 60 ms (%lu)", spent / MS);
	ok_is(hc_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0, "stopped");
	event_pending_take(timer);
	ok(!event_wait(timer, 40 * MS), "no tick comes");
	p.period_ns = 1;
	ok_refused(hc_vcpu_op(VCPUOP_set_periodic_timer, 0, &p), "not each ns");
}

/* How late the best of @n ticks came, of those that lie on whole ms from @begin on. */
static long lateness(u64 begin, u32 n)
{
	long late, best = MS;

	while (n--) {
		event_wait(timer, 5000 * MS);
		late = (time_ns() - begin) % MS;
		if (late < best)
			best = late;
	}
	return best;
}

/* Each tick comes a little late, and the next is none the later for it: they stay in step. */
static void no_drift(void)
{
	struct vcpu_set_periodic_timer p = { .period_ns = MS };
	u64 begin = time_ns();
	long first, last;

	hc_vcpu_op(VCPUOP_set_periodic_timer, 0, &p);
	first = lateness(begin, 30);
	lateness(begin, 240);
	last = lateness(begin, 30);
	hc_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL);
	event_pending_take(timer);
	ok(last - first < (long)MS / 4 && first - last < (long)MS / 4,
	   "300 ticks stay in step (%ld ns late at first, %ld at last)", first, last);
}

static void polls(void)
{
	struct sched_poll poll = { .nr_ports = 1 };
	evtchn_port_t port = (evtchn_port_t)event_alloc_unbound(DOMID_SELF), other;
	u64 begin = time_ns();

	other = (evtchn_port_t)event_bind_interdomain(DOMID_SELF, port);
	poll.ports.p = &other;
	event_send(port);
	ok_is(hc_sched_op(SCHEDOP_poll, &poll), 0,
	      "a poll of a pending port, without limit, returns");
	event_pending_take(other);
	poll.timeout = time_ns() + 30 * MS;
	while (time_ns() < poll.timeout && !hc_sched_op(SCHEDOP_poll, &poll))
		;
	ok(time_ns() - begin >= 30 * MS, "one of an idle port ends with its time");
	poll.timeout = 1;
	ok_is(hc_sched_op(SCHEDOP_poll, &poll), 0, "a time in the past ends it at once");
	poll.nr_ports = 129;
	ok_refused(hc_sched_op(SCHEDOP_poll, &poll), "129 ports are too many");
	poll.nr_ports = 1;
	other = 0x7fffffff;
	ok_refused(hc_sched_op(SCHEDOP_poll, &poll), "a port that cannot be");
}

static volatile u32 fired;

static void on_timer(u32 port)
{
	(void)port;
	fired++;
}

static void blocks(void)
{
	struct vcpu_runstate_info before, after;
	u64 begin = time_ns();

	hc_vcpu_op(VCPUOP_get_runstate_info, 0, &before);
	event_handle(timer, on_timer);
	CALL(set_timer_op, begin + 50 * MS);
	while (!fired && time_ns() < begin + 3000 * MS)
		hc_sched_op(SCHEDOP_block, NULL);
	ok(fired && time_ns() >= begin + 50 * MS, "block ends with the timer's event");
	ok(vcpu_info()->evtchn_upcall_mask == 0, "and has unmasked events");
	ok_is(hc_vcpu_op(VCPUOP_get_runstate_info, 0, &after), 0, "the runstate");
	ok_is(after.state, RUNSTATE_running, "is: running");
	ok(after.time[RUNSTATE_blocked] - before.time[RUNSTATE_blocked] >= 30 * MS,
	   "%lu ms of it blocked",
	   (after.time[RUNSTATE_blocked] - before.time[RUNSTATE_blocked]) / MS);
	ok(after.time[0] >= before.time[0] && after.time[1] >= before.time[1],
	   "no account shrinks");
}

void test_main(void)
{
	timer = event_bind_virq(VIRQ_TIMER);
	monotonic();
	single_shot();
	periodic();
	no_drift();
	polls();
	blocks();
}
