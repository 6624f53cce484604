/* SPDX-License-Identifier: MIT */
/* Counting within a period. Pure: the caller has the clock. */
#include "throttle.h"

int throttle_left(const struct throttle *t, int64_t now)
{
	int64_t left = t->from + THROTTLE_PERIOD_MS - now;

	return left > 0 ? (int)left : 0;
}

bool throttle_event(struct throttle *t, int64_t now)
{
	if (throttle_left(t, now) == 0)
		*t = (struct throttle){ .from = now };

	if (t->events == THROTTLE_EVENTS || t->bytes >= THROTTLE_BYTES)
		return false;

	t->events++;
	return true;
}

void throttle_bytes(struct throttle *t, size_t bytes)
{
	t->bytes += bytes;
}
