/* SPDX-License-Identifier: MIT */
/*
 * The made-up locks find each breach of their rules, which is a panic; reasons and guests' memory
 * are what a test says.
 */
#include "fail.h"
#include "guest.h"
#include "lock.h"

#include <dom/domain.h>

#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <tests/host/suites_run.h>

static struct spinlock pages, irq, events[2];

static void up(void)
{
	spin_init(&pages, LOCK_PAGES);
	spin_init(&irq, LOCK_IRQ);
	spin_init(&events[0], LOCK_EVENT);
	spin_init(&events[1], LOCK_EVENT);
}

/* --- locks: what is right --------------------------------------------------------------------- */

START_TEST(held_until_released)
{
	ck_assert(!spin_held(&pages));

	spin_lock(&pages);
	spin_lock(&irq);
	ck_assert(spin_held(&pages) && spin_held(&irq));
	ck_assert_uint_eq(fake_locks_held(), 2);

	spin_unlock(&irq);
	ck_assert(spin_held(&pages) && !spin_held(&irq));

	spin_unlock(&pages);
	ck_assert_uint_eq(fake_locks_held(), 0);
	ck_assert(!preempt_window());
}
END_TEST

START_TEST(pairs_by_rising_address)
{
	fake_lock_pairs = 1u << LOCK_EVENT;

	/* They may be released in any order. */
	for (u32 first = 0; first < 2; first++) {
		spin_lock(&events[0]);
		spin_lock(&events[1]);
		spin_unlock(&events[first]);
		ck_assert(!spin_held(&events[first]) && spin_held(&events[!first]));
		spin_unlock(&events[!first]);
	}
}
END_TEST

static void *locks_pages(void *arg)
{
	ck_assert(!spin_held(&pages));

	spin_lock(&pages);
	*(bool *)arg = true;
	spin_unlock(&pages);
	return NULL;
}

START_TEST(threads_wait_for_each_other)
{
	bool had = false;
	pthread_t t;

	fake_lock_threads = true;
	spin_lock(&pages);
	pthread_create(&t, NULL, locks_pages, &had);
	for (u32 i = 0; i < 100; i++) {
		fake_yield();
		ck_assert(!had);
	}

	spin_unlock(&pages);
	pthread_join(t, NULL);
	ck_assert(had);
}
END_TEST

/* --- locks: what is a panic ------------------------------------------------------------------- */

START_TEST(rank_must_rise)
{
	spin_lock(&irq);
	spin_lock(&pages);
}
END_TEST

START_TEST(no_pair_unless_allowed)
{
	spin_lock(&events[0]);
	spin_lock(&events[1]);
}
END_TEST

START_TEST(pair_must_rise)
{
	fake_lock_pairs = 1u << LOCK_EVENT;
	spin_lock(&events[1]);
	spin_lock(&events[0]);
}
END_TEST

START_TEST(not_twice)
{
	fake_lock_pairs = 1u << LOCK_PAGES;
	spin_lock(&pages);
	spin_lock(&pages);
}
END_TEST

START_TEST(nobody_would_release_it)
{
	pages.tickets = 1;
	spin_lock(&pages);
}
END_TEST

START_TEST(must_be_initialised)
{
	struct spinlock none = { 0 };

	spin_lock(&none);
}
END_TEST

START_TEST(highest_rank_first)
{
	spin_lock(&pages);
	spin_lock(&irq);
	spin_unlock(&pages);
}
END_TEST

START_TEST(released_without_being_held)
{
	spin_lock(&pages);
	spin_unlock(&irq);
}
END_TEST

START_TEST(no_preemption_with_a_lock)
{
	spin_lock(&pages);
	preempt_window();
}
END_TEST

START_TEST(nobody_to_wait_for)
{
	cpu_poll();
}
END_TEST

/* --- preemption, reasons, guests' memory ------------------------------------------------------ */

START_TEST(preempts_once)
{
	fake_preempt_after = 2;
	ck_assert(!preempt_window());
	ck_assert(preempt_window());
	ck_assert(!preempt_window());
}
END_TEST

START_TEST(last_reason_is_kept)
{
	fail_reason(-EINVAL, __func__, "frame %#x is pinned", 0x12);
	fail_reason(-EPERM, __func__, "d%u may not", 7);
	ck_assert_str_eq(fake_reason, "d7 may not");
	ck_assert(fake_reason_has("may not") && !fake_reason_has("pinned"));
	ck_assert_uint_eq(fake_refusals, 2);

	fake_reason_clear();
	ck_assert(!fake_reason_has("may not"));
}
END_TEST

START_TEST(guests_memory_to_the_byte)
{
	char memory[16] = "", copy[16] = "";

	/* Before a test says more, there is none. */
	ck_assert_int_eq(guest_copy_in(copy, memory, 1), -EFAULT);

	fake_guest_memory(memory + 1, memory + 15);
	ck_assert_int_eq(guest_copy_out(memory + 1, copy, 14), 0);
	ck_assert_int_eq(guest_copy_in(copy, memory + 14, 1), 0);
	ck_assert_int_eq(guest_copy_in(copy, memory, 1), -EFAULT);
	ck_assert_int_eq(guest_copy_in(copy, memory + 2, 14), -EFAULT);
	ck_assert_int_eq(guest_copy_in(copy, memory + 15, 1), -EFAULT);
	ck_assert_int_eq(guest_copy_in(copy, memory + 2, ~0ul), -EFAULT);
	ck_assert_int_eq(guest_copy_in(copy, NULL, 0), 0);
}
END_TEST

int main(void)
{
	const TTest *const sound[] = {
		held_until_released, pairs_by_rising_address, threads_wait_for_each_other,
		preempts_once,       last_reason_is_kept,     guests_memory_to_the_byte,
	};
	const TTest *const panics[] = {
		rank_must_rise,     no_pair_unless_allowed,      pair_must_rise,
		not_twice,          nobody_would_release_it,     must_be_initialised,
		highest_rank_first, released_without_being_held, no_preemption_with_a_lock,
		nobody_to_wait_for,
	};
	Suite *s = suite_create("what tests make up");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, up, NULL);
	for (u32 i = 0; i < ARRAY_SIZE(sound); i++)
		tcase_add_test(t, sound[i]);
	for (u32 i = 0; i < ARRAY_SIZE(panics); i++)
		tcase_add_test_raise_signal(t, panics[i], SIGABRT);
	suite_add_tcase(s, t);

	return suites_run(s);
}
