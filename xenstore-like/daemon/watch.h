/* SPDX-License-Identifier: MIT */
/*
 * Watches, and the events that wait for their watchers. An event says only "look here", so one that
 * is already waiting is not queued a second time. What waits is bounded, even for a watcher that
 * never reads.
 *
 * Watches are found by walking down the parts of a path (struct place), and those of one watcher by
 * path and token: neither gets slower by what others watch elsewhere.
 */
#ifndef XENSTORE_LIKE_WATCH_H
#define XENSTORE_LIKE_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <dom0-tools/base/must_check.h>
#include <xenstore-like/tree/change.h>
#include <xenstore-like/tree/perms.h>
#include <xenstore-like/tree/strmap.h>
#include <xenstore-like/txn/db.h>

struct watch;

struct watch_event {
	struct strmap_item item;         /* first: in the watch's pending */
	struct watch_event *next, *prev; /* of the same watcher */
	struct watch *watch;
	char path[]; /* absolute */
};

/* The side of one connection. */
struct watcher {
	struct who who;
	struct watch *watches;
	unsigned int watch_count;
	size_t watch_bytes;    /* of memory for them */
	struct strmap by_name; /* the same, by path and token */
	struct watch_event *events, *last_event;
	unsigned int event_count;
	size_t event_bytes; /* of memory for them */
	bool folded;        /* events have been folded since the owner last cleared this */
	void (*wake)(struct watcher *watcher); /* called when an event is queued; may be NULL */
};

struct watch {
	struct strmap_item item;             /* first: in the watcher's by_name */
	struct watch *next, *prev;           /* of the same watcher */
	struct watch *next_here, *prev_here; /* on the same path */
	struct place *place;
	struct watcher *watcher;
	struct strmap pending;     /* its events that wait, by path */
	struct watch_event *whole; /* the one of them for its own path, or NULL */
	size_t strip;              /* bytes of home in front of a relative path */
	const char *token;         /* behind the path */
	char path[];               /* absolute */
};

/*
 * A node that is watched, or that has such a node below it; whether it exists or not. Its name, the
 * last part of the path, lies behind it.
 */
struct place {
	struct strmap_item item; /* first: in the below of the one above */
	struct place *above;
	struct strmap below;
	struct watch *watches;
};

/* All watches, by their paths. All zeroes is an empty table. */
struct watch_table {
	struct place root;
	struct place specials; /* special names are right below it; "/@x" is a node, though */
};

/* All watches must have been removed. */
void watch_table_free(struct watch_table *table);
bool watch_table_is_empty(const struct watch_table *table);

/* A watcher without watches; the owner sets its wake(). */
void watcher_init(struct watcher *watcher, struct who who);

/* Removes all watches of the watcher, and drops its events. */
void watcher_reset(struct watcher *watcher);

/* What a watch with that path and token takes, at most: what its watcher is charged. */
size_t watch_cost(const char *path, const char *token);

/* Adds a watch, and queues its first event. strip: see struct watch. 0, -EEXIST when the watcher
 * has one on that path with that token, -ENOMEM. */
__must_check int watch_add(struct watch_table *table, struct watcher *watcher, const char *path,
			   const char *token, size_t strip);

/* Removes a watch and drops its waiting events. 0 or -ENOENT. */
__must_check int watch_remove(struct watcher *watcher, const char *path, const char *token);

/* The watch on that path with that token, or NULL. */
struct watch *watch_find(const struct watcher *watcher, const char *path, const char *token);

/* ---- watch_event.c */

/* Queues one event, unless the same one waits already. hash: strmap_hash() of the path. When too
 * much waits for the watcher, the event is folded into one for the watched path itself. */
void event_post(struct watch *watch, const char *path, size_t len, uint32_t hash);

/* Queues one event, however much waits. 0 or -ENOMEM. */
__must_check int watch_queue(struct watch *watch, const char *path);

/* Takes out the oldest event; the caller frees it with free(). NULL when none waits. */
struct watch_event *watcher_next_event(struct watcher *watcher);

/* Drops the events of one watch. */
void events_drop(struct watch *watch);

/* ---- watch_fire.c */

/* Queues events about a change just made to db, for the watchers that may see it. */
void watch_fire(struct watch_table *table, const struct db *db, const struct change *change);

/* Queues events for SPECIAL_INTRODUCE or SPECIAL_RELEASE. */
void watch_fire_special(struct watch_table *table, const struct db *db, enum special special);

#endif
