/* SPDX-License-Identifier: MIT */
/*
 * Taking a domain's devices away, from the store and the kernel alone. Removing a backend's nodes
 * makes the kernel take the backend down, whatever state it is in; then this waits until it is gone
 * from sysfs, and its loop device is free. A second call finds nothing, or what the first could not
 * finish. All of that for all devices of a domain, or for one.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <dom0-tools/base/clock.h>
#include <dom0-tools/base/progress.h>
#include "dev_attach.h"
#include "driver.h"
#include "loop.h"

/* Far more devices than a configuration can hold. */
#define DETACH_MAX 256

/* Pauses between looks whether everything is gone. */
#define PAUSE_MS_MIN 1
#define PAUSE_MS_MAX 32

struct detach {
	uint32_t domid;
	bool one; /* of this kind and number only */
	enum dev_kind kind;
	unsigned int id;
	struct store *store;
	unsigned int loop_count;
	unsigned int loops[DETACH_MAX];
};

/* Remembers the loop device behind a disk, to wait for it. */
static void note_loop(struct detach *x, store_txn t, const char *backend)
{
	char path[DEV_PATH_MAX + 32], *text;
	int number;

	if (x->loop_count == DETACH_MAX)
		return;

	snprintf(path, sizeof(path), "%s/physical-device", backend);
	if (store_read(x->store, t, path, &text, NULL))
		return;

	number = loop_of_device(text);
	if (number >= 0)
		x->loops[x->loop_count++] = (unsigned int)number;
	free(text);
}

static int drop_index(struct detach *x, store_txn t, const char *backend, unsigned int vdev)
{
	char path[DEV_PATH_MAX + 32], index[DEV_PATH_MAX], *identity;
	int rc;

	snprintf(path, sizeof(path), "%s/hospes-file", backend);
	if (store_read(x->store, t, path, &identity, NULL))
		return 0;

	rc = dev_disk_index_path(identity, x->domid, vdev, index);
	free(identity);
	/* Not one of ours, so there is no index entry either. */
	if (rc)
		return 0;

	return dev_prune(x->store, t, index, DEV_DOM0);
}

static int drop_if_there(struct detach *x, store_txn t, const char *path)
{
	if (!store_exists(x->store, t, path))
		return 0;

	return dev_prune(x->store, t, path, DEV_DOM0);
}

static int drop_station(struct detach *x, store_txn t, const char *backend, unsigned int handle)
{
	char path[DEV_PATH_MAX + 32], index[DEV_PATH_MAX], *text;
	uint8_t mac[6];
	int rc;

	snprintf(path, sizeof(path), "%s/mac", backend);
	if (store_read(x->store, t, path, &text, NULL))
		return 0;

	rc = dev_mac_parse(text, mac);
	free(text);
	if (rc)
		return 0;

	dev_mac_index_path(mac, x->domid, handle, index);
	return drop_if_there(x, t, index);
}

static int drop_device(struct detach *x, store_txn t, enum dev_kind kind, unsigned int id)
{
	char path[DEV_PATH_MAX], home[DEV_PATH_MAX];
	int rc;

	snprintf(home, sizeof(home), "/local/domain/%u/device", x->domid);
	dev_frontend_path(kind, x->domid, id, path);
	rc = dev_prune(x->store, t, path, home);
	if (rc)
		return rc;

	dev_backend_path(kind, x->domid, id, path);
	if (kind == DEV_DISK) {
		note_loop(x, t, path);
		rc = drop_index(x, t, path, id);
	} else {
		rc = drop_station(x, t, path, id);
	}
	if (rc)
		return rc;

	return dev_prune(x->store, t, path, DEV_DOM0);
}

/* With what its backend complained of. */
static int drop_one(struct detach *x, store_txn t)
{
	char path[DEV_PATH_MAX];
	int rc = drop_device(x, t, x->kind, x->id);

	if (rc)
		return rc;

	snprintf(path, sizeof(path), DEV_ERRORS "/%s/%u/%u", dev_kind_names[x->kind], x->domid,
		 x->id);
	return drop_if_there(x, t, path);
}

static int drop_kind(struct detach *x, store_txn t, enum dev_kind kind)
{
	unsigned int ids[DETACH_MAX];
	char path[DEV_PATH_MAX];
	int count, rc = 0;

	snprintf(path, sizeof(path), DEV_BACKEND "/%s/%u", dev_kind_names[kind], x->domid);
	count = dev_numbers(x->store, t, path, ids, DETACH_MAX);
	if (count < 0)
		return count;

	for (int i = 0; i < count && !rc; i++)
		rc = drop_device(x, t, kind, ids[i]);
	/* Nodes without any device go too. */
	if (!rc && count == 0)
		rc = drop_if_there(x, t, path);
	if (rc)
		return rc;

	snprintf(path, sizeof(path), DEV_ERRORS "/%s/%u", dev_kind_names[kind], x->domid);
	return drop_if_there(x, t, path);
}

static int drop_all(struct detach *x, store_txn t)
{
	int rc = 0;

	for (enum dev_kind kind = 0; kind < DEV_KINDS && !rc; kind++)
		rc = drop_kind(x, t, kind);
	return rc;
}

static int drop_nodes(struct detach *x, struct hospes_error *err)
{
	int rc = -EAGAIN;
	store_txn t;

	for (int tries = 0; tries < DEV_TXN_TRIES && rc == -EAGAIN; tries++) {
		x->loop_count = 0;
		rc = store_transaction_start(x->store, &t);
		if (rc)
			break;

		rc = x->one ? drop_one(x, t) : drop_all(x, t);

		if (rc)
			ignore(store_transaction_end(x->store, t, false));
		else
			rc = store_transaction_end(x->store, t, true);
	}

	if (rc)
		error_set(err, rc, "cannot remove the store nodes of domain %u's devices: %s",
			  x->domid, strerror(-rc));
	return rc;
}

/* Whether a folder of the kernel's, "vbd-5-51712", is of a backend that is to go. */
static bool is_meant(const struct detach *x, const char *folder)
{
	for (enum dev_kind kind = 0; kind < DEV_KINDS; kind++) {
		char pattern[16];
		unsigned int owner, id;

		snprintf(pattern, sizeof(pattern), "%s-%%u-%%u", dev_kind_names[kind]);
		if (sscanf(folder, pattern, &owner, &id) != 2 || owner != x->domid)
			continue;
		if (!x->one || (x->kind == kind && x->id == id))
			return true;
	}

	return false;
}

/* One of them that the kernel still has. */
static bool find_backend(const struct detach *x, char *name, size_t size)
{
	DIR *dir = opendir(DRIVER_SYSFS);
	struct dirent *entry;
	bool found = false;

	while (dir && !found && (entry = readdir(dir))) {
		found = is_meant(x, entry->d_name);
		if (found)
			snprintf(name, size, "backend %.32s", entry->d_name);
	}

	if (dir)
		closedir(dir);
	return found;
}

static bool find_loop(const struct detach *x, char *name, size_t size)
{
	for (unsigned int i = 0; i < x->loop_count; i++) {
		if (loop_is_bound(x->loops[i])) {
			snprintf(name, size, "/dev/loop%u", x->loops[i]);
			return true;
		}
	}

	return false;
}

/* Looks often at first: mostly all is gone at once. */
static int wait_gone(struct detach *x, struct hospes_error *err)
{
	int64_t deadline = clock_ms() + DEV_WAIT_MS;
	int pause = PAUSE_MS_MIN;
	char name[64];

	while (find_backend(x, name, sizeof(name)) || find_loop(x, name, sizeof(name))) {
		if (clock_left_ms(deadline) == 0)
			return error_set(err, -ETIMEDOUT,
					 "%s of domain %u is still there after %d s; see dmesg",
					 name, x->domid, DEV_WAIT_MS / 1000);

		progress_tell("%s is still there", name);
		clock_sleep_ms(pause);
		if (pause < PAUSE_MS_MAX)
			pause *= 2;
	}

	return 0;
}

static bool has_nodes(struct detach *x)
{
	char path[DEV_PATH_MAX];

	if (x->one) {
		dev_backend_path(x->kind, x->domid, x->id, path);
		return store_exists(x->store, STORE_NO_TXN, path);
	}

	for (enum dev_kind kind = 0; kind < DEV_KINDS; kind++) {
		snprintf(path, sizeof(path), DEV_BACKEND "/%s/%u", dev_kind_names[kind], x->domid);
		if (store_exists(x->store, STORE_NO_TXN, path))
			return true;

		snprintf(path, sizeof(path), DEV_ERRORS "/%s/%u", dev_kind_names[kind], x->domid);
		if (store_exists(x->store, STORE_NO_TXN, path))
			return true;
	}

	return false;
}

static int detach(struct detach *x, struct hospes_error *err)
{
	int rc = dev_store_open(&x->store, err);

	if (rc)
		return rc;

	if (has_nodes(x))
		rc = drop_nodes(x, err);
	if (!rc)
		rc = wait_gone(x, err);
	/* A backend that was busy may have written a last word into what was removed. */
	if (!rc && has_nodes(x))
		rc = drop_nodes(x, err);

	store_close(x->store);
	return rc;
}

int dev_detach_all(uint32_t domid, struct hospes_error *err)
{
	struct detach x = { .domid = domid };

	return detach(&x, err);
}

int dev_detach_one(uint32_t domid, enum dev_kind kind, unsigned int id, struct hospes_error *err)
{
	struct detach x = { .domid = domid, .one = true, .kind = kind, .id = id };

	return detach(&x, err);
}

int dev_domains(uint32_t *domids, unsigned int max, struct hospes_error *err)
{
	unsigned int total = 0;
	struct store *s;
	int n, rc;

	rc = dev_store_open(&s, err);
	if (rc)
		return rc;

	for (enum dev_kind kind = 0; kind < DEV_KINDS; kind++) {
		char path[DEV_PATH_MAX];
		unsigned int found[DETACH_MAX * 16];

		snprintf(path, sizeof(path), DEV_BACKEND "/%s", dev_kind_names[kind]);
		n = dev_numbers(s, STORE_NO_TXN, path, found, DETACH_MAX * 16);
		for (int i = 0; i < n; i++) {
			unsigned int k = 0;

			while (k < total && domids[k] != found[i])
				k++;
			if (k == total && total < max)
				domids[total++] = found[i];
		}
	}

	store_close(s);
	return (int)total;
}
