/* SPDX-License-Identifier: MIT */
/* The monotonic clock. */
#include "clock.h"

#include <errno.h>
#include <limits.h>
#include <time.h>

#define NS_PER_S  1000000000L
#define NS_PER_MS 1000000L
#define MS_PER_S  1000

int64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

int64_t clock_ms(void)
{
	return clock_ns() / NS_PER_MS;
}

int clock_left_ms(int64_t deadline)
{
	int64_t left = deadline - clock_ms();

	if (left < 0)
		return 0;

	return left < INT_MAX ? (int)left : INT_MAX;
}

void clock_sleep_ms(int ms)
{
	struct timespec left = { ms / MS_PER_S, ms % MS_PER_S * NS_PER_MS };

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		continue;
}
