/* SPDX-License-Identifier: MIT */
/*
 * Watches (see watch.h): adding, finding and removing them. Places are made when the first watch
 * comes to them or below them, and go with the last.
 */
#include "watch.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore-like/tree/path.h>

_Static_assert(offsetof(struct place, item) == 0, "strmap gives back the item");
_Static_assert(offsetof(struct watch, item) == 0, "strmap gives back the item");

/* What malloc() and the slots of a map add to a structure, about. */
#define OVERHEAD 64

bool watch_table_is_empty(const struct watch_table *table)
{
	return !table->root.watches && !table->root.below.item_count &&
	       !table->specials.below.item_count;
}

/* Frees the memory of a map that is empty. */
static void map_free(struct strmap *map)
{
	struct strmap_item *none = strmap_pop(map);

	assert(!none);
}

void watch_table_free(struct watch_table *table)
{
	assert(watch_table_is_empty(table));
	map_free(&table->root.below);
	map_free(&table->specials.below);
}

void watcher_init(struct watcher *watcher, struct who who)
{
	memset(watcher, 0, sizeof(*watcher));
	watcher->who = who;
}

/* ---- places */

/* A place below another one. NULL when out of memory. */
static struct place *place_new(struct place *above, const char *name, size_t len)
{
	struct place *place = calloc(1, sizeof(*place) + len + 1);
	char *own_name;

	if (!place)
		return NULL;

	own_name = (char *)(place + 1);
	memcpy(own_name, name, len);
	place->above = above;
	if (strmap_add(&above->below, &place->item, own_name, len)) {
		free(place);
		return NULL;
	}
	return place;
}

/* Frees the place, and those above it, as far as there is nothing left at them or below. */
static void place_drop(struct place *place)
{
	while (place->above && !place->watches && !place->below.item_count) {
		struct place *above = place->above;

		strmap_remove(&above->below, &place->item);
		map_free(&place->below);
		free(place);
		place = above;
	}
}

/* The place of that path, created if need be. NULL when out of memory. */
static struct place *place_take(struct watch_table *table, const char *path)
{
	struct place *place = path_is_special(path) ? &table->specials : &table->root;
	struct place *below;
	const char *part;
	size_t len;

	while ((part = path_next(&path, &len))) {
		below = (struct place *)strmap_find(&place->below, part, len);
		if (!below)
			below = place_new(place, part, len);

		if (!below) {
			place_drop(place);
			return NULL;
		}
		place = below;
	}
	return place;
}

/* ---- watches */

/* Path and token as one key, a NUL between them. Both are bounded by what a message can hold. */
static size_t name_put(char name[2 * XENSTORE_PAYLOAD_MAX], const char *path, const char *token)
{
	size_t path_len = strlen(path) + 1, token_len = strlen(token);

	assert(path_len + token_len <= 2 * XENSTORE_PAYLOAD_MAX);
	memcpy(name, path, path_len);
	memcpy(name + path_len, token, token_len);
	return path_len + token_len;
}

struct watch *watch_find(const struct watcher *watcher, const char *path, const char *token)
{
	char name[2 * XENSTORE_PAYLOAD_MAX];
	size_t len = name_put(name, path, token);

	return (struct watch *)strmap_find(&watcher->by_name, name, len);
}

static struct watch *watch_new(struct watcher *watcher, const char *path, const char *token,
			       size_t strip)
{
	size_t path_len = strlen(path) + 1, token_len = strlen(token) + 1;
	struct watch *watch = calloc(1, sizeof(*watch) + path_len + token_len);

	if (!watch)
		return NULL;

	memcpy(watch->path, path, path_len);
	memcpy(watch->path + path_len, token, token_len);
	watch->token = watch->path + path_len;
	watch->strip = strip;
	watch->watcher = watcher;
	return watch;
}

size_t watch_cost(const char *path, const char *token)
{
	size_t places = path_depth(path) * (sizeof(struct place) + OVERHEAD) + strlen(path);

	return places + sizeof(struct watch) + OVERHEAD + strlen(path) + strlen(token);
}

/* Puts the watch into the lists of its place and its watcher. */
static void watch_enter(struct watch *watch, struct place *place)
{
	struct watcher *watcher = watch->watcher;

	watch->place = place;
	watch->next_here = place->watches;
	if (watch->next_here)
		watch->next_here->prev_here = watch;
	place->watches = watch;

	watch->next = watcher->watches;
	if (watch->next)
		watch->next->prev = watch;
	watcher->watches = watch;

	watcher->watch_count++;
	watcher->watch_bytes += watch_cost(watch->path, watch->token);
}

/* Takes it out of both again. */
static void watch_leave(struct watch *watch)
{
	struct watcher *watcher = watch->watcher;

	if (watch->prev_here)
		watch->prev_here->next_here = watch->next_here;
	else
		watch->place->watches = watch->next_here;
	if (watch->next_here)
		watch->next_here->prev_here = watch->prev_here;

	if (watch->prev)
		watch->prev->next = watch->next;
	else
		watcher->watches = watch->next;
	if (watch->next)
		watch->next->prev = watch->prev;

	watcher->watch_count--;
	watcher->watch_bytes -= watch_cost(watch->path, watch->token);
}

int watch_add(struct watch_table *table, struct watcher *watcher, const char *path,
	      const char *token, size_t strip)
{
	struct watch *watch;
	struct place *place;
	size_t name_len = strlen(path) + 1 + strlen(token);

	assert(strip <= strlen(path));
	if (watch_find(watcher, path, token))
		return -EEXIST;

	watch = watch_new(watcher, path, token, strip);
	if (!watch)
		return -ENOMEM;

	place = place_take(table, path);
	if (!place)
		goto fail_watch;

	if (strmap_add(&watcher->by_name, &watch->item, watch->path, name_len))
		goto fail_place;

	if (watch_queue(watch, path))
		goto fail_name;

	watch_enter(watch, place);
	return 0;

fail_name:
	strmap_remove(&watcher->by_name, &watch->item);
fail_place:
	place_drop(place);
fail_watch:
	events_drop(watch);
	free(watch);
	return -ENOMEM;
}

static void watch_end(struct watch *watch)
{
	events_drop(watch);
	strmap_remove(&watch->watcher->by_name, &watch->item);

	watch_leave(watch);
	place_drop(watch->place);
	free(watch);
}

int watch_remove(struct watcher *watcher, const char *path, const char *token)
{
	struct watch *watch = watch_find(watcher, path, token);

	if (!watch)
		return -ENOENT;

	watch_end(watch);
	return 0;
}

void watcher_reset(struct watcher *watcher)
{
	while (watcher->watches)
		watch_end(watcher->watches);

	map_free(&watcher->by_name);
	assert(watcher->watch_count == 0 && watcher->watch_bytes == 0);
	assert(watcher->event_count == 0 && watcher->event_bytes == 0);
	watcher->folded = false;
}
