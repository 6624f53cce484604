/* SPDX-License-Identifier: MIT */
/*
 * Connecting to hospesd for a guest's console. The daemon may just be starting again, or not have
 * seen a new domain yet: both are waited for, with a bound.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <dom0-tools/base/clock.h>
#include <dom0-tools/config/config.h>
#include "console.h"

#define RETRY_MS 50

void console_socket_path(char *path, size_t size)
{
	snprintf(path, size, "%s/console.sock", config_run_dir());
}

void console_log_path(const char *name, char *path, size_t size)
{
	const char *dir = getenv("HOSPES_LOG_DIR");

	snprintf(path, size, "%s/%s.log", dir && *dir ? dir : CONSOLE_LOG_DIR, name);
}

static int open_socket(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int rc;

	if (fd < 0)
		return -errno;

	console_socket_path(address.sun_path, sizeof(address.sun_path));
	if (!connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;

	rc = -errno;
	close(fd);
	return rc;
}

/* The daemon's one line of answer, byte by byte: what follows is the guest's. */
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

/* -EAGAIN: worth another try. */
static int try_connect(uint32_t domid, bool replay, char *answer, size_t size)
{
	char request[64];
	int n = snprintf(request, sizeof(request), "console %u %s\n", domid,
			 replay ? "replay" : "live");
	int fd = open_socket(), rc;

	if (fd < 0)
		return fd == -ENOENT || fd == -ECONNREFUSED ? -EAGAIN : fd;

	rc = send(fd, request, (size_t)n, MSG_NOSIGNAL) == n ? 0 : -ECONNRESET;
	if (!rc)
		rc = read_answer(fd, answer, size);
	if (!rc && strcmp(answer, "ok"))
		rc = strstr(answer, "no console") ? -ENOENT : -EPROTO;
	if (!rc)
		return fd;

	close(fd);
	return rc == -ECONNRESET ? -EAGAIN : rc;
}

int console_connect(uint32_t domid, bool replay, struct hospes_error *err)
{
	char answer[256] = "";
	int tries = CONSOLE_RECONNECT_SECONDS * 1000 / RETRY_MS, fd;

	for (;;) {
		fd = try_connect(domid, replay, answer, sizeof(answer));
		if (fd >= 0)
			return fd;

		/* A domain that is just being made shows up within a second. */
		if (fd == -ENOENT && tries > 20)
			tries = 20;
		if ((fd != -EAGAIN && fd != -ENOENT) || --tries <= 0)
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
