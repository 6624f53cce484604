/* SPDX-License-Identifier: MIT */
/*
 * What a guest of two vcpus on one CPU pays for being switched, woken and called. On a machine
 * whose clock counts instructions a nanosecond is one. The vcpus' own part in each turn is some
 * twenty.
 *
 * run by: tests/bench/run
 */
#include <pvabi/vcpu.h>
#include <tests/guest/test.h>

#define TURNS  2000ul
#define TIMERS 201ul
#define MS     1000000ul

static u64 begin, result;
static u32 turn; /* whose it is, in the benches where vcpus alternate */
static evtchn_port_t ipi[2], timer;
static u32 taken[2];
static struct barrier barrier;

static void told(const char *what, u64 value)
{
	print("BENCH %s %lu\n", what, value);
}

static void call_nothing(void)
{
	u64 start = time_ns();

	for (u32 i = 0; i < TURNS; i++)
		hc_xen_version(0, NULL);
	told("call", (time_ns() - start) / TURNS);
}

/* Both vcpus enter together, the first counts the time. */
static void both_begin(void)
{
	barrier_wait(&barrier, 2);
	if (vcpu_id() == 0)
		begin = time_ns();
}

static void both_end(void)
{
	if (vcpu_id() == 0)
		result = (time_ns() - begin) / (2 * TURNS);
	barrier_wait(&barrier, 2);
}

/* Each gives the CPU to the other, who alone can go on. */
static void yields(void *arg)
{
	u32 me = vcpu_id();

	(void)arg;
	both_begin();
	for (u32 i = 0; i < TURNS; i++) {
		while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) != me)
			hc_sched_op(SCHEDOP_yield, NULL);
		__atomic_store_n(&turn, !me, __ATOMIC_RELEASE);
		hc_sched_op(SCHEDOP_yield, NULL);
	}
	both_end();
}

/* Each wakes the other, who sleeps in poll. */
static void polls(void *arg)
{
	u32 me = vcpu_id();

	(void)arg;
	both_begin();
	for (u32 i = 0; i < TURNS; i++) {
		if (me == 0)
			event_send(ipi[1]);
		event_wait(ipi[me], 1000 * MS);
		if (me == 1)
			event_send(ipi[0]);
	}
	both_end();
}

/* Each interrupts the other, who is blocked: until its handler has run. */
static void on_ipi(u32 port)
{
	(void)port;
	__atomic_add_fetch(&taken[vcpu_id()], 1, __ATOMIC_RELEASE);
}

static void blocks(void *arg)
{
	u32 me = vcpu_id();

	(void)arg;
	both_begin();
	for (u32 i = 0; i < TURNS; i++) {
		if (me == 0)
			event_send(ipi[1]);
		events_mask();
		while (__atomic_load_n(&taken[me], __ATOMIC_ACQUIRE) <= i) {
			hc_sched_op(SCHEDOP_block, NULL);
			events_mask();
		}
		events_unmask();
		if (me == 1)
			event_send(ipi[0]);
	}
	both_end();
}

/*
 * From the moment that a timer was set for until its handler runs, on an idle CPU: the middle of
 * all times, as the control domain has the CPU in some.
 */
static u64 fired, late[TIMERS]; /* in rising order */

static void on_timer(u32 port)
{
	(void)port;
	fired = time_ns();
}

static void late_add(u32 count, u64 by)
{
	for (; count && late[count - 1] > by; count--)
		late[count] = late[count - 1];
	late[count] = by;
}

static void timers(void)
{
	event_handle(timer, on_timer);
	for (u32 i = 0; i < TIMERS; i++) {
		u64 at = time_ns() + MS;

		fired = 0;
		events_mask();
		CALL(set_timer_op, at);
		while (!fired) {
			hc_sched_op(SCHEDOP_block, NULL);
			events_mask();
		}
		events_unmask();
		late_add(i, fired - at);
	}
	told("timer", late[TIMERS / 2]);
}

void test_main(void)
{
	struct evtchn_bind_ipi bind;

	timer = event_bind_virq(VIRQ_TIMER);
	for (u32 i = 0; i < 2; i++) {
		bind.vcpu = i;
		if (hc_event_channel_op(EVTCHNOP_bind_ipi, &bind))
			return;
		ipi[i] = bind.port;
	}
	call_nothing();
	timers();
	vcpus_run(2, yields, NULL);
	told("switch", result);
	vcpus_run(2, polls, NULL);
	told("wake", result);
	event_handle(ipi[0], on_ipi);
	event_handle(ipi[1], on_ipi);
	vcpus_run(2, blocks, NULL);
	told("ipi", result);
	print("BENCH over 1\n");
}
