/* SPDX-License-Identifier: MIT */
/*
 * How often something may be told: so many times in a period that begins with the first of them. A
 * period that is over gives all of them back. Pure; the caller holds the lock that guards it.
 */
#ifndef LIB_RATELIMIT_H
#define LIB_RATELIMIT_H

#include <lib/types.h>

struct ratelimit {
	u32 most;   /* times in a period */
	u64 period; /* in the unit of @now */
	u64 begun;
	u32 used, untold;
};

#define RATELIMIT(most_, period_)                    \
	{                                            \
		.most = (most_), .period = (period_) \
	}

/* True: tell it, at the time @now. *untold: how many were not told since the last that was. */
static inline bool ratelimit_allows(struct ratelimit *r, u64 now, u32 *untold)
{
	/* A clock that went back begins a new period too. */
	if (!r->used || now - r->begun >= r->period) {
		r->begun = now;
		r->used = 0;
	}

	if (r->used >= r->most) {
		r->untold++;
		return false;
	}

	r->used++;
	*untold = r->untold;
	r->untold = 0;
	return true;
}

#endif
