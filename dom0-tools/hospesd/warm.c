/* SPDX-License-Identifier: MIT */
/*
 * Has the kernel prepare the page frames that mappings of guests' pages need. Linux makes room for
 * 128 MiB of them the first time any are wanted, which takes seconds on a slow machine; better when
 * the daemon starts than in the middle of the first guest's creation.
 */
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <dom0-tools/access/linuxdev.h>
#include "warm.h"

void warm_up(void)
{
	/* Frames are taken when a mapping is announced. This one is never made: it ends here. */
	struct linux_gntdev_map map = { .count = 1, .refs = { { .domid = 0, .ref = 0 } } };
	struct linux_gntdev_unmap unmap = { .count = 1 };
	int fd = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return;
	if (ioctl(fd, LINUX_GNTDEV_MAP, &map) == 0) {
		unmap.index = map.index;
		ioctl(fd, LINUX_GNTDEV_UNMAP, &unmap);
	}
	close(fd);
}
