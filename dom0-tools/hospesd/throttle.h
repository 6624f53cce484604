/* SPDX-License-Identifier: MIT */
/*
 * What one guest's console may cost dom0: so many wake-ups and so many bytes in a period. A guest
 * that wants more waits for the next one, and its ring fills meanwhile; nothing is lost. Pure.
 */
#ifndef HOSPES_HOSPESD_THROTTLE_H
#define HOSPES_HOSPESD_THROTTLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define THROTTLE_PERIOD_MS 100
/* A wake-up costs some 20 us, so this is a tenth of a CPU. Linux says a line in one to five. */
#define THROTTLE_EVENTS 500
/* 2.5 MB a second, to a disk that others use too. A boot of Debian says 30 KiB in all. */
#define THROTTLE_BYTES (256 * 1024)

struct throttle {
	int64_t from; /* when the period began, in milliseconds of clock_ms() */
	unsigned int events;
	size_t bytes;
};

/* Counts a wake-up at @now. False: it is one too many, and must wait for throttle_left(). */
bool throttle_event(struct throttle *t, int64_t now);
/* Counts bytes that a wake-up has brought. */
void throttle_bytes(struct throttle *t, size_t bytes);
/* Milliseconds from @now to the next period; 0: it has begun. */
int throttle_left(const struct throttle *t, int64_t now);

#endif
