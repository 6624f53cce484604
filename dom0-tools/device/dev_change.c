/* SPDX-License-Identifier: MIT */
/*
 * What a device can change while a guest uses it: an interface's rate and link, a disk's size. The
 * guest's kernel reads a disk's size again when the backend's state is written, be it to what it
 * was; blkback would do that itself, but not before the guest's next request.
 */
#include "dev_plug.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "dev_attach.h"
#include "loop.h"
#include "net_link.h"

#define SECTOR 512

int dev_nic_rate(struct store *s, uint32_t domid, unsigned int id, uint64_t rate_kib,
		 struct hospes_error *err)
{
	char backend[DEV_PATH_MAX], path[DEV_PATH_MAX + 8], rate[DEV_RATE_TEXT];
	int rc;

	dev_backend_path(DEV_NIC, domid, id, backend);
	snprintf(path, sizeof(path), "%s/rate", backend);
	dev_rate_text(rate_kib, rate);
	if (rate[0] != '\0')
		rc = store_write_string(s, STORE_NO_TXN, path, rate);
	else
		rc = store_rm(s, STORE_NO_TXN, path);
	if (rc < 0)
		return error_set(err, rc, "cannot write %s: %s", path, strerror(-rc));

	return 0;
}

int dev_nic_link(const struct dev_view *view, bool down, struct hospes_error *err)
{
	const struct net_port port = { .rename = "", .bridge = "", .down = down };

	return net_link_join(view->name, &port, err);
}

static int disk_fail(const struct dev_view *view, int code, const char *why,
		     struct hospes_error *err)
{
	return error_set(err, code, "disk %s: %s: %s", view->name, view->source, why);
}

/* Opens the file behind the loop device. Another file may have its name by now. */
static int open_image(const struct dev_view *view, struct stat *st, struct hospes_error *err)
{
	int fd;

	if (view->loop < 0)
		return disk_fail(view, -EINVAL,
				 "is a block device: change it, and leave out the size", err);

	fd = open(view->source, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return disk_fail(view, -errno, strerror(errno), err);
	if (fstat(fd, st) == 0 && loop_has_file((unsigned int)view->loop, st))
		return fd;

	close(fd);
	return disk_fail(view, -ESTALE, "is another file than the one that the guest has", err);
}

static int image_resize(const struct dev_view *view, int fd, const struct stat *st, uint64_t bytes,
			bool shrink, struct hospes_error *err)
{
	char why[96];

	if (bytes == 0 || bytes % SECTOR != 0 || bytes > INT64_MAX)
		return disk_fail(view, -EINVAL, "a disk has whole sectors of 512 bytes", err);
	if (bytes < (uint64_t)st->st_size && !shrink) {
		snprintf(why, sizeof(why),
			 "has %" PRId64
			 " bytes; --force makes it smaller, and what is beyond is lost",
			 (int64_t)st->st_size);
		return disk_fail(view, -EINVAL, why, err);
	}

	if (ftruncate(fd, (off_t)bytes) < 0)
		return disk_fail(view, -errno, strerror(errno), err);

	return 0;
}

/* One try: 0, or -EAGAIN. */
static int tell_once(struct store *s, const char *backend, uint64_t bytes)
{
	char sectors[DEV_PATH_MAX + 16], state[DEV_PATH_MAX + 16];
	uint64_t now;
	store_txn t;
	int rc;

	snprintf(sectors, sizeof(sectors), "%s/sectors", backend);
	snprintf(state, sizeof(state), "%s/state", backend);
	rc = store_transaction_start(s, &t);
	if (rc < 0)
		return rc;

	rc = store_read_number(s, t, state, &now);
	/* Before that blkback has not looked, and will find the new size. */
	if (rc == 0 && now == DEV_CONNECTED) {
		rc = store_printf(s, t, sectors, "%" PRIu64, bytes / SECTOR);
		if (rc == 0)
			rc = store_printf(s, t, state, "%" PRIu64, now);
	}
	if (rc < 0) {
		ignore(store_transaction_end(s, t, false));
		return rc;
	}

	return store_transaction_end(s, t, true);
}

static int guest_tell(struct store *s, uint32_t domid, const struct dev_view *view, uint64_t bytes,
		      struct hospes_error *err)
{
	char backend[DEV_PATH_MAX];
	int rc = -EAGAIN;

	dev_backend_path(DEV_DISK, domid, view->id, backend);
	for (int tries = 0; tries < DEV_TXN_TRIES && rc == -EAGAIN; tries++)
		rc = tell_once(s, backend, bytes);
	if (rc < 0)
		return error_set(err, rc, "cannot write %s/sectors: %s", backend, strerror(-rc));

	return 0;
}

/* The size of the device that blkback has open. */
static int device_size(const struct dev_view *view, uint64_t *bytes, struct hospes_error *err)
{
	char path[32];

	if (view->loop < 0)
		return dev_disk_size(view->source, bytes, err);

	snprintf(path, sizeof(path), "/dev/loop%d", view->loop);
	return dev_disk_size(path, bytes, err);
}

int dev_resize(struct store *s, uint32_t domid, const struct dev_view *view, uint64_t bytes,
	       bool shrink, uint64_t *now, struct hospes_error *err)
{
	struct stat st = { 0 };
	int fd = -1, rc = 0;

	if (bytes != 0) {
		fd = open_image(view, &st, err);
		if (fd < 0)
			return fd;

		rc = image_resize(view, fd, &st, bytes, shrink, err);
	}

	if (rc == 0 && view->loop >= 0)
		rc = loop_resize((unsigned int)view->loop, err);
	/* A file that has grown in vain is as it was. */
	if (rc < 0 && fd >= 0 && bytes > (uint64_t)st.st_size)
		ignore(ftruncate(fd, st.st_size));
	if (fd >= 0)
		close(fd);

	if (rc == 0)
		rc = device_size(view, now, err);
	if (rc == 0)
		rc = guest_tell(s, domid, view, *now, err);
	return rc;
}
