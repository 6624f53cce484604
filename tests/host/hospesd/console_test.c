/* SPDX-License-Identifier: MIT */
/*
 * Consoles without a hypervisor: the ring's arithmetic against a guest that writes nonsense, how
 * much of our time it gets, and what is decided when a domain stops.
 */
#include <check.h>
#include <string.h>
#include <pvabi/sched.h>
#include <dom0-tools/domain/decide.h>
#include <dom0-tools/hospesd/ring.h>
#include <dom0-tools/hospesd/throttle.h>
#include <tests/host/suites_run.h>

/* The page lies between two others that must not change. */
static struct {
	char before[4096];
	struct xencons_interface page;
	char after[4096];
} shared;
static struct console_ring ring;
static char text[RING_OUT_SIZE + 1];

static void setup(void)
{
	memset(&shared, 0x5a, sizeof(shared));
	memset(&shared.page, 0, sizeof(shared.page));
}

static void check_fences(void)
{
	for (size_t i = 0; i < sizeof(shared.before); i++)
		ck_assert(shared.before[i] == 0x5a && shared.after[i] == 0x5a);
}

static void guest_says(const char *what)
{
	for (; *what; what++)
		shared.page.out[shared.page.out_prod++ & (RING_OUT_SIZE - 1)] = *what;
}

static void expect(const char *what)
{
	size_t n = ring_peek(&ring, text);

	text[n] = '\0';
	ck_assert_str_eq(text, what);
	ring_consume(&ring, n);
}

START_TEST(output_comes_in_order_over_every_wrap)
{
	static const uint32_t starts[] = { 0, 2047, 2048, 0x7ffffffe, 0xfffffffd };

	setup();
	shared.page.out_cons = shared.page.out_prod = starts[_i];
	ring_open(&ring, &shared.page);
	expect("");
	guest_says("hello");
	expect("hello");
	ck_assert_uint_eq(shared.page.out_cons, starts[_i] + 5);
	guest_says("world");
	expect("world");
	expect("");
	ck_assert_uint_eq(ring.faults, 0);
}
END_TEST

START_TEST(a_full_ring_is_taken_whole)
{
	setup();
	shared.page.out_cons = shared.page.out_prod = 100;
	ring_open(&ring, &shared.page);
	for (size_t i = 0; i < RING_OUT_SIZE; i++)
		guest_says("x");
	ck_assert_uint_eq(ring_peek(&ring, text), RING_OUT_SIZE);
	ring_consume(&ring, RING_OUT_SIZE);
	expect("");
	ck_assert_uint_eq(ring.faults, 0);
}
END_TEST

START_TEST(what_was_not_consumed_comes_again)
{
	setup();
	ring_open(&ring, &shared.page);
	guest_says("once");
	ck_assert_uint_eq(ring_peek(&ring, text), 4);
	ring_open(&ring, &shared.page); /* the daemon died before it consumed */
	expect("once");
}
END_TEST

START_TEST(nonsense_indexes_are_skipped)
{
	setup();
	ring_open(&ring, &shared.page);
	shared.page.out_prod = (uint32_t)(RING_OUT_SIZE + 1 + (size_t)_i * 0x1fffffff);
	ck_assert_uint_eq(ring_peek(&ring, text), 0);
	ck_assert_uint_eq(ring.faults, 1);
	ck_assert_uint_eq(shared.page.out_cons, shared.page.out_prod);
	guest_says("again");
	expect("again");
	check_fences();
}
END_TEST

START_TEST(the_guest_cannot_move_our_index)
{
	setup();
	ring_open(&ring, &shared.page);
	guest_says("abc");
	shared.page.out_cons = 0xdeadbeef;
	expect("abc");
	ck_assert_uint_eq(shared.page.out_cons, 3);
}
END_TEST

START_TEST(input_fills_and_stops)
{
	char much[2000];

	setup();
	memset(much, 'i', sizeof(much));
	ring_open(&ring, &shared.page);
	ck_assert_uint_eq(ring_put(&ring, much, sizeof(much)), 1024);
	ck_assert_uint_eq(ring_put(&ring, much, 1), 0);
	shared.page.in_cons += 10;
	ck_assert_uint_eq(ring_put(&ring, much, sizeof(much)), 10);
	ck_assert_uint_eq(shared.page.in_prod, 1034);
	check_fences();
	for (size_t i = 0; i < sizeof(shared.page.out); i++)
		ck_assert_int_eq(shared.page.out[i], 0);
}
END_TEST

START_TEST(input_with_nonsense_indexes_is_refused)
{
	setup();
	ring_open(&ring, &shared.page);
	shared.page.in_cons = 1; /* ahead of what we gave */
	ck_assert_uint_eq(ring_put(&ring, "abc", 3), 0);
	shared.page.in_cons = 0x80000000;
	ck_assert_uint_eq(ring_put(&ring, "abc", 3), 0);
	ck_assert_uint_eq(ring.faults, 2);
	shared.page.in_cons = 0;
	ck_assert_uint_eq(ring_put(&ring, "abc", 3), 3);
}
END_TEST

/* Everything the guest can write, at random, for a while: no byte outside the rings changes. */
START_TEST(a_wild_guest_does_no_harm)
{
	unsigned int seed = 7;

	setup();
	ring_open(&ring, &shared.page);
	for (int round = 0; round < 200000; round++) {
		uint32_t *words = (uint32_t *)(void *)&shared.page;

		seed = seed * 1103515245 + 12345;
		words[(seed >> 8) % (sizeof(shared.page) / 4)] = seed >> (seed & 15);
		ck_assert_uint_le(ring_peek(&ring, text), RING_OUT_SIZE);
		ring_consume(&ring, seed & 3);
		ck_assert_uint_le(ring_put(&ring, "input", 5), 5);
	}
	check_fences();
}
END_TEST

/* A guest that never stops gets so many turns in a period, and as many in the next. */
START_TEST(a_guest_wakes_us_so_often_only)
{
	struct throttle t = { 0 };
	int64_t now = 1000000;

	for (int period = 0; period < 3; period++, now += THROTTLE_PERIOD_MS) {
		for (int i = 0; i < THROTTLE_EVENTS; i++)
			ck_assert(throttle_event(&t, now));

		ck_assert(!throttle_event(&t, now));
		ck_assert(!throttle_event(&t, now + THROTTLE_PERIOD_MS - 1));
		ck_assert_int_eq(throttle_left(&t, now), THROTTLE_PERIOD_MS);
		ck_assert_int_eq(throttle_left(&t, now + THROTTLE_PERIOD_MS), 0);
	}
}
END_TEST

START_TEST(a_guest_says_so_much_only)
{
	struct throttle t = { 0 };
	size_t bytes = 0;

	while (throttle_event(&t, 5000)) {
		throttle_bytes(&t, RING_OUT_SIZE);
		bytes += RING_OUT_SIZE;
	}
	ck_assert_uint_eq(bytes, THROTTLE_BYTES);
	ck_assert(throttle_event(&t, 5000 + THROTTLE_PERIOD_MS));
}
END_TEST

START_TEST(each_stop_has_its_action)
{
	struct domain_config c = {
		.on_poweroff = CONFIG_DESTROY,
		.on_reboot = CONFIG_RESTART,
		.on_crash = CONFIG_PRESERVE,
	};

	ck_assert_int_eq(decide_action(&c, SHUTDOWN_poweroff), CONFIG_DESTROY);
	ck_assert_int_eq(decide_action(&c, SHUTDOWN_reboot), CONFIG_RESTART);
	ck_assert_int_eq(decide_action(&c, SHUTDOWN_crash), CONFIG_PRESERVE);
	c.on_crash = CONFIG_RESTART;
	ck_assert_int_eq(decide_action(&c, SHUTDOWN_watchdog), CONFIG_RESTART);
	ck_assert_int_eq(decide_action(&c, SHUTDOWN_suspend), CONFIG_PRESERVE);
	c.on_poweroff = CONFIG_RESTART;
	ck_assert_int_eq(decide_action(&c, 255), CONFIG_PRESERVE);
	ck_assert_str_eq(decide_reason(SHUTDOWN_crash), "crashed");
	ck_assert_str_eq(decide_reason(255), "stopped");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("console");
	TCase *t = tcase_create("console");

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, output_comes_in_order_over_every_wrap, 0, 5);
	tcase_add_test(t, a_full_ring_is_taken_whole);
	tcase_add_test(t, what_was_not_consumed_comes_again);
	tcase_add_loop_test(t, nonsense_indexes_are_skipped, 0, 8);
	tcase_add_test(t, the_guest_cannot_move_our_index);
	tcase_add_test(t, input_fills_and_stops);
	tcase_add_test(t, input_with_nonsense_indexes_is_refused);
	tcase_add_test(t, a_wild_guest_does_no_harm);
	tcase_add_test(t, a_guest_wakes_us_so_often_only);
	tcase_add_test(t, a_guest_says_so_much_only);
	tcase_add_test(t, each_stop_has_its_action);
	suite_add_tcase(s, t);

	return suites_run(s);
}
