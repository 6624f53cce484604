/* SPDX-License-Identifier: MIT */
/*
 * What a vcpu is told of its own time, to the nanosecond: the four times of its runstate always add
 * up to what passed, however often it was on and off the CPU. And what others may read of it: while
 * one vcpu runs on a machine of one CPU, the area of no other says that it runs; so who waits for a
 * lock sees that its holder was preempted.
 *
 * vcpus: 3
 * cpus: 1
 */
#include <pvabi/vcpu.h>
#include <tests/guest/test.h>

#define VCPUS 3
#define MS    1000000ul
#define LOOKS 20000

/* A line each: an area must lie in one page. */
static struct vcpu_runstate_info area[VCPUS] __attribute__((aligned(64)));
static u32 wrong_sum, wrong_state, preempted, done;

static void area_register(void)
{
	struct vcpu_register_runstate_memory_area r = { .addr.p = (u64)&area[vcpu_id()] };

	if (hc_vcpu_op(VCPUOP_register_runstate_memory_area, vcpu_id(), &r))
		__atomic_add_fetch(&wrong_sum, 1, __ATOMIC_RELAXED);
}

/* Time does not pass while it is taken: an area changes only when its vcpu comes or goes. */
static struct vcpu_runstate_info area_read(u32 i)
{
	const volatile struct vcpu_runstate_info *a = &area[i];
	struct vcpu_runstate_info r;

	do {
		r = *a;
		BARRIER();
	} while (r.state_entry_time != a->state_entry_time || r.state != a->state);
	return r;
}

static u64 sum(const struct vcpu_runstate_info *r)
{
	return r->time[0] + r->time[1] + r->time[2] + r->time[3];
}

/* Looks at itself and at the others, while all are busy, and sleeps now and then. */
static void look(void *arg)
{
	u32 me = vcpu_id();
	struct vcpu_runstate_info first, r;

	(void)arg;
	area_register();
	first = area_read(me);
	for (u32 n = 0; n < LOOKS || __atomic_load_n(&done, __ATOMIC_RELAXED) < VCPUS; n++) {
		r = area_read(me);
		wrong_sum += sum(&r) - sum(&first) != r.state_entry_time - first.state_entry_time;
		wrong_state += r.state != RUNSTATE_running;
		if (n == LOOKS - 1)
			__atomic_add_fetch(&done, 1, __ATOMIC_RELAXED);
		if (n % 1000 == 0)
			time_sleep(MS / 10);
	}
	hc_sched_op(SCHEDOP_yield, NULL);
}

/* Seen from vcpu 0, which alone runs at that moment; the others compute. */
static void watch(void *arg)
{
	u32 me = vcpu_id();

	(void)arg;
	area_register();
	while (me && __atomic_load_n(&done, __ATOMIC_RELAXED) < LOOKS)
		BARRIER();
	for (u32 n = 0; !me && n < LOOKS; n++) {
		for (u32 i = 1; i < VCPUS; i++) {
			struct vcpu_runstate_info r = area_read(i);

			wrong_state += r.state == RUNSTATE_running && r.time[RUNSTATE_running];
			preempted += r.state == RUNSTATE_runnable;
		}
		if (n % 100 == 0)
			hc_sched_op(SCHEDOP_yield, NULL);
		__atomic_add_fetch(&done, 1, __ATOMIC_RELAXED);
	}
}

void test_main(void)
{
	ok_is(vcpus_run(VCPUS, look, NULL), 0, "three busy vcpus on one CPU");
	ok_is(wrong_sum, 0, "the times of each add up to what passed, to the nanosecond");
	ok_is(wrong_state, 0, "and each sees itself running");
	done = wrong_state = 0;
	vcpus_run(VCPUS, watch, NULL);
	ok_is(wrong_state, 0, "while one runs, no other's area says that it runs");
	ok(preempted, "but that it would (%u times)", preempted);
}
