/* SPDX-License-Identifier: MIT */
/*
 * As many vcpus as a domain may have. Those beyond the first 32 have no vcpu_info before they
 * register one. Each is told of its times and the time, and is woken by the one before it, by an
 * event that it polls for and by events that it takes; all go down and up again.
 *
 * vcpus: 64
 * cpus: 4
 */
#include <pvabi/vcpu.h>
#include <tests/guest/test.h>

#define VCPUS  64
#define ROUNDS 4

static evtchn_port_t port[VCPUS];
static u32 here[VCPUS], took[VCPUS];
static u64 wrong; /* what was not as it must be */
static struct vcpu_runstate_info area[VCPUS];
static struct vcpu_time_info tells_time[VCPUS];
static struct barrier barrier;

static void begin(void *arg)
{
	u32 me = vcpu_id();
	struct vcpu_register_runstate_memory_area runstate = { .addr.p = (u64)&area[me] };
	struct vcpu_register_time_memory_area time = { .addr.p = (u64)&tells_time[me] };
	struct evtchn_bind_ipi bind = { .vcpu = me };

	(void)arg;
	here[me]++;
	if (hc_vcpu_op(VCPUOP_register_runstate_memory_area, me, &runstate) ||
	    hc_vcpu_op(VCPUOP_register_vcpu_time_memory_area, me, &time) ||
	    hc_event_channel_op(EVTCHNOP_bind_ipi, &bind))
		count(&wrong);
	port[me] = bind.port;
	if (area[me].state != RUNSTATE_running || !tells_time[me].version)
		count(&wrong);
	if (!vcpu_info()->time.version)
		count(&wrong);
}

static void on_event(u32 of)
{
	if (of != port[vcpu_id()])
		count(&wrong);
	__atomic_add_fetch(&took[vcpu_id()], 1, __ATOMIC_RELEASE);
}

/* Round and round: who took its event sends that of the next. */
static void pass_on(void *arg)
{
	u32 me = vcpu_id(), next = (me + 1) % VCPUS;

	(void)arg;
	barrier_wait(&barrier, VCPUS);
	for (u32 i = 0; i < ROUNDS; i++) {
		if (me == 0)
			event_send(port[next]);
		events_mask();
		while (__atomic_load_n(&took[me], __ATOMIC_ACQUIRE) <= i) {
			hc_sched_op(SCHEDOP_block, NULL); /* unmasks */
			events_mask();
		}
		events_unmask();
		if (me != 0)
			event_send(port[next]);
	}
}

static void pass_on_polled(void *arg)
{
	u32 me = vcpu_id(), next = (me + 1) % VCPUS;

	(void)arg;
	if (me == 0)
		event_send(port[next]);
	if (!event_wait(port[me], 20 * SECOND))
		count(&wrong);
	if (me != 0)
		event_send(port[next]);
}

static void times(void)
{
	u64 now = time_ns();

	for (u32 i = 0; i < VCPUS; i++) {
		struct vcpu_runstate_info r;

		if (hc_vcpu_op(VCPUOP_get_runstate_info, i, &r) || !r.time[RUNSTATE_running] ||
		    r.time[0] + r.time[1] + r.time[2] + r.time[3] > time_ns() ||
		    area[i].state_entry_time > now || tells_time[i].system_time > time_ns())
			count(&wrong);
	}
}

static void all_are_down(void)
{
	u64 end = time_ns() + 10 * SECOND;

	for (u32 i = 1; i < VCPUS; i++) {
		while (hc_vcpu_op(VCPUOP_is_up, i, NULL) > 0 && time_ns() < end)
			time_sleep(SECOND / 1000);
		if (hc_vcpu_op(VCPUOP_is_up, i, NULL))
			count(&wrong);
	}
}

static void right(const char *what)
{
	ok_is((long)wrong, 0, "%s", what);
	wrong = 0;
}

void test_main(void)
{
	u32 not_here = 0, not_all = 0;

	ok_is(vcpu_count(), VCPUS, "the domain has its vcpus");
	ok_is(vcpus_run(VCPUS, begin, NULL), 0, "they start");
	for (u32 i = 0; i < VCPUS; i++)
		not_here += here[i] != 1;
	ok_is(not_here, 0, "each once");
	right("each is told of its state and of the time");
	vcpus_run(VCPUS, pass_on_polled, NULL);
	right("each is woken by the one before it");
	for (u32 i = 0; i < VCPUS; i++)
		event_handle(port[i], on_event);
	vcpus_run(VCPUS, pass_on, NULL);
	for (u32 i = 0; i < VCPUS; i++)
		not_all += took[i] != ROUNDS;
	ok_is(not_all, 0, "each takes its events, all of them and no other");
	right("on the vcpu that they are for");
	all_are_down();
	right("all are down again");
	times();
	right("the times of each are no more than what has passed");
}
