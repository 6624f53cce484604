/* SPDX-License-Identifier: MIT */
/* The kernel tells of each name that comes into the folder or leaves it (inotify(7)). */
#include "definitions.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>
#include <dom0-tools/domain/defined.h>
#include "events.h"
#include "feed.h"

#define SUFFIX ".xml"

static struct source source = { .fd = -1 };

static void changed(const struct inotify_event *e)
{
	char name[NAME_MAX + 1];
	size_t length, suffix = strlen(SUFFIX);
	struct happening h = { .name = name };

	if (e->len == 0)
		return;

	snprintf(name, sizeof(name), "%s", e->name);
	length = strlen(name);
	if (length <= suffix || strcmp(name + length - suffix, SUFFIX) != 0)
		return;

	name[length - suffix] = '\0';
	h.what = (e->mask & IN_MOVED_TO) != 0 ? "defined" : "undefined";
	feed_tell(&h);
}

/* The folder itself was removed: another may come. */
static void leave(void)
{
	events_remove(&source);
	close(source.fd);
	source.fd = -1;
}

static void ready(struct source *s, uint32_t events)
{
	char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t n = read(s->fd, buffer, sizeof(buffer));
	bool gone = n <= 0;

	(void)events;
	for (ssize_t at = 0; at < n;) {
		const struct inotify_event *e = (const void *)(buffer + at);

		changed(e);
		gone |= (e->mask & IN_IGNORED) != 0;
		at += (ssize_t)(sizeof(*e) + e->len);
	}

	if (gone)
		leave();
}

void definitions_tick(void)
{
	char path[200];

	if (source.fd >= 0)
		return;

	snprintf(path, sizeof(path), "%s/domains", defined_dir());
	if (access(path, F_OK) < 0)
		return;

	source.fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (source.fd < 0)
		return;

	source.ready = ready;
	if (inotify_add_watch(source.fd, path, IN_MOVED_TO | IN_DELETE | IN_ONLYDIR) < 0 ||
	    events_add(&source, EPOLLIN) < 0) {
		close(source.fd);
		source.fd = -1;
	}
}
