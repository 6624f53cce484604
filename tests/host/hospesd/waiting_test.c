/* SPDX-License-Identifier: MIT */
/*
 * Who has no console is tried again, the later the longer it lasts, and those that wait as long
 * together; what holds it up is said once; and a number that another domain has taken begins
 * anew.
 */
#include <check.h>
#include <stdlib.h>
#include <dom0-tools/hospesd/waiting.h>
#include <tests/host/suites_run.h>

static const uint8_t one[16] = { 1 }, two[16] = { 2 };

static void teardown(void)
{
	waiting_sweep();
	waiting_sweep();
	ck_assert_int_eq(waiting_left(0), -1);
}

START_TEST(the_pause_doubles_up_to_the_longest)
{
	int64_t now = 0, last = 0;

	ck_assert(waiting_due(5, one, now));
	for (int pause = WAITING_FIRST_MS; pause <= WAITING_LAST_MS; pause *= 2) {
		waiting_failed(5, one, now);
		last = now;
		now += waiting_left(now);
		ck_assert_int_gt(now, last);
		ck_assert_int_le(now - last, pause);
		ck_assert(!waiting_due(5, one, now - 1));
		ck_assert(waiting_due(5, one, now));
	}

	waiting_failed(5, one, now);
	ck_assert_int_eq(waiting_left(now), WAITING_LAST_MS);
}
END_TEST

START_TEST(in_a_day_one_costs_little)
{
	const int64_t day = 24 * 3600 * 1000;
	int tries = 0;

	for (int64_t now = 0; now < day; now += waiting_left(now)) {
		waiting_failed(5, one, now);
		tries++;
	}

	ck_assert_int_lt(tries, day / WAITING_LAST_MS + 16);
}
END_TEST

START_TEST(those_that_wait_as_long_are_tried_together)
{
	waiting_failed(5, one, 1000);
	waiting_failed(6, two, 1400);
	ck_assert_int_eq(waiting_left(1400), 100);
	ck_assert(waiting_due(5, one, 1500));
	ck_assert(waiting_due(6, two, 1500));
}
END_TEST

START_TEST(what_holds_it_up_is_said_once)
{
	ck_assert(waiting_tell(5));
	waiting_failed(5, one, 0);
	ck_assert(waiting_tell(5));
	ck_assert(!waiting_tell(5));
	waiting_failed(5, two, 0);
	ck_assert(waiting_tell(5));
}
END_TEST

START_TEST(another_domain_of_the_number_begins_anew)
{
	waiting_failed(5, one, 0);
	waiting_failed(5, one, 500);
	ck_assert(!waiting_due(5, one, 500));
	ck_assert(waiting_due(5, two, 500));
	ck_assert_int_eq(waiting_left(500), -1);
}
END_TEST

START_TEST(a_change_lets_all_be_tried_at_once)
{
	for (int i = 0; i < 10; i++)
		waiting_failed(5, one, waiting_left(0));
	waiting_hurry(7);
	ck_assert_int_eq(waiting_left(7), 0);
	ck_assert(waiting_due(5, one, 7));
	waiting_failed(5, one, 7);
	ck_assert_int_eq(waiting_left(7), WAITING_FIRST_MS - 7);
}
END_TEST

START_TEST(who_is_connected_or_gone_is_forgotten)
{
	waiting_failed(5, one, 0);
	waiting_failed(6, two, 0);
	waiting_done(5);
	waiting_done(5);
	ck_assert(waiting_due(5, one, 0));

	waiting_sweep();
	ck_assert(!waiting_due(6, two, 0));
	waiting_sweep();
	ck_assert(!waiting_due(6, two, 0));
	waiting_sweep();
	waiting_sweep();
	ck_assert(waiting_due(6, two, 0));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("waiting for a console");
	TCase *t = tcase_create("waiting");

	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_test(t, the_pause_doubles_up_to_the_longest);
	tcase_add_test(t, in_a_day_one_costs_little);
	tcase_add_test(t, those_that_wait_as_long_are_tried_together);
	tcase_add_test(t, what_holds_it_up_is_said_once);
	tcase_add_test(t, another_domain_of_the_number_begins_anew);
	tcase_add_test(t, a_change_lets_all_be_tried_at_once);
	tcase_add_test(t, who_is_connected_or_gone_is_forgotten);
	suite_add_tcase(s, t);
	return suites_run(s);
}
