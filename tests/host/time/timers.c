/* SPDX-License-Identifier: MIT */
/*
 * When a CPU is interrupted: for the soonest of its timers and the end of its slice; and that one
 * that idles is not, for a slice that nobody runs.
 */
#include <irq/irq.h>
#include <time/time.h>
#include <x86/cpu.h>

#include <check.h>
#include <tests/host/suites_run.h>

#define SLICE NS_PER_MS

static u64 now, armed; /* the hardware fires then; TIME_NEVER: it does not */
static vector_handler_t *fires;
static u32 interrupts, choices, fired;
static struct timer far, near;

u64 time_now(void)
{
	return now;
}

u64 time_to_tsc(u64 ns)
{
	return ns;
}

void apic_timer_set(u64 deadline, u64 ns)
{
	ck_assert_uint_eq(deadline, now + ns);
	armed = deadline;
}

void vector_set(u8 vector, vector_handler_t *handler)
{
	ck_assert_uint_eq(vector, VECTOR_TIMER);
	fires = handler;
}

void softirq_post(u32 cpu, enum softirq s)
{
	ck_assert_uint_eq(cpu, fake_cpu);
	softirq_raise(s);
}

/* The way out of ring 0. */
static void way_out(void)
{
	u32 todo = fake_softirqs;

	fake_softirqs = 0;
	if (todo & 1u << SOFTIRQ_TIMER)
		timers_run();

	choices += fake_softirqs >> SOFTIRQ_SCHED & 1;
}

static void wait_until(u64 when)
{
	while (armed <= when) {
		now = armed;
		armed = TIME_NEVER;
		interrupts++;
		fires();
		way_out();
	}
	now = when;
}

static void on_timer(struct timer *t)
{
	(void)t;
	fired++;
}

/* Somebody begins to run, with a timer of a second in the queue. */
static void up(void)
{
	now = SLICE;
	armed = TIME_NEVER;
	interrupts = choices = fired = fake_softirqs = 0;

	timers_init();
	timer_init(&far, on_timer);
	timer_init(&near, on_timer);

	timer_set(&far, now + NS_PER_SEC);
	timer_set_slice(now + SLICE, false);
	way_out();
}

START_TEST(a_slice_ends_in_a_choice)
{
	wait_until(now + SLICE);
	ck_assert_uint_eq(interrupts, 1);
	ck_assert_uint_eq(choices, 1);

	/* One that was not set again ends no more. */
	wait_until(now + 10 * SLICE);
	ck_assert_uint_eq(interrupts, 1);
}
END_TEST

/* Others come to the CPU meanwhile: the first end stands. */
START_TEST(a_slice_is_not_put_off)
{
	u64 end = now + SLICE;

	wait_until(now + SLICE / 2);
	timer_set_slice(now + SLICE, false);
	ck_assert(!fake_softirqs);

	wait_until(end);
	ck_assert_uint_eq(choices, 1);
}
END_TEST

START_TEST(a_slice_ends_sooner)
{
	timer_set_slice(now + SLICE / 4, false);
	way_out();

	wait_until(now + SLICE / 4);
	ck_assert_uint_eq(choices, 1);
}
END_TEST

START_TEST(who_idles_is_not_interrupted)
{
	timer_set_slice(TIME_NEVER, true);
	way_out();

	wait_until(now + NS_PER_SEC - 1);
	ck_assert_uint_eq(interrupts, 0);
	ck_assert_uint_eq(choices, 0);

	wait_until(now + 1);
	ck_assert_uint_eq(fired, 1);
	ck_assert_uint_eq(interrupts, 1);
}
END_TEST

/* The soonest is a timer: the hardware stays as it is, and the slice is forgotten all the same. */
START_TEST(a_sleep_is_one_interrupt)
{
	timer_set(&near, now + SLICE / 2);
	way_out();

	timer_set_slice(TIME_NEVER, true);
	ck_assert(!fake_softirqs);

	wait_until(now + 10 * SLICE);
	ck_assert_uint_eq(fired, 1);
	ck_assert_uint_eq(interrupts, 1);
	ck_assert_uint_eq(choices, 0);
}
END_TEST

/* One that is throttled will be chosen: until then the CPU idles. */
START_TEST(who_idles_may_wait_for_one)
{
	timer_set_slice(now + 5 * SLICE, true);
	way_out();

	wait_until(now + 5 * SLICE);
	ck_assert_uint_eq(interrupts, 1);
	ck_assert_uint_eq(choices, 1);
}
END_TEST

START_TEST(who_wakes_has_a_slice)
{
	timer_set_slice(TIME_NEVER, true);
	way_out();
	wait_until(now + 10 * SLICE);

	timer_set_slice(now + SLICE, false);
	way_out();
	wait_until(now + SLICE);
	ck_assert_uint_eq(choices, 1);
}
END_TEST

static Suite *suite_timers(void)
{
	Suite *s = suite_create("timers");
	TCase *t = tcase_create("timers");

	tcase_add_checked_fixture(t, up, NULL);
	tcase_add_test(t, a_slice_ends_in_a_choice);
	tcase_add_test(t, a_slice_is_not_put_off);
	tcase_add_test(t, a_slice_ends_sooner);
	tcase_add_test(t, who_idles_is_not_interrupted);
	tcase_add_test(t, a_sleep_is_one_interrupt);
	tcase_add_test(t, who_idles_may_wait_for_one);
	tcase_add_test(t, who_wakes_has_a_slice);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	return suites_run(suite_timers());
}
