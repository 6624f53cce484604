/* SPDX-License-Identifier: MIT */
/* Store nodes of devices: paths, and taking nodes away without leaving empty parents. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "dev.h"
#include "dev_nodes.h"

/* Far longer than those that dev_disk.c makes: what stands in the store may be anything. */
#define IDENTITY_MAX 64

const char *const dev_kind_names[DEV_KINDS] = { "vbd", "vif" };

/* By its socket only: the kernel's own connection does not tell that the daemon has died. */
struct store *dev_store_connect(void)
{
	const char *path = getenv(STORE_SOCKET_ENV);

	return store_open_path(path ? path : STORE_SOCKET_PATH);
}

int dev_store_open(struct store **s, struct hospes_error *err)
{
	*s = dev_store_connect();
	if (*s)
		return 0;

	return error_set(err, errno ? -errno : -EIO,
			 "cannot reach the store: %s (is hospes-stored running?)", strerror(errno));
}

void dev_backend_path(enum dev_kind kind, uint32_t domid, unsigned int id, char path[DEV_PATH_MAX])
{
	snprintf(path, DEV_PATH_MAX, DEV_BACKEND "/%s/%u/%u", dev_kind_names[kind], domid, id);
}

void dev_frontend_path(enum dev_kind kind, uint32_t domid, unsigned int id, char path[DEV_PATH_MAX])
{
	snprintf(path, DEV_PATH_MAX, "/local/domain/%u/device/%s/%u", domid, dev_kind_names[kind],
		 id);
}

static int compare_numbers(const void *a, const void *b)
{
	unsigned int x = *(const unsigned int *)a, y = *(const unsigned int *)b;

	if (x == y)
		return 0;

	return x < y ? -1 : 1;
}

int dev_numbers(struct store *s, store_txn t, const char *path, unsigned int *numbers,
		unsigned int max)
{
	unsigned int count, n = 0;
	char **names, *end;
	int rc = store_directory(s, t, path, &names, &count);

	if (rc == -ENOENT)
		return 0;
	if (rc)
		return rc;

	for (unsigned int i = 0; i < count && n < max; i++) {
		numbers[n] = (unsigned int)strtoul(names[i], &end, 10);
		if (names[i][0] && !*end)
			n++;
	}

	free(names);
	qsort(numbers, n, sizeof(*numbers), compare_numbers);
	return (int)n;
}

static bool is_empty(struct store *s, store_txn t, const char *path)
{
	unsigned int count;
	char **names;

	if (store_directory(s, t, path, &names, &count))
		return false;

	free(names);
	return count == 0;
}

int dev_prune(struct store *s, store_txn t, const char *path, const char *top)
{
	char at[DEV_PATH_MAX];
	int rc;

	snprintf(at, sizeof(at), "%s", path);
	do {
		rc = store_rm(s, t, at);
		if (rc && rc != -ENOENT)
			return rc;

		*strrchr(at, '/') = '\0';
	} while (strlen(at) > strlen(top) && (rc == -ENOENT || is_empty(s, t, at)));
	return 0;
}

int dev_disk_index_path(const char *identity, uint32_t domid, unsigned int vdev,
			char path[DEV_PATH_MAX])
{
	if (strchr(identity, '/') || strlen(identity) > IDENTITY_MAX)
		return -EINVAL;

	snprintf(path, DEV_PATH_MAX, DEV_DISKS "/%s/%u-%u", identity, domid, vdev);
	return 0;
}
