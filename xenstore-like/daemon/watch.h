/* SPDX-License-Identifier: MIT */
/*
 * Watches, and the events that wait for their watchers. An event that waits already is not queued a
 * second time: it says only "look here", and one look sees both changes. So what waits is bounded
 * even for a watcher that never reads.
 */
#ifndef XENSTORE_LIKE_WATCH_H
#define XENSTORE_LIKE_WATCH_H

#include <stdbool.h>
#include <xenstore-like/tree/edit.h>
#include <xenstore-like/tree/strmap.h>
#include <xenstore-like/txn/view.h>

struct watch;

struct watch_event {
	struct watch_event *next;
	const struct watch *watch;
	char path[]; /* absolute */
};

/* The side of one connection. who is set by its owner, the rest starts as zeroes. */
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

struct watch_table {
	struct strmap by_path;
};

void watcher_init(struct watcher *watcher, struct who who);
/* Removes all watches of the watcher and drops its events. */
void watcher_reset(struct watch_table *table, struct watcher *watcher);

/* strip: see struct watch. The new watch's first event is queued with it. -EEXIST, -ENOMEM. */
int watch_add(struct watch_table *table, struct watcher *watcher, const char *path,
	      const char *token, size_t strip);
/* Events of the watch that wait are dropped. -ENOENT. */
int watch_remove(struct watch_table *table, struct watcher *watcher, const char *path,
		 const char *token);

/* Queues events for a change just made to db (of the kinds of struct change). */
void watch_fire(struct watch_table *table, const struct db *db, const struct change *change);
/* Queues events for SPECIAL_INTRODUCE or SPECIAL_RELEASE. */
void watch_fire_special(struct watch_table *table, const struct db *db, int special);

/* The oldest event, taken out: free() it. NULL when none waits. */
struct watch_event *watcher_next_event(struct watcher *watcher);

/* Queues one event as it is, for restoring a saved state. */
int watch_queue(struct watch *watch, const char *path);

#endif
