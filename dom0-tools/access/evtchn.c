/* SPDX-License-Identifier: MIT */
/*
 * Event channels through /dev/xen/evtchn. Allocation of ports in other domains is in hvcall.c.
 */
#include "evtchn.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include "linuxdev.h"

int evtchn_open(void)
{
	int fd = open("/dev/xen/evtchn", O_RDWR | O_CLOEXEC | O_NONBLOCK);

	return fd < 0 ? -errno : fd;
}

void evtchn_close(int fd)
{
	if (fd >= 0)
		close(fd);
}

static int evtchn_request(int fd, unsigned long request, void *argument)
{
	int rc = ioctl(fd, request, argument);

	return rc < 0 ? -errno : rc;
}

int evtchn_bind_interdomain(int fd, domid_t remote, evtchn_port_t remote_port)
{
	struct linux_evtchn_pair pair = { remote, remote_port };

	return evtchn_request(fd, LINUX_EVTCHN_BIND_INTERDOMAIN, &pair);
}

int evtchn_bind_virq(int fd, unsigned int virq)
{
	struct linux_evtchn_word w = { virq };

	return evtchn_request(fd, LINUX_EVTCHN_BIND_VIRQ, &w);
}

int evtchn_unbind(int fd, evtchn_port_t port)
{
	struct linux_evtchn_word w = { port };

	return evtchn_request(fd, LINUX_EVTCHN_UNBIND, &w);
}

int evtchn_notify(int fd, evtchn_port_t port)
{
	struct linux_evtchn_word w = { port };

	return evtchn_request(fd, LINUX_EVTCHN_NOTIFY, &w);
}

int evtchn_pending(int fd)
{
	evtchn_port_t port;
	ssize_t n = read(fd, &port, sizeof(port));

	if (n < 0)
		return -errno;

	return n == sizeof(port) ? (int)port : -EIO;
}

int evtchn_unmask(int fd, evtchn_port_t port)
{
	ssize_t n = write(fd, &port, sizeof(port));

	if (n < 0)
		return -errno;

	return n == sizeof(port) ? 0 : -EIO;
}
