/* SPDX-License-Identifier: MIT */
/* Looks again and again how much is free. Who gives back, and how fast, is hospesd's business. */
#include "memory_await.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <dom0-tools/base/clock.h>
#include <dom0-tools/base/progress.h>
#include "domain_find.h"

/* A balloon gives some hundred MiB a second; a guest that swaps takes its time. */
#define AWAIT_MS      30000
#define AWAIT_STEP_MS 100
#define MS_PER_S      1000
#define KIB_PER_MIB   1024
/* Pages in transit. */
#define NEAR_KIB 1024
/* Names in a message: a line holds some. */
#define NAMED_MAX  3
#define NAMES_TEXT 160

/* "d3 (web), d5 (db)": who was asked to give back, and has not. */
static void debtors(struct host *h, const struct memory_view *view, char text[NAMES_TEXT])
{
	char name[DOMAIN_NAME_MAX];
	size_t used = 0;
	int named = 0;

	snprintf(text, NAMES_TEXT, "nobody");
	for (unsigned int i = 0; i < view->count && named < NAMED_MAX; i++) {
		const struct memory_guest *g = &view->guests[i];

		if (!g->shares || !g->runs || g->now <= g->target + NEAR_KIB)
			continue;

		domain_name(h, g->domid, name);
		snprintf(text + used, NAMES_TEXT - used, "%sd%u (%.32s)", named > 0 ? ", " : "",
			 g->domid, name);
		used = strlen(text);
		named++;
	}
}

static int too_little(const struct memory_view *view, uint64_t kib, struct hospes_error *err)
{
	return error_set(err, -ENOMEM,
			 "%" PRIu64 " MiB of memory are needed, %" PRIu64
			 " MiB are free, and all others can give back %" PRIu64
			 " MiB: what is left is guaranteed to them. See `hospes memory`",
			 kib / KIB_PER_MIB, view->free / KIB_PER_MIB,
			 memory_view_reclaimable(view) / KIB_PER_MIB);
}

static int too_late(struct host *h, const struct memory_view *view, uint64_t kib,
		    struct hospes_error *err)
{
	char names[NAMES_TEXT];

	debtors(h, view, names);
	return error_set(err, -ETIMEDOUT,
			 "%" PRIu64 " MiB of memory are needed, and after %d s %" PRIu64
			 " MiB are free. Asked to give back, and still at it: %s",
			 kib / KIB_PER_MIB, AWAIT_MS / MS_PER_S, view->free / KIB_PER_MIB, names);
}

/* To a person at a terminal. */
static void tell(struct host *h, const struct memory_view *view, uint64_t kib)
{
	char names[NAMES_TEXT];

	debtors(h, view, names);
	progress_tell("%" PRIu64 " of %" PRIu64 " MiB are free, asked to give back: %s",
		      memory_view_spare(view) / KIB_PER_MIB, kib / KIB_PER_MIB, names);
}

/* 1: not yet. */
static int look(struct host *h, uint64_t kib, bool last, struct hospes_error *err)
{
	struct memory_view view;
	int rc = memory_view_read(h, &view, err);

	if (rc == 0 && memory_view_spare(&view) < kib) {
		rc = 1;
		tell(h, &view, kib);
		if (view.free + memory_view_reclaimable(&view) < kib)
			rc = too_little(&view, kib, err);
		else if (last)
			rc = too_late(h, &view, kib, err);
	}

	memory_view_free(&view);
	return rc;
}

static int wait_free(struct host *h, uint64_t kib, const volatile sig_atomic_t *interrupted,
		     struct hospes_error *err)
{
	int64_t deadline = clock_ms() + AWAIT_MS;
	int rc;

	while ((rc = look(h, kib, clock_left_ms(deadline) == 0, err)) > 0) {
		if (interrupted != NULL && *interrupted != 0)
			return error_set(err, -EINTR,
					 "interrupted by a signal while waiting for memory");

		clock_sleep_ms(AWAIT_STEP_MS);
	}

	return rc;
}

int memory_await(struct host *h, struct memory_wish *w, const uint8_t uuid[16], uint64_t kib,
		 const volatile sig_atomic_t *interrupted, struct hospes_error *err)
{
	int rc = memory_wish_begin(w, uuid, kib, err);

	if (rc == 0)
		rc = wait_free(h, kib, interrupted, err);
	if (rc < 0)
		memory_wish_end(w);

	return rc;
}
