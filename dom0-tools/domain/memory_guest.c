/* SPDX-License-Identifier: MIT */
/*
 * The numbers of domains, one and all. Some are a guest's word: what cannot be true is taken as not
 * said. Pure.
 */
#include <stdlib.h>
#include <string.h>
#include <dom0-tools/config/config.h>
#include "memory_view.h"

uint64_t memory_number(const char *text)
{
	size_t digits = strspn(text, "0123456789");
	uint64_t number;

	if (digits == 0 || text[digits] != '\0')
		return 0;

	/* Too many digits give the greatest number there is. */
	number = strtoull(text, NULL, 10);
	return number <= CONFIG_MEMORY_MAX_KIB ? number : 0;
}

void memory_guest_check(struct memory_guest *g)
{
	if (g->target == 0 || g->wished == 0)
		g->guaranteed = 0;
	if (g->guaranteed > g->wished)
		g->guaranteed = g->wished;
	g->shares = g->guaranteed != 0;

	if (g->said_free <= g->said_total && g->said_total <= g->now + g->wished)
		return;

	g->said_total = 0;
	g->said_free = 0;
}

uint64_t memory_guest_own(const struct memory_guest *g)
{
	return g->now > g->said_total ? g->now - g->said_total : 0;
}

uint64_t memory_guest_uses(const struct memory_guest *g, uint64_t own)
{
	if (g->said_total == 0)
		return 0;

	return g->said_total - g->said_free + own;
}

bool memory_is_tight(uint64_t part, uint64_t whole)
{
	return part * 100 > whole * MEMORY_TIGHT_PERCENT;
}

struct memory_sum memory_view_sum(const struct memory_view *view)
{
	struct memory_sum sum = { 0 };

	for (unsigned int i = 0; i < view->count; i++) {
		const struct memory_guest *g = &view->guests[i];
		uint64_t uses = memory_guest_uses(g, memory_guest_own(g));

		sum.held += g->shares ? g->guaranteed : g->now;
		sum.wished += g->shares ? g->wished : g->now;
		sum.used += uses != 0 ? uses : g->now;
	}

	return sum;
}

uint64_t memory_view_reclaimable(const struct memory_view *view)
{
	uint64_t kib = 0;

	for (unsigned int i = 0; i < view->count; i++) {
		const struct memory_guest *g = &view->guests[i];

		if (g->shares && g->runs && g->now > g->guaranteed)
			kib += g->now - g->guaranteed;
	}

	return kib;
}

uint64_t memory_view_spare(const struct memory_view *view)
{
	uint64_t kib = view->free;

	for (unsigned int i = 0; i < view->count; i++) {
		const struct memory_guest *g = &view->guests[i];
		uint64_t promised = g->shares && g->target > g->now ? g->target - g->now : 0;

		kib -= promised < kib ? promised : kib;
	}

	return kib;
}
