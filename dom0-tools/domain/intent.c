/* SPDX-License-Identifier: MIT */
/*
 * The queue's files. All looks at the directory and all announcements are made under its own lock,
 * for the moment that takes: so a ticket is higher than all that were there before, and an intent
 * is never seen without its lock or its words.
 */
#include "intent.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>
#include <dom0-tools/base/array.h>
#include <dom0-tools/base/clock.h>
#include <dom0-tools/base/file.h>
#include <dom0-tools/base/progress.h>

/* Pause between two looks whether it is our turn. */
#define LOOK_MS 20
/* The directory's lock is held for a look: who does not get it in this time finds it stuck. */
#define DIRECTORY_WAIT_MS 10000
#define DIRECTORY_LOOK_MS 1

#define LOCK_NAME "lock"
/* NAME@TICKET: a name may hold an @, a ticket does not. */
#define FILE_MAX (INTENT_NAME_MAX + 24)
#define TEXT_MAX 128
/* No process lives to draw more: each ticket is one higher than those of the living. */
#define TICKET_DIGITS_MAX 18
#define FILE_PATTERN      "%s@%08" PRIu64

static const char *const verb_words[] = {
	[INTENT_CREATE] = "create",   [INTENT_DESTROY] = "destroy", [INTENT_SHUTDOWN] = "shutdown",
	[INTENT_REBOOT] = "reboot",   [INTENT_RESTART] = "restart", [INTENT_RELEASE] = "release",
	[INTENT_SWEEP] = "sweep",     [INTENT_MEMORY] = "mem-set",  [INTENT_PAUSE] = "pause",
	[INTENT_UNPAUSE] = "unpause", [INTENT_VCPUS] = "vcpu-set",  [INTENT_SYSRQ] = "sysrq",
	[INTENT_TRIGGER] = "trigger", [INTENT_RENAME] = "rename",   [INTENT_DUMP] = "dump-core",
	[INTENT_SAVE] = "save",       [INTENT_RESTORE] = "restore", [INTENT_DEVICE] = "device",
};

/* The directory, open, and the lock on it. */
struct queues {
	int directory, lock;
};

bool intent_name_is_plain(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._+-";
	size_t length = strlen(name);

	return length > 0 && length <= CONFIG_NAME_MAX && name[0] != '.' &&
	       strspn(name, allowed) == length;
}

static int directory_open(char path[160], struct hospes_error *err)
{
	int rc = config_run_dir_make(err);

	if (rc < 0)
		return rc;

	snprintf(path, 160, "%s/intents", config_run_dir());
	return file_open_directory(path, err);
}

static int directory_lock(int directory)
{
	int64_t deadline = clock_ms() + DIRECTORY_WAIT_MS;
	int fd;

	for (;;) {
		fd = file_open_locked(directory, LOCK_NAME, O_RDWR | O_CREAT, 0600);
		if (fd != -EWOULDBLOCK || clock_left_ms(deadline) == 0)
			return fd;

		clock_sleep_ms(DIRECTORY_LOOK_MS);
	}
}

static int queues_open(struct queues *q, struct hospes_error *err)
{
	char path[160];
	int rc;

	q->directory = directory_open(path, err);
	if (q->directory < 0)
		return q->directory;

	q->lock = directory_lock(q->directory);
	if (q->lock >= 0)
		return 0;

	rc = q->lock;
	close(q->directory);
	return error_set(err, rc, "cannot lock %s/" LOCK_NAME ": %s; see who has it with fuser",
			 path, strerror(-rc));
}

static void queues_close(struct queues *q)
{
	close(q->lock);
	close(q->directory);
}

/* True for the file of an intent. */
static bool file_parse(const char *file, char name[INTENT_NAME_MAX + 1], uint64_t *ticket)
{
	const char *at = strrchr(file, '@');
	char *end;

	if (at == NULL || at == file || at - file > INTENT_NAME_MAX)
		return false;
	if (strlen(at + 1) > TICKET_DIGITS_MAX)
		return false;

	*ticket = strtoull(at + 1, &end, 10);
	if (end == at + 1 || *end != '\0')
		return false;

	snprintf(name, INTENT_NAME_MAX + 1, "%.*s", (int)(at - file), file);
	return true;
}

static void info_read(int fd, struct intent_info *info)
{
	char text[TEXT_MAX] = "", uuid[CONFIG_UUID_LENGTH + 1] = "";
	int64_t since = 0;
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	*info = (struct intent_info){ .verb = "unknown" };
	if (n < 0)
		return;

	ignore(sscanf(text, "%15s %d %" SCNd64 " %36s", info->verb, &info->pid, &since, uuid));
	ignore(config_uuid_parse(uuid, info->uuid));
	info->seconds = time(NULL) - since;
	if (info->seconds < 0)
		info->seconds = 0;
}

/* Whether the process of an intent lives; the file of one that does not is removed. */
static bool file_alive(const struct queues *q, const char *file, struct intent_info *info)
{
	int fd = openat(q->directory, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	bool alive;

	if (fd < 0)
		return false;

	alive = flock(fd, LOCK_EX | LOCK_NB) < 0;
	if (alive)
		info_read(fd, info);
	else
		unlinkat(q->directory, file, 0);

	close(fd);
	return alive;
}

/* One look at a queue, or with @name NULL at all of them. */
struct look {
	const char *name;
	uint64_t above, below; /* only intents whose tickets lie between */
	bool gone_only;        /* only of those who want the domain gone */
	/* what was found */
	unsigned int count;
	uint64_t first;
	struct intent_info info; /* of the first */
};

static bool wants_it_gone(const struct intent_info *info)
{
	return strcmp(info->verb, verb_words[INTENT_DESTROY]) == 0 ||
	       strcmp(info->verb, verb_words[INTENT_SHUTDOWN]) == 0;
}

static void look_at(const struct queues *q, struct look *l, const char *file)
{
	char name[INTENT_NAME_MAX + 1];
	struct intent_info info;
	uint64_t ticket;

	if (!file_parse(file, name, &ticket))
		return;
	if (l->name != NULL && strcmp(name, l->name) != 0)
		return;
	if (ticket <= l->above || ticket >= l->below)
		return;
	if (!file_alive(q, file, &info))
		return;
	if (l->gone_only && !wants_it_gone(&info))
		return;

	l->count++;
	if (l->count > 1 && ticket > l->first)
		return;

	l->first = ticket;
	l->info = info;
}

static void look(const struct queues *q, struct look *l)
{
	DIR *list = file_list(q->directory);
	struct dirent *e;

	while (list != NULL && (e = readdir(list)) != NULL)
		look_at(q, l, e->d_name);

	if (list != NULL)
		closedir(list);
}

/* One more than the highest of all. */
static uint64_t ticket_next(const struct queues *q)
{
	DIR *list = file_list(q->directory);
	char name[INTENT_NAME_MAX + 1];
	uint64_t highest = 0, ticket;
	struct dirent *e;

	while (list != NULL && (e = readdir(list)) != NULL) {
		if (file_parse(e->d_name, name, &ticket) && ticket > highest)
			highest = ticket;
	}

	if (list != NULL)
		closedir(list);
	return highest + 1;
}

static int announce(const struct queues *q, struct intent *i, const struct intent_request *r)
{
	char file[FILE_MAX], text[TEXT_MAX], uuid[CONFIG_UUID_LENGTH + 1];
	int n, rc;

	i->ticket = ticket_next(q);
	snprintf(file, sizeof(file), FILE_PATTERN, i->name, i->ticket);
	i->fd = file_open_locked(q->directory, file, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (i->fd < 0)
		return i->fd;

	config_uuid_text(r->uuid, uuid);
	n = snprintf(text, sizeof(text), "%s %d %" PRId64 " %s\n", verb_words[r->verb], getpid(),
		     (int64_t)time(NULL), uuid);
	rc = file_write(i->fd, text, (size_t)n);
	if (rc == 0)
		return 0;

	unlinkat(q->directory, file, 0);
	close(i->fd);
	i->fd = -1;
	return rc;
}

/* 1: somebody is before us, whom *first tells of. 0: it is our turn. */
static int turn_look(const struct intent *i, struct intent_info *first, struct hospes_error *err)
{
	struct look l = { .name = i->name, .below = i->ticket };
	struct queues q;
	int rc = queues_open(&q, err);

	if (rc < 0)
		return rc;

	look(&q, &l);
	queues_close(&q);
	*first = l.info;
	return l.count > 0;
}

static int is_at_it(const char *name, const struct intent_info *first, struct hospes_error *err)
{
	return error_set(err, -EBUSY, "%s: process %d is at it (%s, for %" PRId64 " s)", name,
			 first->pid, first->verb, first->seconds);
}

/* Why the turn did not come. */
static int turn_refused(const struct intent_request *r, int rc, const struct intent_info *first,
			struct hospes_error *err)
{
	if (rc == -EINTR)
		return error_set(err, rc, "%s: interrupted by a signal while waiting for its turn",
				 r->name);
	if (r->wait_ms == 0)
		return is_at_it(r->name, first, err);

	return error_set(err, rc,
			 "%s: waited %d s for process %d (%s, for %" PRId64
			 " s); --timeout says how long",
			 r->name, r->wait_ms / 1000, first->pid, first->verb, first->seconds);
}

static int turn_wait(const struct intent *i, const struct intent_request *r,
		     struct hospes_error *err)
{
	int64_t deadline = clock_ms() + r->wait_ms;
	struct intent_info first;

	for (;;) {
		int rc = turn_look(i, &first, err);

		if (rc <= 0)
			return rc;
		if (r->interrupted != NULL && *r->interrupted != 0)
			return turn_refused(r, -EINTR, &first, err);
		if (clock_left_ms(deadline) == 0)
			return turn_refused(r, -ETIMEDOUT, &first, err);

		progress_tell("process %d is at %s (%s)", first.pid, r->name, first.verb);
		clock_sleep_ms(LOOK_MS);
	}
}

int intent_announce(struct intent *i, const struct intent_request *request,
		    struct hospes_error *err)
{
	struct queues q;
	int rc;

	i->fd = -1;
	snprintf(i->name, sizeof(i->name), "%s", request->name);
	rc = queues_open(&q, err);
	if (rc < 0)
		return rc;

	rc = announce(&q, i, request);
	queues_close(&q);
	if (rc < 0)
		return error_set(err, rc, "cannot announce the %s of %s in %s/intents: %s",
				 verb_words[request->verb], request->name, config_run_dir(),
				 strerror(-rc));

	return 0;
}

int intent_try(const struct intent *i, struct hospes_error *err)
{
	struct intent_info first;
	int rc = turn_look(i, &first, err);

	return rc > 0 ? is_at_it(i->name, &first, err) : rc;
}

int intent_begin(struct intent *i, const struct intent_request *request, struct hospes_error *err)
{
	int rc = intent_announce(i, request, err);

	if (rc == 0)
		rc = turn_wait(i, request, err);
	if (rc < 0)
		intent_end(i);
	return rc;
}

bool intent_overruled(const struct intent *i)
{
	struct look l = {
		.name = i->name,
		.above = i->ticket,
		.below = UINT64_MAX,
		.gone_only = true,
	};
	struct queues q;

	if (i->fd < 0 || queues_open(&q, NULL) < 0)
		return false;

	look(&q, &l);
	queues_close(&q);
	return l.count > 0;
}

/* The name goes before the lock, so that nobody finds an intent that is done. */
void intent_end(struct intent *i)
{
	char path[160 + FILE_MAX];

	if (i->fd < 0)
		return;

	snprintf(path, sizeof(path), "%s/intents/" FILE_PATTERN, config_run_dir(), i->name,
		 i->ticket);
	if (file_has_name(i->fd, AT_FDCWD, path))
		unlink(path);

	close(i->fd);
	i->fd = -1;
}

bool intent_peek(const char *name, struct intent_info *info)
{
	struct look l = { .name = name, .below = UINT64_MAX };
	struct queues q;

	if (queues_open(&q, NULL) < 0)
		return false;

	look(&q, &l);
	queues_close(&q);
	*info = l.info;
	return l.count > 0;
}

void intents_clean(void)
{
	struct look l = { .below = UINT64_MAX };
	struct queues q;

	if (queues_open(&q, NULL) < 0)
		return;

	look(&q, &l);
	queues_close(&q);
}

void intent_restart_path(const char *name, char *path, size_t size)
{
	snprintf(path, size, "%s/restart-%s.xml", config_run_dir(), name);
}
