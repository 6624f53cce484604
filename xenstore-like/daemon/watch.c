/* SPDX-License-Identifier: MIT */
/*
 * Watches (see watch.h). Whether an event is shown to a watcher depends on whether it may read the
 * node (or its parent, where the name would be listed); else watches would tell of nodes that one
 * may not see.
 */
#include "watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore-like/tree/path.h>
#include "limits.h"

/* All watches on one path. */
struct place {
	struct strmap_item item; /* first: strmap gives it back */
	struct watch *watches;
	char path[];
};

void watcher_init(struct watcher *watcher, struct who who)
{
	memset(watcher, 0, sizeof(*watcher));
	watcher->who = who;
	watcher->last_event = &watcher->events;
}

static struct place *place_get(struct watch_table *table, const char *path)
{
	size_t len = strlen(path);
	struct place *place = (struct place *)strmap_find(&table->by_path, path, len);

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

static void place_put(struct watch_table *table, struct place *place)
{
	if (place->watches)
		return;
	strmap_remove(&table->by_path, &place->item);
	free(place);
}

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
	if (watch->watcher->event_count >= EVENTS_PENDING_MAX) {
		watch->watcher->folded = true;
		path = watch->path;
	}
	if (!event_waits(watch->watcher, watch, path))
		watch_queue(watch, path);
}

struct watch_event *watcher_next_event(struct watcher *watcher)
{
	struct watch_event *event = watcher->events;

	if (event) {
		watcher->events = event->next;
		if (!watcher->events)
			watcher->last_event = &watcher->events;
		watcher->event_count--;
	}
	return event;
}

/* Drops the events of one watch. */
static void events_drop(struct watcher *watcher, const struct watch *watch)
{
	struct watch_event **at = &watcher->events, *event;

	while ((event = *at)) {
		if (event->watch == watch) {
			*at = event->next;
			watcher->event_count--;
			free(event);
		} else {
			at = &event->next;
		}
	}
	watcher->last_event = at;
}

static struct watch *watch_find(const struct watcher *watcher, const char *path, const char *token)
{
	struct watch *watch = watcher->watches;

	while (watch && (strcmp(watch->path, path) || strcmp(watch->token, token)))
		watch = watch->next;
	return watch;
}

int watch_add(struct watch_table *table, struct watcher *watcher, const char *path,
	      const char *token, size_t strip)
{
	size_t len = strlen(path) + 1;
	struct watch *watch;
	struct place *place;

	if (watch_find(watcher, path, token))
		return -EEXIST;
	watch = calloc(1, sizeof(*watch) + len);
	if (!watch)
		return -ENOMEM;
	memcpy(watch->path, path, len);
	watch->token = strdup(token);
	watch->strip = strip;
	watch->watcher = watcher;
	place = watch->token ? place_get(table, path) : NULL;
	if (!place || watch_queue(watch, path)) {
		if (place)
			place_put(table, place);
		free(watch->token);
		free(watch);
		return -ENOMEM;
	}
	watch->next_here = place->watches;
	place->watches = watch;
	watch->next = watcher->watches;
	watcher->watches = watch;
	watcher->watch_count++;
	return 0;
}

static void watch_drop(struct watch_table *table, struct watch *watch)
{
	struct place *place = (struct place *)strmap_find(&table->by_path, watch->path,
							  strlen(watch->path));
	struct watch **at = &place->watches;

	while (*at != watch)
		at = &(*at)->next_here;
	*at = watch->next_here;
	place_put(table, place);

	at = &watch->watcher->watches;
	while (*at != watch)
		at = &(*at)->next;
	*at = watch->next;
	watch->watcher->watch_count--;
	events_drop(watch->watcher, watch);
	free(watch->token);
	free(watch);
}

int watch_remove(struct watch_table *table, struct watcher *watcher, const char *path,
		 const char *token)
{
	struct watch *watch = watch_find(watcher, path, token);

	if (!watch)
		return -ENOENT;
	watch_drop(table, watch);
	return 0;
}

void watcher_reset(struct watch_table *table, struct watcher *watcher)
{
	while (watcher->watches)
		watch_drop(table, watcher->watches);
	watcher->folded = false;
}

/* What one needs to know to decide who may hear of it: the node itself and the one above it. */
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

static void fire_place(const struct watch_table *table, const char *place_path, size_t len,
		       const char *path, const struct sight *sight)
{
	struct place *place = (struct place *)strmap_find(&table->by_path, place_path, len);

	if (!place)
		return;
	for (struct watch *watch = place->watches; watch; watch = watch->next_here)
		if (sight_of(sight, watch->watcher->who))
			event_post(watch, path);
}

/* Watches on nodes below the one that was removed hear of their own path. */
static void fire_below(const struct watch_table *table, const struct change *change)
{
	size_t len = strlen(change->path);
	struct strmap_item *item;

	if (!change->removed->kid_count)
		return;
	item = strmap_first(&table->by_path);
	for (; item; item = strmap_next(&table->by_path, item)) {
		char up[PATH_SPACE];
		struct sight sight;

		if (!path_is_below(item->key, change->path) || item->key[len] == '\0')
			continue;
		sight.node = node_find(change->removed, item->key + len);
		if (!sight.node)
			continue;
		strcpy(up, item->key + len);
		path_to_parent(up);
		sight.parent = node_find(change->removed, up);
		fire_place(table, item->key, strlen(item->key), item->key, &sight);
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
	fire_place(table, "/", 1, path, &sight);
	while ((part = path_next(&rest, &len)))
		fire_place(table, path, part + len - path, path, &sight);
	if (change->removed)
		fire_below(table, change);
}

void watch_fire_special(struct watch_table *table, const struct db *db, int special)
{
	const char *path = special == SPECIAL_INTRODUCE ? "@introduceDomain" : "@releaseDomain";
	struct place *place = (struct place *)strmap_find(&table->by_path, path, strlen(path));

	if (!place)
		return;
	for (struct watch *watch = place->watches; watch; watch = watch->next_here)
		if (perms_of(db->special[special], watch->watcher->who) & RIGHT_READ)
			event_post(watch, path);
}
