/* SPDX-License-Identifier: MIT */
/* One state, what was told last, and since when it is otherwise. */
#include "tightness.h"

#include <inttypes.h>
#include <stdio.h>
#include "feed.h"

#define KIB_PER_MIB 1024UL

static bool told_tight;
static bool turning; /* it is otherwise than was told ... */
static int64_t turning_since;

/* What is told as tight stays so down to the lower bound. */
static bool is_so(uint64_t part, uint64_t whole)
{
	if (told_tight)
		return part * 100 > whole * MEMORY_EASED_PERCENT;

	return memory_is_tight(part, whole);
}

static void tell(const struct memory_sum *sum, uint64_t total)
{
	bool by_use = sum->used > sum->held;
	struct happening h = { .what = told_tight ? "memory-tight" : "memory-eased" };
	char why[96];

	snprintf(why, sizeof(why), "%" PRIu64 " of %" PRIu64 " MiB are %s",
		 (by_use ? sum->used : sum->held) / KIB_PER_MIB, total / KIB_PER_MIB,
		 by_use ? "in use" : "guaranteed or not shared");
	h.why = why;
	feed_tell(&h);
}

void tightness_look(const struct memory_view *view, int64_t now_ms)
{
	struct memory_sum sum = memory_view_sum(view);
	bool tight = is_so(sum.used, view->total) || is_so(sum.held, view->total);

	if (tight == told_tight) {
		turning = false;
		return;
	}

	if (!turning)
		turning_since = now_ms;
	turning = true;
	if (now_ms - turning_since < (tight ? TIGHT_MS : EASED_MS))
		return;

	told_tight = tight;
	turning = false;
	tell(&sum, view->total);
}
