/* SPDX-License-Identifier: MIT */
/* Ticks of a counter to nanoseconds, in pvclock's form. Pure. */
#ifndef TIME_SCALE_H
#define TIME_SCALE_H

#include <time/time.h>

/* The scale of a counter of @hz ticks a second: mul has its top bit set, so 31 bits of precision at least. @hz > 0. */
struct time_scale scale_make(u64 hz);

static inline u64 scale_apply(const struct time_scale *s, u64 ticks)
{
	ticks = s->shift >= 0 ? ticks << s->shift : ticks >> -s->shift;
	return (u64)((unsigned __int128)ticks * s->mul >> 32);
}

#endif
