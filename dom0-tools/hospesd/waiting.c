/* SPDX-License-Identifier: MIT */
/* One record a domain that waits; who is connected has none, so the list is short. */
#include "waiting.h"

#include <stdlib.h>
#include <string.h>
#include <pvabi/xen.h>

struct waiting {
	struct waiting *next;
	uint32_t domid;
	uint8_t uuid[16];
	int64_t at; /* the next try */
	int pause;  /* before the one after it, in ms */
	bool told, seen;
};

static struct waiting *all;
static struct waiting *numbered[DOMID_FIRST_RESERVED];

/* A number that another domain has taken begins anew. */
static struct waiting *find_same(uint32_t domid, const uint8_t uuid[16])
{
	struct waiting *w = numbered[domid];

	if (w == NULL || memcmp(w->uuid, uuid, sizeof(w->uuid)) == 0)
		return w;

	waiting_done(domid);
	return NULL;
}

static struct waiting *make(uint32_t domid, const uint8_t uuid[16])
{
	struct waiting *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;

	w->domid = domid;
	memcpy(w->uuid, uuid, sizeof(w->uuid));
	w->pause = WAITING_FIRST_MS;
	w->next = all;
	all = w;
	numbered[domid] = w;
	return w;
}

bool waiting_due(uint32_t domid, const uint8_t uuid[16], int64_t now)
{
	struct waiting *w = find_same(domid, uuid);

	if (w == NULL)
		return true;

	w->seen = true;
	return w->at <= now;
}

/* Those that have waited for about as long are tried together: at the multiples of their pause. */
void waiting_failed(uint32_t domid, const uint8_t uuid[16], int64_t now)
{
	struct waiting *w = find_same(domid, uuid);

	if (w == NULL)
		w = make(domid, uuid);
	/* Out of memory: the next look tries again. */
	if (w == NULL)
		return;

	w->seen = true;
	w->at = (now / w->pause + 1) * w->pause;
	if (w->pause < WAITING_LAST_MS)
		w->pause *= 2;
}

bool waiting_tell(uint32_t domid)
{
	struct waiting *w = numbered[domid];

	if (w == NULL || w->told)
		return w == NULL;

	w->told = true;
	return true;
}

/* Takes it out of the list at @at. */
static void forget(struct waiting **at)
{
	struct waiting *w = *at;

	*at = w->next;
	numbered[w->domid] = NULL;
	free(w);
}

void waiting_done(uint32_t domid)
{
	struct waiting **at = &all;

	if (numbered[domid] == NULL)
		return;

	while (*at != numbered[domid])
		at = &(*at)->next;
	forget(at);
}

void waiting_hurry(int64_t now)
{
	for (struct waiting *w = all; w != NULL; w = w->next) {
		w->at = now;
		w->pause = WAITING_FIRST_MS;
	}
}

int waiting_left(int64_t now)
{
	int64_t first = INT64_MAX;

	for (const struct waiting *w = all; w != NULL; w = w->next)
		if (w->at < first)
			first = w->at;

	if (first == INT64_MAX)
		return -1;

	return first > now ? (int)(first - now) : 0;
}

void waiting_sweep(void)
{
	struct waiting **at = &all;

	while (*at != NULL) {
		if (!(*at)->seen) {
			forget(at);
			continue;
		}

		(*at)->seen = false;
		at = &(*at)->next;
	}
}
