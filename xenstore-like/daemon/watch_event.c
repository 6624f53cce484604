/* SPDX-License-Identifier: MIT */
/*
 * The events that wait for a watcher (see watch.h), in the order in which they came.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore-like/tree/work.h>
#include "limits.h"
#include "watch.h"

_Static_assert(offsetof(struct watch_event, item) == 0, "strmap gives back the item");

static size_t event_cost(const struct watch_event *event)
{
	return sizeof(*event) + event->item.key_len;
}

static int event_queue(struct watch *watch, const char *path, size_t len, uint32_t hash)
{
	struct watcher *watcher = watch->watcher;
	struct watch_event *event = malloc(sizeof(*event) + len + 1);

	if (!event)
		return -ENOMEM;

	work_add(1 + len / WORK_BYTES);
	memcpy(event->path, path, len + 1);
	event->watch = watch;
	if (strmap_add_hashed(&watch->pending, &event->item, event->path, len, hash)) {
		free(event);
		return -ENOMEM;
	}

	event->next = NULL;
	event->prev = watcher->last_event;
	if (event->prev)
		event->prev->next = event;
	else
		watcher->events = event;
	watcher->last_event = event;

	watcher->event_count++;
	watcher->event_bytes += event_cost(event);
	if (strcmp(path, watch->path) == 0)
		watch->whole = event;

	if (watcher->wake)
		watcher->wake(watcher);
	return 0;
}

int watch_queue(struct watch *watch, const char *path)
{
	size_t len = strlen(path);
	uint32_t hash = strmap_hash(path, len);

	if (strmap_find_hashed(&watch->pending, path, len, hash))
		return 0;

	return event_queue(watch, path, len, hash);
}

static bool watcher_is_full(const struct watcher *watcher)
{
	return watcher->event_count >= EVENTS_PENDING_MAX ||
	       watcher->event_bytes >= EVENTS_BYTES_MAX;
}

void event_post(struct watch *watch, const char *path, size_t len, uint32_t hash)
{
	struct watcher *watcher = watch->watcher;

	work_add(1);

	/* The change is already made. When out of memory, its event is lost. */
	if (!watcher_is_full(watcher)) {
		if (!strmap_find_hashed(&watch->pending, path, len, hash))
			ignore(event_queue(watch, path, len, hash));
		return;
	}

	watcher->folded = true;
	if (!watch->whole)
		ignore(watch_queue(watch, watch->path));
}

/* Takes the event out of both lists. */
static void event_leave(struct watch_event *event)
{
	struct watch *watch = event->watch;
	struct watcher *watcher = watch->watcher;

	strmap_remove(&watch->pending, &event->item);
	if (watch->whole == event)
		watch->whole = NULL;

	if (event->prev)
		event->prev->next = event->next;
	else
		watcher->events = event->next;
	if (event->next)
		event->next->prev = event->prev;
	else
		watcher->last_event = event->prev;

	assert(watcher->event_count);
	watcher->event_count--;
	watcher->event_bytes -= event_cost(event);
}

struct watch_event *watcher_next_event(struct watcher *watcher)
{
	struct watch_event *event = watcher->events;

	if (event)
		event_leave(event);
	return event;
}

void events_drop(struct watch *watch)
{
	struct strmap_item *item, *none;

	while ((item = strmap_first(&watch->pending))) {
		event_leave((struct watch_event *)item);
		free(item);
	}

	/* Frees the map's own memory. */
	none = strmap_pop(&watch->pending);
	assert(!none);
}
