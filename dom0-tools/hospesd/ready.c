/* SPDX-License-Identifier: MIT */
/* One datagram to the socket that the environment names; nothing of libsystemd is needed for it. */
#include "ready.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define NOTIFY_SOCKET "NOTIFY_SOCKET"

/* A path, or with an "@" in place of its zero byte a name that is no file's. */
static int address_make(const char *name, struct sockaddr_un *address, socklen_t *size)
{
	size_t length = strlen(name);

	if ((name[0] != '/' && name[0] != '@') || length >= sizeof(address->sun_path))
		return -EINVAL;

	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(address->sun_path, name, length);
	if (name[0] == '@')
		address->sun_path[0] = '\0';

	*size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
	return 0;
}

static int tell(const char *name)
{
	static const char ready[] = "READY=1";
	struct sockaddr_un address;
	socklen_t size;
	int fd, rc = address_make(name, &address, &size);

	if (rc < 0)
		return rc;

	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;

	if (sendto(fd, ready, strlen(ready), 0, (struct sockaddr *)&address, size) < 0)
		rc = -errno;
	close(fd);
	return rc;
}

int ready_tell(void)
{
	const char *name = getenv(NOTIFY_SOCKET);
	int rc = 0;

	if (name != NULL)
		rc = tell(name);

	unsetenv(NOTIFY_SOCKET);
	return rc;
}
