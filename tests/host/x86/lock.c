/* SPDX-License-Identifier: MIT */
/*
 * Spinlocks on CPUs that take turns by hand: who holds a lock, what is against the order, whom a
 * spinning CPU lets go first, how long each was held, and how often it was waited for.
 */
#include <x86/cpu.h>
#include <x86/lock.h>
#include <x86/stretch.h>
#include <x86/traps.h>

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <tests/host/suites_run.h>

struct cpu_info host_cpus[MAX_CPUS];
u32 host_cpu;

static struct spinlock pages, irq, sched_a, sched_b;
static u32 panics, polls;
static bool alone;
static char last_words[100];

/* Called by a CPU that spins: CPU 0, which holds the lock, lets it go at the third time. */
void cpu_poll(void)
{
	polls++;
	if (polls < 3)
		return;

	host_cpu = 0;
	spin_unlock(&irq);
	host_cpu = 1;
}

bool cpu_alone(void)
{
	return alone;
}

void panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(last_words, sizeof(last_words), fmt, ap);
	va_end(ap);
	panics++;
}

static void up(void)
{
	for (u32 i = 0; i < MAX_CPUS; i++)
		host_cpus[i] = (struct cpu_info){ .cpu = i };
	host_cpu = panics = polls = 0;
	alone = false;

	spin_init(&pages, LOCK_PAGES);
	spin_init(&irq, LOCK_IRQ);
	spin_init(&sched_a, LOCK_SCHED);
	spin_init(&sched_b, LOCK_SCHED);
}

START_TEST(held_by_this_cpu)
{
	ck_assert(!spin_held(&irq));

	spin_lock(&irq);
	ck_assert(spin_held(&irq));
	ck_assert(!spin_held(&pages));

	host_cpu = 1;
	ck_assert(!spin_held(&irq));

	host_cpu = 0;
	spin_unlock(&irq);
	ck_assert(!spin_held(&irq));
}
END_TEST

/* Of two locks of one rank, each is known for itself, also once the other was released. */
START_TEST(two_of_one_rank)
{
	spin_lock(&sched_a);
	spin_lock(&sched_b);
	ck_assert(spin_held(&sched_a) && spin_held(&sched_b));

	spin_unlock(&sched_a);
	ck_assert(!spin_held(&sched_a) && spin_held(&sched_b));

	spin_unlock(&sched_b);
	ck_assert(!spin_held(&sched_b));
	ck_assert_uint_eq(panics, 0);
}
END_TEST

START_TEST(order)
{
	spin_lock(&pages);
	spin_lock(&irq);
	spin_lock(&sched_a);
	spin_unlock(&sched_a);
	spin_unlock(&irq);
	spin_unlock(&pages);
	ck_assert_uint_eq(panics, 0);

	/* One that was let go is no obstacle; one that is held is. */
	spin_lock(&irq);
	spin_lock(&pages);
	ck_assert_uint_eq(panics, 1);
	ck_assert_str_eq(last_words, "lock order: PAGES is taken while IRQ is held");
	ck_assert(!spin_held(&pages));

	/* Another CPU is another matter. */
	host_cpu = 1;
	spin_lock(&pages);
	ck_assert_uint_eq(panics, 1);
	ck_assert(spin_held(&pages));
}
END_TEST

START_TEST(a_spinning_cpu_polls)
{
	spin_lock(&irq);

	host_cpu = 1;
	spin_lock(&irq);
	ck_assert_uint_eq(polls, 3);
	ck_assert(spin_held(&irq));

	host_cpu = 0;
	ck_assert(!spin_held(&irq));
}
END_TEST

/* The last CPU does not wait for those that it stopped, and may take the lock again and again. */
START_TEST(the_last_cpu_waits_for_nobody)
{
	spin_lock(&irq);

	host_cpu = 1;
	alone = true;
	for (u32 i = 0; i < 3; i++) {
		spin_lock(&irq);
		ck_assert(spin_held(&irq));
		spin_unlock(&irq);
	}
	ck_assert_uint_eq(polls, 0);
}
END_TEST

/* Tickets are 16 bits: they wrap. */
START_TEST(tickets_wrap)
{
	for (u32 i = 0; i < 0x10002; i++) {
		spin_lock(&irq);
		ck_assert(spin_held(&irq));
		spin_unlock(&irq);
	}
	ck_assert(!spin_held(&irq));
	ck_assert_uint_eq(polls, 0);
}
END_TEST

static void pass(u64 cycles)
{
	u64 begin = stretch_tsc();

	while (stretch_tsc() - begin < cycles)
		;
}

/* Holds both for a while, the inner one for less, in a hypercall 12 of operation 3. */
static void hold_both(void)
{
	guest_regs()->entry_vector = TRAP_SYSCALL;
	stretch_is_hypercall(12, 3);

	spin_lock(&pages);
	pass(50 * HOLD_NOTED);
	spin_lock(&irq);
	pass(10 * HOLD_NOTED);
	spin_unlock(&irq);
	spin_unlock(&pages);
}

/* The longest hold of each rank is kept, with what the CPU did; before its start none is. */
START_TEST(holds_are_kept)
{
	struct stretch s;

	hold_both();
	ck_assert(!stretch_read(0, 0, &s));

	stretch_start();
	hold_both();
	ck_assert(stretch_read(0, 0, &s));
	ck_assert_str_eq(s.lock, "PAGES");
	ck_assert_uint_ge(s.cycles, 60 * HOLD_NOTED);
	ck_assert_uint_eq(s.kind, HOSPES_STRETCH_hypercall);
	ck_assert_uint_eq(s.number, 12);
	ck_assert_uint_eq(s.operation, 3);

	ck_assert(stretch_read(0, 1, &s));
	ck_assert_str_eq(s.lock, "IRQ");
	ck_assert_uint_ge(s.cycles, 10 * HOLD_NOTED);
	ck_assert(!stretch_read(0, 2, &s));
	ck_assert(!stretch_read(1, 0, &s));

	stretches_forget();
	ck_assert(!stretch_read(0, 0, &s));
}
END_TEST

/* An interrupt that hit ring 0 is no hypercall's doing, though one is under way. */
START_TEST(a_hold_of_an_interrupt)
{
	struct stretch s;

	stretch_start();
	stretch_is_irq(0xf0);
	hold_both();
	stretch_is_irq(0);

	ck_assert(stretch_read(0, 0, &s));
	ck_assert_uint_eq(s.kind, HOSPES_STRETCH_interrupt);
	ck_assert_uint_eq(s.number, 0xf0);
	stretches_forget();
}
END_TEST

/* Who finds a lock taken counts that, and how long it waited; who does not, nothing. */
START_TEST(waits_are_counted)
{
	struct stretch s;

	stretch_start();
	stretches_forget();
	spin_lock(&pages);
	spin_lock(&irq);
	host_cpu = 1;
	stretch_start();
	spin_lock(&irq);

	for (u32 i = 0; stretch_read(0, i, &s); i++)
		ck_assert_uint_ne(s.kind, HOSPES_STRETCH_waits);

	ck_assert(stretch_read(1, 0, &s));
	ck_assert_uint_eq(s.kind, HOSPES_STRETCH_waits);
	ck_assert_str_eq(s.lock, "IRQ");
	ck_assert_uint_eq(s.number, 1);
	ck_assert_uint_gt(s.cycles, 0);
	ck_assert(!stretch_read(1, 1, &s));

	stretches_forget();
	ck_assert(!stretch_read(1, 0, &s));
}
END_TEST

/* A second wait is added to the first. */
START_TEST(waits_add_up)
{
	struct stretch s;

	stretch_start();
	stretches_forget();
	stretch_count_wait(LOCK_IRQ, 100);
	stretch_count_wait(LOCK_VCPU, 7);
	stretch_count_wait(LOCK_IRQ, 50);

	ck_assert(stretch_read(0, 0, &s));
	ck_assert_uint_eq(s.number, 2);
	ck_assert_uint_eq(s.cycles, 150);
	ck_assert(stretch_read(0, 1, &s));
	ck_assert_str_eq(s.lock, "VCPU");
	stretches_forget();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("locks");
	TCase *t = tcase_create("spinlock");

	tcase_add_checked_fixture(t, up, NULL);
	tcase_add_test(t, held_by_this_cpu);
	tcase_add_test(t, two_of_one_rank);
	tcase_add_test(t, order);
	tcase_add_test(t, a_spinning_cpu_polls);
	tcase_add_test(t, the_last_cpu_waits_for_nobody);
	tcase_add_test(t, tickets_wrap);
	tcase_add_test(t, holds_are_kept);
	tcase_add_test(t, a_hold_of_an_interrupt);
	tcase_add_test(t, waits_are_counted);
	tcase_add_test(t, waits_add_up);
	suite_add_tcase(s, t);

	return suites_run(s);
}
