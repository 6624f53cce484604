/* SPDX-License-Identifier: MIT */
/* Connecting to hospesd for what happens. */
#include "feed.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <dom0-tools/base/clock.h>
#include <dom0-tools/config/config.h>

#define RETRY_MS 100

void feed_socket_path(char *path, size_t size)
{
	snprintf(path, size, "%s/events.sock", config_run_dir());
}

static int connect_once(unsigned int last)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char request[32];
	int n, rc = 0;

	if (fd < 0)
		return -errno;

	feed_socket_path(address.sun_path, sizeof(address.sun_path));
	n = snprintf(request, sizeof(request), "events %u\n", last);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		rc = -errno;
	else if (send(fd, request, (size_t)n, MSG_NOSIGNAL) != n)
		rc = -ECONNREFUSED;

	if (rc == 0)
		return fd;

	close(fd);
	return rc;
}

int feed_connect(unsigned int last, struct hospes_error *err)
{
	int64_t deadline = clock_ms() + FEED_RECONNECT_MS;
	char path[128];
	int fd;

	for (;;) {
		fd = connect_once(last);
		if (fd != -ENOENT && fd != -ECONNREFUSED)
			break;
		if (clock_left_ms(deadline) == 0)
			break;

		clock_sleep_ms(RETRY_MS);
	}

	if (fd >= 0)
		return fd;

	feed_socket_path(path, sizeof(path));
	return error_set(err, fd, "waited %d s for hospesd at %s: %s; is it running?",
			 FEED_RECONNECT_MS / 1000, path, strerror(-fd));
}
