/* SPDX-License-Identifier: MIT */
/* Store nodes of devices: paths, and taking nodes away without leaving empty parents. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "dev.h"
#include "dev_nodes.h"

/* A guest's credit is filled up so often: as other toolstacks have it. */
#define RATE_INTERVAL_US 50000U
#define US_PER_S         1000000U

/* Far longer than those that dev_disk.c makes: what stands in the store may be anything. */
#define IDENTITY_MAX 64
/* "domain 5 (demo)", with its end. */
#define USER_MAX 128

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

void dev_mac_text(const uint8_t mac[6], char text[DEV_MAC_TEXT])
{
	snprintf(text, DEV_MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		 mac[3], mac[4], mac[5]);
}

int dev_mac_parse(const char *text, uint8_t mac[6])
{
	int n = sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &mac[0], &mac[1], &mac[2],
		       &mac[3], &mac[4], &mac[5]);

	return n == 6 ? 0 : -EINVAL;
}

void dev_mac_path(const uint8_t mac[6], char path[DEV_PATH_MAX])
{
	snprintf(path, DEV_PATH_MAX, DEV_MACS "/%02x%02x%02x%02x%02x%02x", mac[0], mac[1], mac[2],
		 mac[3], mac[4], mac[5]);
}

void dev_mac_index_path(const uint8_t mac[6], uint32_t domid, unsigned int handle,
			char path[DEV_PATH_MAX])
{
	size_t length;

	dev_mac_path(mac, path);
	length = strlen(path);
	snprintf(path + length, DEV_PATH_MAX - length, "/%u-%u", domid, handle);
}

/* The user of an entry of an index, in words. */
static void user_name(struct store *s, store_txn t, const char *entry, char text[USER_MAX])
{
	unsigned int domid = (unsigned int)strtoul(entry, NULL, 10);
	char path[DEV_PATH_MAX], *name = NULL;

	snprintf(path, sizeof(path), "/local/domain/%u/name", domid);
	if (store_read(s, t, path, &name, NULL))
		name = NULL;
	snprintf(text, USER_MAX, "domain %u (%s)", domid, name ? name : "which is going away");
	free(name);
}

static int user_check(struct store *s, store_txn t, const char *path, const char *entry,
		      dev_user_check check, const void *device, struct hospes_error *err)
{
	char node[DEV_PATH_MAX + 32], user[USER_MAX], *how;
	int rc;

	snprintf(node, sizeof(node), "%s/%s", path, entry);
	rc = store_read(s, t, node, &how, NULL);
	if (rc == -ENOENT)
		return 0;
	if (rc)
		return error_set(err, rc, "cannot read %s: %s", node, strerror(-rc));

	user_name(s, t, entry, user);
	rc = check(device, how, user, err);
	free(how);
	return rc;
}

int dev_users_check(struct store *s, store_txn t, const char *path, dev_user_check check,
		    const void *device, struct hospes_error *err)
{
	unsigned int count;
	char **users;
	int rc = store_directory(s, t, path, &users, &count);

	if (rc == -ENOENT)
		return 0;
	if (rc)
		return error_set(err, rc, "cannot read %s: %s", path, strerror(-rc));

	for (unsigned int i = 0; i < count && !rc; i++)
		rc = user_check(s, t, path, users[i], check, device, err);
	free(users);
	return rc;
}

void dev_rate_text(uint64_t rate_kib, char text[DEV_RATE_TEXT])
{
	uint64_t bytes = rate_kib * 1024 * RATE_INTERVAL_US / US_PER_S;

	text[0] = '\0';
	if (bytes != 0)
		snprintf(text, DEV_RATE_TEXT, "%" PRIu64 ",%u", bytes, RATE_INTERVAL_US);
}

uint64_t dev_rate_read(const char *text)
{
	unsigned long bytes;
	unsigned int us;

	if (sscanf(text, "%lu,%u", &bytes, &us) != 2 || us == 0 || bytes > UINT64_MAX / US_PER_S)
		return 0;

	/* Rounded up: making its text has rounded it down. */
	return (bytes * US_PER_S / us + 1023) / 1024;
}
