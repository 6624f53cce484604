/* SPDX-License-Identifier: MIT */
/*
 * Watches (see watch.h). A watcher gets an event only if it may read the node, or the parent, where
 * the name would be listed: watches must not reveal nodes that the watcher may not see.
 */
#include "watch.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore-like/tree/edit.h>
#include <xenstore-like/tree/path.h>
#include "limits.h"

/* All watches on one path. */
struct place {
	struct strmap_item item; /* first: strmap gives it back */
	struct watch *watches;
	char path[];
};

_Static_assert(offsetof(struct place, item) == 0, "strmap gives back the item");

void watch_table_free(struct watch_table *table)
{
	struct strmap_item *item = strmap_pop(&table->by_path);

	assert(!item);
}

void watcher_init(struct watcher *watcher, struct who who)
{
	memset(watcher, 0, sizeof(*watcher));
	watcher->who = who;
	watcher->last_event = &watcher->events;
}

static struct place *place_find(const struct watch_table *table, const char *path, size_t len)
{
	return (struct place *)strmap_find(&table->by_path, path, len);
}

/* The place of that path, created if need be. NULL when out of memory. */
static struct place *place_take(struct watch_table *table, const char *path)
{
	size_t len = strlen(path);
	struct place *place;

	place = place_find(table, path, len);
	if (place)
		return place;

	place = calloc(1, sizeof(*place) + len + 1);
	if (!place)
		return NULL;

	memcpy(place->path, path, len);
	if (strmap_add(&table->by_path, &place->item, place->path)) {
		free(place);
		return NULL;
	}
	return place;
}

/* Frees the place if no watch is left on it. */
static void place_drop(struct watch_table *table, struct place *place)
{
	if (place->watches)
		return;

	strmap_remove(&table->by_path, &place->item);
	free(place);
}

/* ---- waiting events */

static bool event_waits(const struct watcher *watcher, const struct watch *watch, const char *path)
{
	for (const struct watch_event *e = watcher->events; e; e = e->next)
		if (e->watch == watch && strcmp(e->path, path) == 0)
			return true;
	return false;
}

int watch_queue(struct watch *watch, const char *path)
{
	struct watcher *watcher = watch->watcher;
	size_t len = strlen(path) + 1;
	struct watch_event *event = malloc(sizeof(*event) + len);

	if (!event)
		return -ENOMEM;

	memcpy(event->path, path, len);
	event->watch = watch;
	event->next = NULL;

	*watcher->last_event = event;
	watcher->last_event = &event->next;
	watcher->event_count++;

	if (watcher->wake)
		watcher->wake(watcher);
	return 0;
}

static void event_post(struct watch *watch, const char *path)
{
	struct watcher *watcher = watch->watcher;

	if (watcher->event_count >= EVENTS_PENDING_MAX) {
		watcher->folded = true;
		path = watch->path;
	}

	if (event_waits(watcher, watch, path))
		return;

	/* The change is already made. When out of memory, its event is lost. */
	ignore(watch_queue(watch, path));
}

struct watch_event *watcher_next_event(struct watcher *watcher)
{
	struct watch_event *event = watcher->events;

	if (!event)
		return NULL;

	assert(watcher->event_count);
	watcher->events = event->next;
	if (!watcher->events)
		watcher->last_event = &watcher->events;
	watcher->event_count--;
	return event;
}

/* Drops the events of one watch. */
static void events_drop(struct watcher *watcher, const struct watch *watch)
{
	struct watch_event **at = &watcher->events;
	struct watch_event *event;

	while ((event = *at)) {
		if (event->watch != watch) {
			at = &event->next;
			continue;
		}

		*at = event->next;
		watcher->event_count--;
		free(event);
	}
	watcher->last_event = at;
}

/* ---- adding and removing */

struct watch *watch_find(const struct watcher *watcher, const char *path, const char *token)
{
	for (struct watch *watch = watcher->watches; watch; watch = watch->next)
		if (strcmp(watch->path, path) == 0 && strcmp(watch->token, token) == 0)
			return watch;
	return NULL;
}

static struct watch *watch_new(struct watcher *watcher, const char *path, const char *token,
			       size_t strip)
{
	size_t len = strlen(path) + 1;
	struct watch *watch = calloc(1, sizeof(*watch) + len);

	if (!watch)
		return NULL;

	watch->token = strdup(token);
	if (!watch->token) {
		free(watch);
		return NULL;
	}

	memcpy(watch->path, path, len);
	watch->strip = strip;
	watch->watcher = watcher;
	return watch;
}

static void watch_free(struct watch *watch)
{
	free(watch->token);
	free(watch);
}

int watch_add(struct watch_table *table, struct watcher *watcher, const char *path,
	      const char *token, size_t strip)
{
	struct watch *watch;
	struct place *place;

	assert(strip <= strlen(path));
	if (watch_find(watcher, path, token))
		return -EEXIST;

	watch = watch_new(watcher, path, token, strip);
	if (!watch)
		return -ENOMEM;

	place = place_take(table, path);
	if (!place)
		goto fail_watch;

	if (watch_queue(watch, path))
		goto fail_place;

	watch->next_here = place->watches;
	place->watches = watch;
	watch->next = watcher->watches;
	watcher->watches = watch;
	watcher->watch_count++;
	return 0;

fail_place:
	place_drop(table, place);
fail_watch:
	watch_free(watch);
	return -ENOMEM;
}

static void leave_place(struct watch_table *table, struct watch *watch)
{
	struct place *place = place_find(table, watch->path, strlen(watch->path));
	struct watch **at;

	assert(place);
	at = &place->watches;
	while (*at != watch)
		at = &(*at)->next_here;
	*at = watch->next_here;

	place_drop(table, place);
}

static void leave_watcher(struct watch *watch)
{
	struct watcher *watcher = watch->watcher;
	struct watch **at = &watcher->watches;

	while (*at != watch)
		at = &(*at)->next;
	*at = watch->next;

	watcher->watch_count--;
	events_drop(watcher, watch);
}

static void watch_end(struct watch_table *table, struct watch *watch)
{
	leave_place(table, watch);
	leave_watcher(watch);
	watch_free(watch);
}

int watch_remove(struct watch_table *table, struct watcher *watcher, const char *path,
		 const char *token)
{
	struct watch *watch = watch_find(watcher, path, token);

	if (!watch)
		return -ENOENT;

	watch_end(table, watch);
	return 0;
}

void watcher_reset(struct watch_table *table, struct watcher *watcher)
{
	while (watcher->watches)
		watch_end(table, watcher->watches);

	assert(watcher->watch_count == 0);
	assert(watcher->event_count == 0);
	watcher->folded = false;
}

/* ---- firing */

/* What decides who may see a change: the node itself and its parent. */
struct sight {
	const struct node *node;
	const struct node *parent;
};

static bool sight_of(const struct sight *sight, struct who who)
{
	if (sight->node && (perms_of(sight->node->perms, who) & RIGHT_READ))
		return true;

	return perms_of(sight->parent->perms, who) & RIGHT_READ;
}

/* Fires the watches on the first len bytes of place_path, for a change at path. */
static void fire_place(const struct watch_table *table, const char *place_path, size_t len,
		       const char *path, const struct sight *sight)
{
	struct place *place = place_find(table, place_path, len);

	if (!place)
		return;

	for (struct watch *watch = place->watches; watch; watch = watch->next_here)
		if (sight_of(sight, watch->watcher->who))
			event_post(watch, path);
}

/* Fires the watches on path, which is below the removed node, if a node existed there. rest: path
 * without the removed node's own path. */
static void fire_removed(const struct watch_table *table, const struct node *removed,
			 const char *path, const char *rest)
{
	char up[PATH_SPACE];
	struct sight sight;

	sight.node = node_find(removed, rest);
	if (!sight.node)
		return;

	strcpy(up, rest);
	path_to_parent(up);
	sight.parent = node_find(removed, up);
	fire_place(table, path, strlen(path), path, &sight);
}

/* Watches on nodes below the removed one get an event for their own path. */
static void fire_below(const struct watch_table *table, const struct change *change)
{
	const struct strmap *places = &table->by_path;
	size_t len = strlen(change->path);
	struct strmap_item *item;

	if (!change->removed->kid_count)
		return;

	for (item = strmap_first(places); item; item = strmap_next(places, item)) {
		const char *path = item->key;

		if (path_is_below(path, change->path) && path[len] != '\0')
			fire_removed(table, change->removed, path, path + len);
	}
}

void watch_fire(struct watch_table *table, const struct db *db, const struct change *change)
{
	char up[PATH_SPACE];
	unsigned int missing;
	const char *path = change->path, *rest = path, *part;
	struct sight sight;
	size_t len;

	sight.node = change->removed ? change->removed : node_find(db->root, path);
	sight.parent = tree_nearest(db->root, path, up, &missing);

	/* A watch covers all that is below it: fire those on every ancestor. */
	fire_place(table, "/", 1, path, &sight);
	while ((part = path_next(&rest, &len)))
		fire_place(table, path, part + len - path, path, &sight);

	if (change->removed)
		fire_below(table, change);
}

void watch_fire_special(struct watch_table *table, const struct db *db, enum special special)
{
	const char *path = db_special_name(special);
	const struct perms *perms = db->special[special];
	struct place *place = place_find(table, path, strlen(path));

	if (!place)
		return;

	for (struct watch *watch = place->watches; watch; watch = watch->next_here)
		if (perms_of(perms, watch->watcher->who) & RIGHT_READ)
			event_post(watch, path);
}
