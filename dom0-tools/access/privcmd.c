/* SPDX-License-Identifier: MIT */
/*
 * Hypercalls, hypercall buffers and foreign mappings through Linux's privcmd devices.
 * Buffers come from /dev/xen/hypercall, whose pages the kernel never moves; that device limits an
 * open file to 64 pages, so what goes beyond is locked anonymous memory. Leaves the meaning of
 * each call to the typed files beside this one.
 */
#include "privcmd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "linuxdev.h"

struct privcmd {
	int fd;
	int buffer_fd; /* -1 on kernels without the device */
	void *scratch; /* one page for the arguments of the typed calls */
};

int privcmd_open(struct privcmd **out, struct hospes_error *err)
{
	struct privcmd *p = calloc(1, sizeof(*p));
	int rc;

	if (p == NULL)
		return error_set(err, -ENOMEM, "no memory for a hypervisor handle");

	p->fd = open("/dev/xen/privcmd", O_RDWR | O_CLOEXEC);
	if (p->fd < 0) {
		rc = -errno;
		free(p);
		return error_set(err, rc,
				 "cannot open /dev/xen/privcmd: %s. "
				 "Is this the control domain, and are you root?",
				 strerror(-rc));
	}

	p->buffer_fd = open("/dev/xen/hypercall", O_RDWR | O_CLOEXEC);
	p->scratch = privcmd_buffer(p, PAGE_SIZE);
	if (p->scratch == NULL) {
		privcmd_close(p);
		return error_set(err, -ENOMEM,
				 "no memory for hypercall arguments. "
				 "Is the limit of locked memory (ulimit -l) zero?");
	}

	*out = p;
	return 0;
}

void privcmd_close(struct privcmd *p)
{
	if (p == NULL)
		return;

	privcmd_buffer_free(p, p->scratch, PAGE_SIZE);
	if (p->buffer_fd >= 0)
		close(p->buffer_fd);
	close(p->fd);
	free(p);
}

long privcmd_call(struct privcmd *p, unsigned int nr, uint64_t a0, uint64_t a1, uint64_t a2,
		  uint64_t a3, uint64_t a4)
{
	struct linux_privcmd_hypercall call = { nr, { a0, a1, a2, a3, a4 } };
	long rc = ioctl(p->fd, LINUX_PRIVCMD_HYPERCALL, &call);

	return rc == -1 ? -errno : rc;
}

static size_t buffer_bytes(size_t size)
{
	return (size + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
}

void *privcmd_buffer(struct privcmd *p, size_t size)
{
	size_t bytes = buffer_bytes(size);
	void *buffer = MAP_FAILED;

	if (size == 0 || bytes < size)
		return NULL;

	if (p->buffer_fd >= 0)
		buffer = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, p->buffer_fd, 0);
	if (buffer != MAP_FAILED)
		return buffer;

	buffer = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED | MAP_POPULATE, -1, 0);
	if (buffer == MAP_FAILED)
		return NULL;

	/* A child's copy-on-write would take the page away from under a running call. */
	madvise(buffer, bytes, MADV_DONTFORK);
	return buffer;
}

void privcmd_buffer_free(struct privcmd *p, void *buffer, size_t size)
{
	(void)p;
	if (buffer != NULL)
		munmap(buffer, buffer_bytes(size));
}

void *privcmd_scratch(struct privcmd *p)
{
	return memset(p->scratch, 0, PAGE_SIZE);
}

static int map_failure(const int *errs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (errs[i] < 0)
			return errs[i];

	return 0;
}

/* The batch request answers -ENOENT when a frame is paged out; its errs say which. */
static int map_batch(struct privcmd *p, domid_t dom, void *at, const xen_pfn_t *frames, int *errs,
		     size_t count)
{
	struct linux_privcmd_mmapbatch_v2 batch = {
		.num = (unsigned int)count,
		.dom = dom,
		.addr = (uintptr_t)at,
		.arr = frames,
		.err = errs,
	};

	if (ioctl(p->fd, LINUX_PRIVCMD_MMAPBATCH_V2, &batch) < 0 && errno != ENOENT)
		return -errno;

	return 0;
}

int privcmd_map(struct privcmd *p, domid_t dom, int prot, const xen_pfn_t *frames, int *errs,
		size_t count, void **addr)
{
	int *own = NULL, rc;
	void *at;

	if (count == 0 || count > UINT32_MAX)
		return -EINVAL;

	if (errs == NULL)
		own = calloc(count, sizeof(*own));
	if (errs == NULL && own == NULL)
		return -ENOMEM;

	at = mmap(NULL, count << PAGE_SHIFT, prot, MAP_SHARED, p->fd, 0);
	if (at == MAP_FAILED) {
		rc = -errno;
		free(own);
		return rc;
	}

	rc = map_batch(p, dom, at, frames, own != NULL ? own : errs, count);
	if (rc == 0 && own != NULL)
		rc = map_failure(own, count);
	free(own);
	if (rc < 0) {
		munmap(at, count << PAGE_SHIFT);
		return rc;
	}

	*addr = at;
	return 0;
}

void privcmd_unmap(struct privcmd *p, void *addr, size_t count)
{
	(void)p;
	if (addr != NULL)
		munmap(addr, count << PAGE_SHIFT);
}
