/* SPDX-License-Identifier: MIT */
/* From counts to rates. A domain is identified by number and UUID, because numbers are reused. */
#include "domain_usage.h"

#include <string.h>

static const struct domain_usage *usage_find(const struct usage *usage,
					     const struct domain_usage *wanted)
{
	for (unsigned int i = 0; i < usage->count; i++)
		if (usage->domains[i].domid == wanted->domid &&
		    memcmp(usage->domains[i].handle, wanted->handle, sizeof(wanted->handle)) == 0)
			return &usage->domains[i];

	return NULL;
}

/* A counter that went back was reset: the device was detached and attached again. */
static double rate(uint64_t before, uint64_t now, double seconds)
{
	return now > before ? (double)(now - before) / seconds : 0;
}

void usage_rates(const struct usage *before, const struct usage *now, struct usage_rate *rates)
{
	double seconds = (double)(now->time_ns - before->time_ns) / 1e9;

	for (unsigned int i = 0; i < now->count; i++) {
		const struct domain_usage *new = &now->domains[i], *old = usage_find(before, new);
		struct usage_rate *r = &rates[i];

		*r = (struct usage_rate){ .domain = new };
		if (now->memory_kib > 0)
			r->memory_percent = 100 * (double)new->memory_kib / (double)now->memory_kib;
		if (old == NULL || seconds <= 0)
			continue;

		r->cpu_percent = rate(old->cpu_ns, new->cpu_ns, seconds) / 1e7;
		r->net_rx = rate(old->net_rx, new->net_rx, seconds);
		r->net_tx = rate(old->net_tx, new->net_tx, seconds);
		r->disk_read = rate(old->disk_read, new->disk_read, seconds);
		r->disk_written = rate(old->disk_written, new->disk_written, seconds);
	}
}
