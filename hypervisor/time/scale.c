/* SPDX-License-Identifier: MIT */
/* How the multiplier of a time scale is found: shift until it fills 32 bits. Pure. */
#include <lib/muldiv.h>
#include <time/time.h>

struct time_scale scale_make(u64 hz)
{
	struct time_scale s = { 0, 0 };
	u64 mul = mul_div(NS_PER_SEC, 1ul << 32, hz);

	/* hz below 1 GHz: a tick is more than a nanosecond, the multiplier would not fit. */
	while (mul >> 32) {
		s.shift++;
		mul = mul_div(NS_PER_SEC, 1ul << (32 - s.shift), hz);
	}

	while (mul < 1ul << 31 && s.shift > -30) {
		s.shift--;
		mul = mul_div(NS_PER_SEC, 1ul << (32 - s.shift), hz);
	}

	s.mul = mul;
	return s;
}
