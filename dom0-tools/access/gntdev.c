/* SPDX-License-Identifier: MIT */
/*
 * Mappings of granted pages through /dev/xen/gntdev.
 */
#include "gntdev.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "linuxdev.h"
#include "privcmd.h"

int gntdev_open(void)
{
	int fd = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

void gntdev_close(int fd)
{
	if (fd >= 0)
		close(fd);
}

static int gntdev_forget(int fd, uint64_t index, size_t count)
{
	struct linux_gntdev_unmap unmap = { .index = index, .count = (uint32_t)count };

	return ioctl(fd, LINUX_GNTDEV_UNMAP, &unmap) < 0 ? -errno : 0;
}

/* Tells the driver which references to map; gives the file offset that stands for them. */
static int gntdev_reserve(int fd, domid_t dom, const uint32_t *refs, size_t count, uint64_t *index)
{
	struct linux_gntdev_map *map;
	int rc;

	map = calloc(1, sizeof(*map) + count * sizeof(map->refs[0]));
	if (map == NULL)
		return -ENOMEM;

	map->count = (uint32_t)count;
	for (size_t i = 0; i < count; i++)
		map->refs[i] = (struct linux_gntdev_ref){ dom, refs[i] };
	rc = ioctl(fd, LINUX_GNTDEV_MAP, map) < 0 ? -errno : 0;
	*index = map->index;

	free(map);
	return rc;
}

int gntdev_map(int fd, domid_t dom, const uint32_t *refs, size_t count, int prot, void **addr)
{
	uint64_t index;
	int rc;

	if (count == 0 || count > GNTDEV_MAP_MAX)
		return -EINVAL;

	rc = gntdev_reserve(fd, dom, refs, count, &index);
	if (rc < 0)
		return rc;

	*addr = mmap(NULL, count << PAGE_SHIFT, prot, MAP_SHARED, fd, (off_t)index);
	if (*addr != MAP_FAILED)
		return 0;

	rc = -errno;
	gntdev_forget(fd, index, count);
	return rc;
}

int gntdev_unmap(int fd, void *addr, size_t count)
{
	struct linux_gntdev_offset offset = { .vaddr = (uintptr_t)addr };

	if (ioctl(fd, LINUX_GNTDEV_OFFSET, &offset) < 0)
		return -errno;
	if (offset.count != count)
		return -EINVAL;
	if (munmap(addr, count << PAGE_SHIFT) < 0)
		return -errno;

	return gntdev_forget(fd, offset.offset, count);
}
