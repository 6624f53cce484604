/* SPDX-License-Identifier: MIT */
/*
 * How a guest kernel tells its verdicts: one line a claim, then a count. The runner
 * (tests/guest/run) reads them from the console's log. A kernel whose claim is that the domain is
 * crashed says so by crash_expected just before; what follows must not be reached.
 */
#ifndef TESTS_GUEST_TEST_H
#define TESTS_GUEST_TEST_H

#include <pvabi/errno.h>
#include <pvabi/kit/kit.h>

/* Addresses that are never the guest's. */
#define HV_FIRST      0xffff800000000000ul
#define HV_INSIDE     0xffff830000001000ul
#define HV_LAST_PAGE  0xffff87fffffff000ul
#define NON_CANONICAL 0x0000800000000000ul

#define SECOND 1000000000ul /* in nanoseconds, the unit of all times here */

/* Holds, with what is claimed; the verdict is given back. */
bool ok(bool holds, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A call's answer is what it must be. */
bool ok_is(long got, long want, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* It was refused, whatever the number: negative, and not -ENOSYS, which would mean that nothing was
 * tried. */
bool ok_refused(long got, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/*
 * With again=1 on the command line this is true, and what holds is not told any more: the kernel is
 * there to trouble another one, for ever.
 */
bool test_again(void);
void skip(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void crash_expected(void);
void test_main(void); /* the test's own */
void test_end(void);  /* tells the counts */

/* The bytes at an address, read or written as a guest kernel would: the vector if it trapped. */
int try_read(u64 addr, u64 *value);
int try_write(u64 addr, u64 value);

u64 cmdline_number(const char *word, u64 otherwise); /* word=NUMBER of the command line */
/*
 * Repeats itself on each vcpu: begins at seed= of the command line, with other numbers on another.
 */
u32 random_next(void);
static inline u32 below(u32 n)
{
	return random_next() % n;
}
/* Counts for all vcpus. */
static inline void count(u64 *what)
{
	__atomic_add_fetch(what, 1, __ATOMIC_RELAXED);
}

/*
 * A race: vcpus_run(vcpu_count(), racer, NULL), whose racer goes on while this says so: from the
 * first asking until seconds= of the command line have passed.
 */
#define RACE_SECONDS 5
bool race_goes_on(void);

/* The page holds nothing but this word; it is filled with it. */
bool page_is(const volatile u64 *page, u64 word);
void page_fill(volatile u64 *page, u64 word);
/*
 * Some words, with the vcpu's number in bits 12 and on, to an address where a mapping is, was or
 * will be: counts those that got through.
 */
void words_try(u64 va, u64 word, u64 *written);
/* Pages of this domain now. */
long pages_reserved(void);

#endif
