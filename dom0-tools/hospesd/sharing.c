/* SPDX-License-Identifier: MIT */
/*
 * The acting half: from a look at the host to the numbers that memory_share.c decides with, and
 * from what it decides to balloons, each in its domain's turn. Who is just being acted on by
 * somebody else is asked at the next look.
 */
#include "sharing.h"

#include <stdlib.h>
#include <string.h>
#include <dom0-tools/base/clock.h>
#include <dom0-tools/domain/domain_memory.h>
#include <dom0-tools/domain/memory_notes.h>
#include <dom0-tools/domain/memory_share.h>
#include <dom0-tools/domain/turn.h>
#include "note.h"
#include "tightness.h"

/* Between two looks: while all have what they are to have, and while memory moves. */
#define LOOK_MS        500
#define LOOK_MOVING_MS 250
/* Kept free, for the hypervisor's own needs of a new domain and pages in transit. */
#define RESERVE_KIB (24UL * 1024)
/* A balloon that has stood still for so many looks while its guest said the same: what it says is
 * about the size that it has. */
#define STILL_LOOKS 3

/* What is remembered of one between two looks. */
struct sharer {
	struct sharer *next;
	uint8_t uuid[16];
	bool seen;
	uint64_t now, said_total; /* at the last look */
	unsigned int still;       /* looks since either changed */
	uint64_t own, uses;
};

static bool on;
static uint64_t floor_kib;
static int64_t look_at;
static struct sharer *sharers;

int sharing_begin(uint64_t kib, struct hospes_error *err)
{
	int rc = memory_sharing_begin(err);

	if (rc < 0)
		return rc;

	on = true;
	floor_kib = kib;
	look_at = clock_ms();
	return 0;
}

int sharing_left_ms(void)
{
	return on ? clock_left_ms(look_at) : -1;
}

/* NULL without memory: it is looked at next time. */
static struct sharer *sharer_find(const uint8_t uuid[16])
{
	struct sharer *s = sharers;

	while (s != NULL && memcmp(s->uuid, uuid, sizeof(s->uuid)) != 0)
		s = s->next;
	if (s != NULL)
		return s;

	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;

	memcpy(s->uuid, uuid, sizeof(s->uuid));
	s->next = sharers;
	sharers = s;
	return s;
}

static void sharers_forget(void)
{
	struct sharer **at = &sharers;

	while (*at != NULL) {
		struct sharer *s = *at;

		if (s->seen) {
			s->seen = false;
			at = &s->next;
			continue;
		}

		*at = s->next;
		free(s);
	}
}

/*
 * What its kernel keeps for itself does not change; while the balloon moves, what the guest said is
 * about another size than it has by now, and the difference would show as use.
 */
static void sharer_look(struct sharer *s, const struct memory_guest *g, struct share *share)
{
	uint64_t before = s->uses;
	bool first = s->said_total == 0;

	s->seen = true;
	s->still = s->now == g->now && s->said_total == g->said_total ? s->still + 1 : 0;
	s->now = g->now;
	s->said_total = g->said_total;
	if (first || s->still >= STILL_LOOKS)
		s->own = memory_guest_own(g);

	s->uses = memory_guest_uses(g, s->own);
	share->uses = s->uses;
	if (before != 0 && s->uses > before)
		share->grew = s->uses - before;
}

/* Domain 0 is nobody's guest: it never has to give what it uses. */
static void share_keep_use(struct share *s)
{
	uint64_t need = share_need(s);

	if (need > s->now)
		need = s->now;
	if (need > s->guaranteed)
		s->guaranteed = need;
}

/* False: it takes no part, or cannot at present. */
static bool share_fill(const struct memory_guest *g, struct share *share)
{
	struct sharer *s;

	if (!g->shares || !g->runs)
		return false;

	s = sharer_find(g->uuid);
	if (s == NULL)
		return false;

	*share = (struct share){
		.guaranteed = g->guaranteed,
		.wished = g->wished,
		.now = g->now,
		.target = g->target,
	};
	if (share->guaranteed < MEMORY_FLOOR_KIB)
		share->guaranteed = MEMORY_FLOOR_KIB;
	if (share->wished < share->guaranteed)
		share->wished = share->guaranteed;

	sharer_look(s, g, share);
	if (g->domid == 0)
		share_keep_use(share);
	return true;
}

/* A guest that somebody else is at is asked next time, as is one that could not be asked. */
static void ask(struct host *h, domid_t domid, uint64_t kib)
{
	struct turn t;

	if (turn_find_number(h, domid, &t, NULL) < 0)
		return;
	if (turn_take(h, &t, INTENT_MEMORY, 0, NULL, NULL) < 0)
		return;

	if (t.alive && t.domid == domid)
		ignore(memory_ask(h, domid, kib, false, NULL));
	turn_end(&t);
}

/* Those that give back first: what they give is there the sooner. */
static void ask_all(struct host *h, const struct share *shares, const domid_t *domids, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (shares[i].ask != 0 && shares[i].ask < shares[i].target)
			ask(h, domids[i], shares[i].ask);
	}

	for (size_t i = 0; i < count; i++) {
		if (shares[i].ask > shares[i].target)
			ask(h, domids[i], shares[i].ask);
	}
}

/* @shares and @domids have room for all. Returns whether memory still moves. */
static bool share_all(struct host *h, const struct memory_view *view, struct share *shares,
		      domid_t *domids)
{
	uint64_t wishes = memory_wishes(view), supply, have = 0;
	uint64_t spare = memory_above(view->free, RESERVE_KIB + wishes);
	size_t count = 0;
	bool moving;

	for (unsigned int i = 0; i < view->count; i++) {
		if (!share_fill(&view->guests[i], &shares[count]))
			continue;

		have += shares[count].now;
		domids[count++] = view->guests[i].domid;
	}

	/* What is wanted beyond what is free must come from those who share. */
	supply = memory_above(have + view->free, RESERVE_KIB + wishes);
	memory_share(shares, count, supply);
	moving = memory_plan(shares, count, spare, memory_view_spare(view) < wishes);
	ask_all(h, shares, domids, count);
	return moving || wishes != 0;
}

static bool look(struct host *h, const struct memory_view *view)
{
	struct share *shares = calloc(view->count + 1, sizeof(*shares));
	domid_t *domids = calloc(view->count + 1, sizeof(*domids));
	bool moving = false;

	if (shares != NULL && domids != NULL)
		moving = share_all(h, view, shares, domids);

	free(shares);
	free(domids);
	sharers_forget();
	return moving;
}

static void node_write(struct host *h, const char *name, uint64_t kib)
{
	char path[64];

	snprintf(path, sizeof(path), "/local/domain/0/memory/%s", name);
	if (store_printf(h->store, STORE_NO_TXN, path, "%llu", (unsigned long long)kib) < 0)
		note("the store does not take %s: domain 0 keeps its memory", path);
}

/*
 * Nobody creates domain 0: what was agreed with it is written here. The most is what it had when
 * its memory was shared first, which a later hospesd finds in the store.
 */
static void control_domain_joins(struct host *h, const struct memory_guest *g)
{
	static bool joined;

	if (g->domid != 0 || (joined && g->shares))
		return;

	if (g->wished == 0)
		node_write(h, "static-max", g->now);
	if (g->target == 0)
		node_write(h, "target", g->now);
	node_write(h, "guaranteed", floor_kib < g->now ? floor_kib : g->now);
	joined = true;
}

/* Returns whether memory moves. */
static bool look_around(struct host *h)
{
	struct memory_view view;
	bool moving = false;

	if (memory_view_read(h, &view, NULL) == 0) {
		if (view.count > 0)
			control_domain_joins(h, &view.guests[0]);
		tightness_look(&view, clock_ms());
		moving = look(h, &view);
	}

	memory_view_free(&view);
	return moving;
}

bool sharing_tick(struct host *h)
{
	bool moving;

	if (!on || clock_left_ms(look_at) > 0)
		return false;

	moving = h->store != NULL && look_around(h);
	look_at = clock_ms() + (moving ? LOOK_MOVING_MS : LOOK_MS);
	return true;
}
