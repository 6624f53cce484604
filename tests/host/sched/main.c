/* SPDX-License-Identifier: MIT */
/*
 * What the scheduler promises, in small: shares, caps, quick wake-ups, no idle CPU while one waits,
 * affinity.
 */
#include "sim.h"

#include <sched/queue.h>

#include <check.h>
#include <math.h>
#include <tests/host/suites_run.h>

static struct sim s;

static double got(u32 i)
{
	return (double)(s.v[i].got - s.v[i].got_before) / SIM_SEC;
}

/* Over each of @seconds, nobody is off by more than @most of a CPU. */
static void shares_hold(u32 seconds, double most)
{
	static double due[SIM_VCPUS];

	sim_due(&s, due);
	while (seconds--) {
		sim_mark(&s);
		sim_run(&s, SIM_SEC);
		for (u32 i = 0; i < s.vcpus; i++)
			if (fabs(got(i) - due[i]) > most)
				ck_abort_msg("vcpu %u on %u CPUs got %f, not %f", i, s.cpus, got(i),
					     due[i]);
	}
	ck_assert_uint_eq(s.idle_waits, 0);
}

static void busy(u32 cpus, u32 n, u32 heaviest)
{
	sim_start(&s, &sim_fair, cpus, 11);
	for (u32 i = 0; i < n; i++)
		sim_add(&s, 256 * (1 + i * 7 % heaviest), 0, 0);
	sim_wake_all(&s);
}

START_TEST(shares)
{
	static const u32 vcpus[] = { 1, 2, 3, 5, 8, 17, 33, 64, 256 };

	for (u32 cpus = 1; cpus <= 8; cpus *= 2)
		for (u32 i = 0; i < ARRAY_SIZE(vcpus); i++) {
			busy(cpus, vcpus[i], _i);
			shares_hold(2, 0.01);
		}
}
END_TEST

/* A weight that is worth more than a CPU: it gets that one, and the others share the rest. */
START_TEST(more_than_a_cpu)
{
	sim_start(&s, &sim_fair, 2, 3);
	sim_add(&s, 16 * 256, 0, 0);
	sim_add(&s, 256, 0, 0);
	sim_add(&s, 256, 0, 0);
	sim_wake_all(&s);
	shares_hold(5, 0.01);
	sim_run(&s, 60 * SIM_SEC);
	sim_add(&s, 256, 0, 0); /* its long lead over them is no debt */
	sim_wake_all(&s);
	sim_run(&s, SIM_SEC);
	shares_hold(3, 0.01);
}
END_TEST

START_TEST(cap_holds)
{
	static const u32 caps[] = { 5, 30, 55, 100, 250 };

	for (u32 i = 0; i < ARRAY_SIZE(caps); i++) {
		double all = 0;

		sim_start(&s, &sim_fair, 4, 5);
		for (u32 v = 0; v < 4; v++) {
			struct sim_vcpu *one = sim_add(&s, 256, 0, 0);

			one->run.group = one->group = &s.v[0].own;
		}
		sched_group_set(&s.v[0].own, 256, caps[i]);
		sim_wake_all(&s);
		sim_run(&s, SIM_SEC);
		sim_mark(&s);
		sim_run(&s, SIM_SEC);
		for (u32 v = 0; v < 4; v++)
			all += got(v);
		ck_assert_double_le(fabs(all - caps[i] / 100.0), 0.01);
	}
}
END_TEST

/* A domain's weight is shared by its vcpus: four of them get no more than the one of another. */
START_TEST(weight_of_a_group)
{
	sim_start(&s, &sim_fair, 1, 5);
	for (u32 v = 0; v < 5; v++)
		sim_add(&s, 256, 0, 0);
	for (u32 v = 1; v < 5; v++)
		s.v[v].run.group = s.v[v].group = &s.v[1].own;
	sim_wake_all(&s);
	sim_run(&s, SIM_SEC);
	sim_mark(&s);
	sim_run(&s, SIM_SEC);
	ck_assert_double_le(fabs(got(0) - 0.5), 0.01);
	ck_assert_double_le(fabs(got(4) - 0.125), 0.01);
}
END_TEST

START_TEST(wakes_quickly)
{
	for (u32 cpus = 1; cpus <= 8; cpus *= 2) {
		sim_start(&s, &sim_fair, cpus, 9);
		for (u32 i = 0; i < 64; i++)
			sim_add(&s, 256, 0, 0);
		sim_add(&s, 256, 10 * SIM_MS, 100 * SIM_US);
		sim_wake_all(&s);
		sim_run(&s, 20 * SIM_SEC);
		ck_assert_uint_ge(s.waits, 1990);
		ck_assert_uint_le(sim_wait_at(&s, 999), 100 * SIM_US);
	}
}
END_TEST

/* Many that begin at once keep nobody waiting who sleeps and wakes beside them. */
START_TEST(crowd_of_newcomers)
{
	for (u32 cpus = 1; cpus <= 4; cpus *= 2) {
		sim_start(&s, &sim_fair, cpus, 9);
		sim_add(&s, 256, 10 * SIM_MS, 100 * SIM_US);
		for (u32 i = 0; i < 8; i++)
			sim_add(&s, 256, 0, 0);
		sim_wake_all(&s);
		sim_run(&s, SIM_SEC);
		s.waits = 0;
		for (u32 i = 0; i < 64; i++) {
			sched_wake(&sim_add(&s, 256, 0, 0)->run, s.now, false);
			sim_run(&s, 10 * SIM_US);
		}
		sim_run(&s, SIM_SEC);
		ck_assert_uint_ge(s.waits, 99);
		ck_assert_uint_le(sim_wait_at(&s, 1000), 100 * SIM_US);
	}
}
END_TEST

/*
 * Who sleeps for a moment just before its boost or its slice is over, again and again, and is woken
 * at once, gets no more than it should, and nobody less.
 */
START_TEST(naps_gain_nothing)
{
	static const u64 bursts[] = { 20, 100, 490, 499, 1000, 1990, 1999 };
	static double due[SIM_VCPUS];
	u32 cpus = 1 + _i % 4, n = (1 + _i / 4) * cpus + 1;

	for (u32 i = 0; i < ARRAY_SIZE(bursts); i++) {
		sim_start(&s, &sim_fair, cpus, _i);
		for (u32 v = 0; v < n; v++)
			sim_add(&s, 256, v ? 0 : bursts[i] * SIM_US + 1000, bursts[i] * SIM_US);
		sim_wake_all(&s);
		sim_due(&s, due);
		for (u32 sec = 0; sec < 3; sec++) {
			sim_mark(&s);
			sim_run(&s, SIM_SEC);
			ck_assert_double_le(got(0), due[0] + 0.01);
			for (u32 v = 1; v < n; v++)
				ck_assert_double_ge(got(v), due[v] - 0.01);
		}
	}
}
END_TEST

/* One that wakes and then does not stop is boosted for a moment, not for ever. */
START_TEST(boosts_end)
{
	busy(1, 2, 1);
	sim_run(&s, SIM_SEC);
	sched_sleep(&s.v[1].run);
	sim_run(&s, SIM_SEC);

	sched_wake(&s.v[1].run, s.now, false);
	sim_mark(&s);
	sim_run(&s, SIM_SEC);
	ck_assert_double_le(fabs(got(0) - 0.5), 0.01);
	ck_assert_double_le(fabs(got(1) - 0.5), 0.01);
}
END_TEST

/* Sleepers of all kinds: no CPU idles while one waits, whoever may run there. */
START_TEST(no_idle_cpu)
{
	for (u32 seed = 1; seed < 20; seed++) {
		sim_start(&s, &sim_fair, 4, seed);
		for (u32 i = 0; i < 16; i++) {
			sim_add(&s, 256 << i % 3, (3 + i * 5) * SIM_MS, (500 + i * 731) * SIM_US);
			s.v[i].run.hard = i % 5 ? ~0ul : 3ul << i % 3;
		}
		sim_wake_all(&s);
		sim_run(&s, 2 * SIM_SEC);
		ck_assert_uint_eq(s.idle_waits, 0);
	}
}
END_TEST

/*
 * Those tied to one CPU share it by weight, whatever goes on elsewhere; untied again, they use all.
 */
START_TEST(affinity)
{
	busy(4, 6, 1);
	for (u32 i = 0; i < 3; i++)
		sched_set_affinity(&s.v[i].run, 2, ~0ul, s.now);
	sched_group_set(&s.v[0].own, 512, 0);
	sim_run(&s, 10 * SIM_SEC);
	sim_mark(&s);
	sim_run(&s, SIM_SEC);
	ck_assert_double_le(fabs(got(0) - 0.5), 0.01);
	ck_assert_double_le(fabs(got(2) - 0.25), 0.01);
	ck_assert_double_le(fabs(got(5) - 1), 0.01);
	for (u32 i = 0; i < 3; i++)
		sched_set_affinity(&s.v[i].run, ~0ul, ~0ul, s.now);
	sim_run(&s, 2 * SIM_SEC);
	shares_hold(2, 0.01);
}
END_TEST

/* One that is told to leave its CPU does so at once, and goes to an idle one when it may. */
START_TEST(moves_when_told)
{
	busy(2, 2, 1);
	sim_run(&s, SIM_SEC);
	sched_set_affinity(&s.v[0].run, 1, ~0ul, s.now);
	sched_set_affinity(&s.v[1].run, 1, ~0ul, s.now);
	sim_run(&s, SIM_MS);
	ck_assert_uint_eq(s.v[0].run.cpu, 0);
	ck_assert_uint_eq(s.v[1].run.cpu, 0);
	ck_assert(!s.on[1]);
	sched_set_affinity(&s.v[1].run, 3, ~0ul, s.now);
	sim_run(&s, 2 * SCHED_SLICE_NS); /* it may be running: then it moves when its slice ends */
	ck_assert(s.on[1] == &s.v[1] || s.on[1] == &s.v[0]);
}
END_TEST

/*
 * One that had better be elsewhere goes there when that CPU becomes idle, though it has one for
 * itself.
 */
START_TEST(comes_home)
{
	busy(2, 2, 1);
	sched_set_affinity(&s.v[0].run, 3, 1, s.now);
	sched_set_affinity(&s.v[1].run, 1, 1, s.now);
	sim_run(&s, SIM_SEC);
	ck_assert(s.on[1] == &s.v[0] && s.on[0] == &s.v[1]);
	sched_sleep(&s.v[1].run);
	sim_run(&s, 2 * SCHED_SLICE_NS);
	ck_assert(s.on[0] == &s.v[0] && !s.on[1]);
}
END_TEST

START_TEST(yield_lets_others)
{
	busy(1, 2, 1);
	sim_run(&s, SIM_SEC);
	for (u32 i = 0; i < 20; i++) {
		struct sim_vcpu *on = s.on[0];

		sched_yield(&on->run);
		softirq_post(0, SOFTIRQ_SCHED);
		sim_run(&s, SIM_US);
		ck_assert(s.on[0] != on);
	}
}
END_TEST

/* Until its state is saved, no other CPU gets it: between the choice of another and sched_put. */
START_TEST(kept_until_saved)
{
	struct runnable a, b;
	struct sched_group g = { .weight = SCHED_WEIGHT_DEFAULT };
	u64 until, now = 10 * SIM_SEC;

	sim_start(&s, &sim_fair, 2, 1);
	runnable_init(&a, &g, 0);
	runnable_init(&b, &g, 0);
	a.hard = 1;
	sched_wake(&b, now, false);
	ck_assert_ptr_eq(sched_pick(0, NULL, now, &until), &b);
	sched_wake(&a, now, false);
	ck_assert_ptr_eq(sched_pick(1, NULL, now, &until), NULL);
	now += 10 * SIM_MS;
	ck_assert_ptr_eq(sched_pick(0, &b, now, &until), &a);
	ck_assert_ptr_eq(sched_pick(1, NULL, now, &until), NULL);
	ck_assert(b.running);
	s.told[1] = false;
	sched_put(&b, now);
	ck_assert(s.told[1]); /* an idle CPU hears of it at once */
	ck_assert_ptr_eq(sched_pick(1, NULL, now, &until), &b);
}
END_TEST

/* Two that slept before, so that they are boosted when they wake, and one that runs since @now. */
static void one_runs(struct runnable r[3], struct sched_group g[3], u64 now)
{
	u64 until;

	sim_start(&s, &sim_fair, 1, 1);
	for (u32 i = 0; i < 3; i++) {
		g[i] = (struct sched_group){ .weight = SCHED_WEIGHT_DEFAULT };
		runnable_init(&r[i], &g[i], 0);
		r[i].since = 1;
	}

	sched_wake(&r[0], now, false);
	ck_assert_ptr_eq(sched_pick(0, NULL, now, &until), &r[0]);
	r[0].boosted = false; /* it ran long enough before */
}

/* Who was woken with patience waits a moment for who just came to the CPU, and no longer. */
START_TEST(patience)
{
	struct runnable r[3], *busy = &r[0], *woken = &r[1];
	struct sched_group g[3];
	u64 until, now = 10 * SIM_SEC;

	one_runs(r, g, now);
	sched_wake(woken, now + 10 * SIM_US, true);
	ck_assert(s.told[0]);
	ck_assert_ptr_eq(sched_pick(0, busy, now + 10 * SIM_US, &until), busy);
	ck_assert_uint_eq(until, now + SCHED_PATIENCE_NS);
	ck_assert_ptr_eq(sched_pick(0, busy, until - 1, &until), busy);
	ck_assert_ptr_eq(sched_pick(0, busy, now + SCHED_PATIENCE_NS, &until), woken);
	sched_put(busy, now + SCHED_PATIENCE_NS);

	/* Who has run long waits no more. */
	sched_sleep(woken);
	ck_assert_ptr_eq(sched_pick(0, woken, now + SCHED_PATIENCE_NS, &until), busy);
	sched_put(woken, now + SCHED_PATIENCE_NS);
	now += 5 * SCHED_PATIENCE_NS;
	sched_wake(woken, now, true);
	ck_assert_ptr_eq(sched_pick(0, busy, now, &until), woken);
}
END_TEST

START_TEST(patience_ends)
{
	struct runnable r[3], *busy = &r[0], *patient = &r[1], *urgent = &r[2];
	struct sched_group g[3];
	u64 until, now = 10 * SIM_SEC;

	/* When who runs sleeps. */
	one_runs(r, g, now);
	sched_wake(patient, now, true);
	sched_sleep(busy);
	ck_assert_ptr_eq(sched_pick(0, busy, now + SIM_US, &until), patient);

	/* When it is woken again, urgently. */
	one_runs(r, g, now);
	sched_wake(patient, now, true);
	s.told[0] = false;
	sched_wake(patient, now + SIM_US, false);
	ck_assert(s.told[0]);
	ck_assert_uint_eq(g[1].ready, 1);
	ck_assert_ptr_eq(sched_pick(0, busy, now + SIM_US, &until), patient);

	/* Another that is urgent goes first. */
	one_runs(r, g, now);
	sched_wake(patient, now, true);
	sched_wake(urgent, now + SIM_US, false);
	ck_assert_ptr_eq(sched_pick(0, busy, now + SIM_US, &until), urgent);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sched");
	TCase *t = tcase_create("sched");

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, shares, 1, 2);
	tcase_add_loop_test(t, shares, 16, 17);
	tcase_add_test(t, more_than_a_cpu);
	tcase_add_test(t, cap_holds);
	tcase_add_test(t, weight_of_a_group);
	tcase_add_test(t, wakes_quickly);
	tcase_add_test(t, crowd_of_newcomers);
	tcase_add_loop_test(t, naps_gain_nothing, 0, 32);
	tcase_add_test(t, boosts_end);
	tcase_add_test(t, no_idle_cpu);
	tcase_add_test(t, affinity);
	tcase_add_test(t, moves_when_told);
	tcase_add_test(t, comes_home);
	tcase_add_test(t, yield_lets_others);
	tcase_add_test(t, kept_until_saved);
	tcase_add_test(t, patience);
	tcase_add_test(t, patience_ends);
	suite_add_tcase(suite, t);

	return suites_run(suite);
}
