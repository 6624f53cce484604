/* SPDX-License-Identifier: MIT */
/*
 * Watches, and the events that wait for their watchers. An event says only "look here", so one that
 * is already waiting is not queued a second time. What waits is bounded, even for a watcher that
 * never reads.
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
	struct watch_event *next;
	const struct watch *watch;
	char path[]; /* absolute */
};

/* The side of one connection. */
struct watcher {
	struct who who;
	struct watch *watches;
	unsigned int watch_count;
	struct watch_event *events, **last_event;
	unsigned int event_count;
	bool folded; /* events have been folded since the owner last cleared this */
	void (*wake)(struct watcher *watcher); /* called when an event is queued; may be NULL */
};

struct watch {
	struct watch *next;      /* of the same watcher */
	struct watch *next_here; /* on the same path */
	struct watcher *watcher;
	size_t strip; /* bytes of home in front of a relative path */
	char *token;
	char path[]; /* absolute */
};

/* All watches, by their paths. All zeroes is an empty table. */
struct watch_table {
	struct strmap by_path;
};

/* All watches must have been removed. */
void watch_table_free(struct watch_table *table);

/* A watcher without watches; the owner sets its wake(). */
void watcher_init(struct watcher *watcher, struct who who);

/* Removes all watches of the watcher, and drops its events. */
void watcher_reset(struct watch_table *table, struct watcher *watcher);

/* Adds a watch, and queues its first event. strip: see struct watch. 0, -EEXIST when the watcher
 * has one on that path with that token, -ENOMEM. */
__must_check int watch_add(struct watch_table *table, struct watcher *watcher, const char *path,
			   const char *token, size_t strip);

/* Removes a watch and drops its waiting events. 0 or -ENOENT. */
__must_check int watch_remove(struct watch_table *table, struct watcher *watcher, const char *path,
			      const char *token);

/* Queues events about a change just made to db, for the watchers that may see it. */
void watch_fire(struct watch_table *table, const struct db *db, const struct change *change);

/* Queues events for SPECIAL_INTRODUCE or SPECIAL_RELEASE. */
void watch_fire_special(struct watch_table *table, const struct db *db, enum special special);

/* Takes out the oldest event; the caller frees it with free(). NULL when none waits. */
struct watch_event *watcher_next_event(struct watcher *watcher);

/* Queues one event, whatever waits already. 0 or -ENOMEM. */
__must_check int watch_queue(struct watch *watch, const char *path);

/* The watch on that path with that token, or NULL. */
struct watch *watch_find(const struct watcher *watcher, const char *path, const char *token);

#endif
