/* SPDX-License-Identifier: MIT */
/*
 * Connecting to hospesd for a guest's console. The daemon may just be starting again, or not have
 * seen a new domain yet: both are waited for, with a bound.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>
#include <dom0-tools/base/clock.h>
#include <dom0-tools/config/config.h>
#include "console.h"

#define RETRY_MS 50
/* A daemon that takes a connection and says nothing for so long is as good as away. */
#define ANSWER_SECONDS 5
/* Within this time hospesd has seen a new domain. */
#define NEW_DOMAIN_MS 1000

void console_socket_path(char *path, size_t size)
{
	snprintf(path, size, "%s/console.sock", config_run_dir());
}

static const char *log_dir(void)
{
	const char *dir = getenv("HOSPES_LOG_DIR");

	return dir && *dir ? dir : CONSOLE_LOG_DIR;
}

void console_log_path(const char *name, char *path, size_t size)
{
	snprintf(path, size, "%s/%s.log", log_dir(), name);
}

/* Without them a log cannot be opened, and that is told. */
static void log_dirs_make(const char *below)
{
	char path[PATH_MAX];

	mkdir(log_dir(), 0755);
	snprintf(path, sizeof(path), "%s/%s", log_dir(), below);
	mkdir(path, 0750);
}

void console_daemon_log_path(char *path, size_t size)
{
	log_dirs_make("daemon");
	snprintf(path, size, "%s/daemon/hospesd.log", log_dir());
}

void console_refused_log_path(const char *name, char *path, size_t size)
{
	log_dirs_make("refused");
	snprintf(path, size, "%s/refused/%s.log", log_dir(), name);
}

/* Bounds each wait on the socket; 0: none. */
static int set_limit(int fd, int seconds)
{
	struct timeval limit = { .tv_sec = seconds };

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0)
		return -errno;

	return 0;
}

static int open_socket(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int rc;

	if (fd < 0)
		return -errno;

	rc = set_limit(fd, ANSWER_SECONDS);
	if (rc < 0) {
		close(fd);
		return rc;
	}

	console_socket_path(address.sun_path, sizeof(address.sun_path));
	if (!connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;

	rc = -errno;
	close(fd);
	return rc;
}

/* Reads the daemon's one-line answer byte by byte: what follows is the guest's output. */
static int read_answer(int fd, char *line, size_t size)
{
	size_t used = 0;
	ssize_t n;

	while (used < size - 1) {
		n = read(fd, line + used, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -ECONNRESET;
		if (line[used] == '\n')
			break;

		used++;
	}

	line[used] = '\0';
	return 0;
}

/* Asks for the console; 0 when the daemon has said "ok". */
static int ask(int fd, uint32_t domid, bool replay, char *answer, size_t size)
{
	const char *mode = replay ? "replay" : "live";
	char request[64];
	int n = snprintf(request, sizeof(request), "console %u %s\n", domid, mode);
	int rc;

	if (send(fd, request, (size_t)n, MSG_NOSIGNAL) != n)
		return -ECONNRESET;

	rc = read_answer(fd, answer, size);
	if (rc < 0)
		return rc;

	if (strcmp(answer, "ok") == 0)
		return 0;

	return strstr(answer, "no console") ? -ENOENT : -EPROTO;
}

/* A connected socket. -EAGAIN: the daemon is away, and may come back; -ENOENT: no such console. */
static int try_connect(uint32_t domid, bool replay, char *answer, size_t size)
{
	int fd = open_socket();
	int rc;

	if (fd == -ENOENT || fd == -ECONNREFUSED)
		return -EAGAIN;
	if (fd < 0)
		return fd;

	rc = ask(fd, domid, replay, answer, size);
	if (rc == 0)
		rc = set_limit(fd, 0);
	if (rc == 0)
		return fd;

	close(fd);
	return rc == -ECONNRESET ? -EAGAIN : rc;
}

int console_connect(uint32_t domid, bool replay, struct hospes_error *err)
{
	int64_t deadline = clock_ms() + CONSOLE_RECONNECT_SECONDS * 1000;
	bool reached = false;
	char answer[256] = "";
	int fd;

	for (;;) {
		fd = try_connect(domid, replay, answer, sizeof(answer));
		if (fd >= 0)
			return fd;
		if (fd != -EAGAIN && fd != -ENOENT)
			break;

		/* The daemon is there. A domain that is being created shows up soon. */
		if (fd == -ENOENT && !reached) {
			reached = true;
			deadline = clock_ms() + NEW_DOMAIN_MS;
		}
		if (clock_left_ms(deadline) == 0)
			break;

		clock_sleep_ms(RETRY_MS);
	}

	if (fd == -EAGAIN)
		return error_set(err, -ECONNREFUSED, "hospesd does not answer: is it running?");
	if (fd == -ENOENT)
		return error_set(err, fd, "hospesd knows no console of domain %u", domid);

	return error_set(err, fd, "cannot connect to the console of domain %u: %s", domid,
			 answer[0] ? answer : strerror(-fd));
}
