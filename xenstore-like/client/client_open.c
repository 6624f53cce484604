/* SPDX-License-Identifier: MIT */
/*
 * The client library's connections (see client.h): to the daemon's socket, or to the kernel's
 * device, which passes requests on through the domain's ring.
 */
#include "client_call.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* A file descriptor, or a negative errno. */
static int socket_open(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const struct timeval limit = { .tv_sec = STORE_WAIT_MS / 1000 };
	int fd, rc;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;

	/* A daemon that stands still takes connections only as far as the kernel's queue goes. */
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		rc = errno == EAGAIN ? -ETIMEDOUT : -errno;
		close(fd);
		return rc;
	}
	return fd;
}

static bool is_socket(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISSOCK(st.st_mode);
}

static int device_open(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* fd: a file descriptor, which the handle will own; or a negative errno, which becomes errno. */
static struct store *store_with(int fd)
{
	struct store *s;
	struct stat st;

	if (fd < 0) {
		errno = -fd;
		return NULL;
	}

	s = calloc(1, sizeof(*s));
	if (!s) {
		close(fd);
		errno = ENOMEM;
		return NULL;
	}

	s->fd = fd;
	s->wait_ms = STORE_WAIT_MS;
	s->is_socket = fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
	s->last_event = &s->events;
	return s;
}

struct store *store_open_path(const char *path)
{
	int fd = socket_open(path);

	/* A path that is not a socket gives the same error as a socket without a daemon. */
	if (fd == -ECONNREFUSED && !is_socket(path))
		fd = device_open(path);
	return store_with(fd);
}

struct store *store_open(void)
{
	const char *path = getenv(STORE_SOCKET_ENV);
	int fd, device;

	if (path)
		return store_with(socket_open(path));

	fd = socket_open(STORE_SOCKET_PATH);
	if (fd != -ENOENT)
		return store_with(fd);

	/* If there is neither, report that the socket is missing. */
	device = device_open(STORE_KERNEL_PATH);
	return store_with(device < 0 ? fd : device);
}

void store_close(struct store *s)
{
	struct store_event event;

	if (!s)
		return;

	while (s->events && store_next_event(s, &event, false) == 0)
		store_event_free(&event);

	close(s->fd);
	free(s->batch.failed);
	free(s);
}

void store_set_wait(struct store *s, int ms)
{
	const struct timeval limit = { ms / 1000, ms % 1000 * 1000 };

	s->wait_ms = ms;
	setsockopt(s->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

int store_fileno(const struct store *s)
{
	return s->fd;
}
