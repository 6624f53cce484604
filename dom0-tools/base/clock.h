/* SPDX-License-Identifier: MIT */
/*
 * The monotonic clock, for intervals and deadlines: it does not jump when somebody sets the time.
 * A deadline is a value of clock_ms().
 */
#ifndef HOSPES_BASE_CLOCK_H
#define HOSPES_BASE_CLOCK_H

#include <stdint.h>

int64_t clock_ns(void);
int64_t clock_ms(void);

/* Milliseconds until @deadline, 0 when it has passed: a timeout as poll() takes it. */
int clock_left_ms(int64_t deadline);

/* Sleeps for all of @ms milliseconds, also when signals arrive meanwhile. */
void clock_sleep_ms(int ms);

#endif
