/* SPDX-License-Identifier: MIT */
/*
 * Watches, and the events that wait for their watchers. An event that waits already is not queued a
 * second time: it says only "look here", and one look sees both changes. So what waits is bounded
 * even for a watcher that never reads.
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
	void (*wake)(struct watcher *watcher); /* an event is there now; may be NULL */
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

/* No watch may be left in it. */
void watch_table_free(struct watch_table *table);

/* A watcher without watches; the owner sets its wake(). */
void watcher_init(struct watcher *watcher, struct who who);

/* Removes all watches of the watcher and drops its events. */
void watcher_reset(struct watch_table *table, struct watcher *watcher);

/* A new watch, with its first event queued. strip: see struct watch. 0, -EEXIST when the watcher
 * has one on that path with that token, -ENOMEM. */
__must_check int watch_add(struct watch_table *table, struct watcher *watcher, const char *path,
			   const char *token, size_t strip);

/* Removes a watch; its events that wait are dropped. 0 or -ENOENT. */
__must_check int watch_remove(struct watch_table *table, struct watcher *watcher, const char *path,
			      const char *token);

/* Queues events for a change just made to db, for those who may see it. */
void watch_fire(struct watch_table *table, const struct db *db, const struct change *change);

/* Queues events for SPECIAL_INTRODUCE or SPECIAL_RELEASE. */
void watch_fire_special(struct watch_table *table, const struct db *db, enum special special);

/* The oldest event, taken out: free() it. NULL when none waits. */
struct watch_event *watcher_next_event(struct watcher *watcher);

/* Queues one event as it is. 0 or -ENOMEM. */
__must_check int watch_queue(struct watch *watch, const char *path);

/* The watch on that path with that token, or NULL. */
struct watch *watch_find(const struct watcher *watcher, const char *path, const char *token);

#endif
