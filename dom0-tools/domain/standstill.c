/* SPDX-License-Identifier: MIT */
/* The keeper of a standstill, the line to it, and the record for what comes after both. */
#include "standstill.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <dom0-tools/access/domctl.h>
#include <dom0-tools/base/array.h>
#include <dom0-tools/base/clock.h>
#include <dom0-tools/base/file.h>
#include <dom0-tools/base/process.h>
#include <dom0-tools/config/config.h>
#include "suspend.h"

/* Who looks whether a record is abandoned holds its lock for that moment. */
#define RECORD_WAIT_MS 1000
#define RECORD_LOOK_MS 5
/* A kernel that was asked to suspend itself in vain may be about to do it. */
#define LATE_SUSPEND_MS 5000

/* ---- the record */

static void folder_path(char path[160])
{
	snprintf(path, 160, "%s/standstill", config_run_dir());
}

int standstill_folder(void)
{
	char path[160];
	int fd;

	folder_path(path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? -errno : fd;
}

static int folder_make(char path[160], struct hospes_error *err)
{
	int rc = config_run_dir_make(err), fd;

	if (rc < 0)
		return rc;

	folder_path(path);
	fd = file_open_directory(path, err);
	if (fd < 0)
		return fd;

	close(fd);
	return 0;
}

/* One that was left for this very domain is ours from now on. */
static int record_begin(struct standstill *s, const uint8_t uuid[16], struct hospes_error *err)
{
	int64_t deadline = clock_ms() + RECORD_WAIT_MS;
	char folder[160], text[CONFIG_UUID_LENGTH + 1];
	int rc = folder_make(folder, err);

	if (rc < 0)
		return rc;

	config_uuid_text(uuid, text);
	snprintf(s->path, sizeof(s->path), "%s/%u@%s", folder, s->domid, text);
	for (;;) {
		s->record = file_open_locked(AT_FDCWD, s->path, O_RDWR | O_CREAT, 0600);
		if (s->record != -EWOULDBLOCK || clock_left_ms(deadline) == 0)
			break;

		clock_sleep_ms(RECORD_LOOK_MS);
	}

	if (s->record < 0)
		return error_set(err, s->record, "cannot make the record %s: %s", s->path,
				 strerror(-s->record));

	return 0;
}

/* The name goes before the lock. */
static void record_end(struct standstill *s)
{
	unlink(s->path);
	close(s->record);
	s->record = -1;
}

/* ---- the keeper */

/*
 * The keeper holds nothing of ours but the line and the record's lock: our place in the domain's
 * queue is free as soon as we are gone. A key at the terminal that ends us must not end it.
 */
static void keeper_part(int *line, int record)
{
	static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

	for (size_t i = 0; i < ARRAY_SIZE(ending); i++)
		signal(ending[i], SIG_IGN);

	setsid();
	if (dup2(*line, STDIN_FILENO) < 0 || dup2(record, STDOUT_FILENO) < 0)
		_exit(1);

	*line = STDIN_FILENO;
	close_range(STDERR_FILENO, ~0U, 0);
}

/* Its kernel may be about to do what it was asked for. */
static int suspended_goes_on(domid_t domid)
{
	int64_t deadline = clock_ms() + LATE_SUSPEND_MS;
	struct host h;
	int rc = host_open(&h, false, NULL);

	if (rc < 0)
		return rc;

	while ((rc = suspend_cancel(&h, domid, NULL)) == 0 && clock_left_ms(deadline) > 0)
		clock_sleep_ms(RECORD_LOOK_MS);

	host_close(&h);
	return rc < 0 && rc != -ESRCH ? rc : 0;
}

static int pause_begin(const struct standstill *s, struct privcmd **p)
{
	int rc = s->suspends ? 0 : privcmd_open(p, NULL);

	if (rc < 0 || s->suspends)
		return rc;

	return domctl_pause(*p, s->domid, NULL);
}

static int pause_end(const struct standstill *s, struct privcmd *p)
{
	if (s->suspends)
		return suspended_goes_on(s->domid);

	return domctl_unpause(p, s->domid, NULL);
}

/*
 * Says how the pause went, waits for the line's end, and unpauses. The record goes after that: who
 * finds it looks whether the domain is paused. A byte on the line says that it is for others to do.
 */
static void keeper_run(const struct standstill *s, int line)
{
	struct privcmd *p = NULL;
	int32_t rc;
	char byte;

	keeper_part(&line, s->record);
	rc = pause_begin(s, &p);
	if (file_write(line, &rc, sizeof(rc)) == 0 && rc == 0 && file_read(line, &byte, 1) == 1)
		_exit(0);
	if (rc == 0)
		rc = pause_end(s, p);
	if (rc == 0)
		unlink(s->path);

	_exit(rc == 0 ? 0 : 1);
}

static int keeper_start(struct standstill *s)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;

	s->keeper = fork();
	if (s->keeper < 0) {
		int rc = -errno;

		close(ends[0]);
		close(ends[1]);
		return rc;
	}
	if (s->keeper == 0) {
		close(ends[0]);
		keeper_run(s, ends[1]);
	}

	close(ends[1]);
	s->line = ends[0];
	return 0;
}

/* What the keeper says; -EPIPE where it says nothing. */
static int keeper_ask(struct standstill *s)
{
	int32_t said;
	ssize_t n = file_read(s->line, &said, sizeof(said));

	if (n == (ssize_t)sizeof(said) && said == 0)
		return 0;

	close(s->line);
	ignore(process_wait(s->keeper));
	s->keeper = 0;
	return n == (ssize_t)sizeof(said) ? said : -EPIPE;
}

/* The record, and the keeper that has done its part. */
static int still_begin(struct standstill *s, const uint8_t uuid[16], const char *what,
		       struct hospes_error *err)
{
	int rc = record_begin(s, uuid, err);

	if (rc < 0)
		return rc;

	rc = keeper_start(s);
	if (rc == 0)
		rc = keeper_ask(s);
	if (rc == 0)
		return 0;

	record_end(s);
	return error_set(err, rc, "cannot %s domain %u: %s (%d)", what, s->domid, strerror(-rc),
			 rc);
}

int standstill_begin(struct host *h, domid_t domid, struct standstill *s, struct hospes_error *err)
{
	struct xen_domctl_getdomaininfo info;
	int rc = domctl_info(h->privcmd, domid, &info, err);

	*s = (struct standstill){ .domid = domid, .line = -1, .record = -1 };
	if (rc < 0)
		return rc;
	if ((info.flags & (XEN_DOMINF_paused | XEN_DOMINF_shutdown | XEN_DOMINF_dying)) != 0)
		return 0;

	return still_begin(s, info.handle, "pause", err);
}

int standstill_suspends(struct host *h, domid_t domid, struct standstill *s,
			struct hospes_error *err)
{
	struct xen_domctl_getdomaininfo info;
	int rc = domctl_info(h->privcmd, domid, &info, err);

	*s = (struct standstill){ .domid = domid, .line = -1, .record = -1, .suspends = true };
	if (rc < 0)
		return rc;

	return still_begin(s, info.handle, "watch over", err);
}

/* What the keeper was killed for is ours to do. */
static int end_again(struct host *h, const struct standstill *s, struct hospes_error *err)
{
	int rc;

	if (!s->suspends)
		return domctl_unpause(h->privcmd, s->domid, err);

	rc = suspend_cancel(h, s->domid, err);
	return rc < 0 ? rc : 0;
}

int standstill_end(struct host *h, struct standstill *s, struct hospes_error *err)
{
	int rc;

	if (s->keeper == 0)
		return 0;

	close(s->line);
	rc = process_wait(s->keeper);
	s->keeper = 0;
	rc = rc == -EINTR ? end_again(h, s, err) : 0;
	record_end(s);
	return rc;
}

/* The file is written down before the keeper goes: it is known by what it is, and by its name. */
int standstill_saved(struct standstill *s, const char *path, int fd, struct hospes_error *err)
{
	char text[PATH_MAX + 64], full[PATH_MAX];
	struct stat st;
	int n, rc = 0;

	if (fstat(fd, &st) < 0 || file_full_path(path, full) < 0)
		rc = -errno;
	if (rc == 0) {
		n = snprintf(text, sizeof(text), "%ju %ju %s\n", (uintmax_t)st.st_dev,
			     (uintmax_t)st.st_ino, full);
		rc = file_write_at(s->record, text, (size_t)n, 0);
	}
	if (rc < 0)
		return error_set(err, rc, "cannot write the record %s: %s", s->path, strerror(-rc));

	ignore(file_write(s->line, "", 1));
	ignore(process_wait(s->keeper));
	close(s->line);
	s->keeper = 0;
	return 0;
}

void standstill_saved_end(struct standstill *s)
{
	record_end(s);
}
