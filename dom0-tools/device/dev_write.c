/* SPDX-License-Identifier: MIT */
/*
 * What Linux's backends and frontends expect to find in the store about a device. Everything of an
 * attach appears in one transaction.
 */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include "dev_attach.h"

/* Collects writes below one path; the first failure stays and stops the rest. */
struct node_writer {
	struct store *store;
	store_txn txn;
	char path[DEV_PATH_MAX];
	int rc;
};

static void put(struct node_writer *w, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void put(struct node_writer *w, const char *key, const char *fmt, ...)
{
	char path[DEV_PATH_MAX + 64], value[PATH_MAX];
	va_list ap;
	int n;

	if (w->rc)
		return;

	va_start(ap, fmt);
	n = vsnprintf(value, sizeof(value), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(value)) {
		w->rc = -E2BIG;
		return;
	}

	snprintf(path, sizeof(path), "%s/%s", w->path, key);
	w->rc = store_write(w->store, w->txn, path, value, (size_t)n);
}

/* A new directory: @owner may do everything, @reader may read, others nothing. Nodes below inherit
 * that. */
static void put_directory(struct node_writer *w, uint32_t owner, uint32_t reader)
{
	struct store_perm perms[2] = { { owner, STORE_NONE }, { reader, STORE_READ } };

	if (!w->rc)
		w->rc = store_mkdir(w->store, w->txn, w->path);
	if (!w->rc)
		w->rc = store_set_permissions(w->store, w->txn, w->path, perms, 2);
}

static void put_disk(struct node_writer *w, const struct dev_attach *a, const struct dev_one *d)
{
	const struct config_disk *disk = &a->config->disks[d->index];

	put(w, "dev", "%s", disk->target);
	put(w, "type", "phy");
	put(w, "device-type", "disk");
	put(w, "params", "%s", disk->source);
	put(w, "hospes-file", "%s", d->source.identity);
	put(w, "mode", disk->readonly ? "r" : "w");
	put(w, "bootable", "1");
	put(w, "removable", "0");
	put(w, "discard-enable", disk->no_discard ? "0" : "1");
	put(w, "physical-device", "%x:%x", major(d->source.device), minor(d->source.device));
	put(w, "hotplug-status", "connected");
}

static void put_mac(struct node_writer *w, const uint8_t mac[6])
{
	char text[DEV_MAC_TEXT];

	dev_mac_text(mac, text);
	put(w, "mac", "%s", text);
}

/* The MTU is for frontends that look for it; Linux's does not. */
static void put_link(struct node_writer *w, const struct config_nic *nic)
{
	char rate[DEV_RATE_TEXT];

	dev_rate_text(nic->rate_kib, rate);
	if (rate[0] != '\0')
		put(w, "rate", "%s", rate);
	if (nic->mtu != 0)
		put(w, "mtu", "%u", nic->mtu);
}

/* netback asks for "script" and gives up without; nothing runs it. */
static void put_nic(struct node_writer *w, const struct dev_attach *a, const struct dev_one *d)
{
	const struct config_nic *nic = &a->config->nics[d->index];

	put(w, "handle", "%u", d->id);
	put_mac(w, nic->mac);
	put_link(w, nic);
	if (nic->bridge[0] != '\0')
		put(w, "bridge", "%s", nic->bridge);
	put(w, "type", "vif");
	put(w, "script", "/bin/true");
	if (nic->target[0])
		put(w, "vifname", "%s", nic->target);
}

/* "state" comes last: it is what tells the other side that the rest is there. */
static void put_backend(struct node_writer *w, const struct dev_attach *a, const struct dev_one *d)
{
	char frontend[DEV_PATH_MAX];

	dev_backend_path(d->kind, a->domid, d->id, w->path);
	dev_frontend_path(d->kind, a->domid, d->id, frontend);
	put_directory(w, 0, a->domid);
	put(w, "frontend", "%s", frontend);
	put(w, "frontend-id", "%u", a->domid);
	put(w, "online", "1");
	if (d->kind == DEV_DISK)
		put_disk(w, a, d);
	else
		put_nic(w, a, d);
	put(w, "state", "%d", DEV_INITIALISING);
}

static void put_frontend(struct node_writer *w, const struct dev_attach *a, const struct dev_one *d)
{
	char backend[DEV_PATH_MAX];

	dev_frontend_path(d->kind, a->domid, d->id, w->path);
	dev_backend_path(d->kind, a->domid, d->id, backend);
	put_directory(w, a->running ? 0 : a->domid, 0);
	put(w, "backend", "%s", backend);
	put(w, "backend-id", "0");
	if (d->kind == DEV_DISK) {
		put(w, "virtual-device", "%u", d->id);
		put(w, "device-type", "disk");
	} else {
		put(w, "handle", "%u", d->id);
		put_mac(w, a->config->nics[d->index].mac);
		if (a->config->nics[d->index].mtu != 0)
			put(w, "mtu", "%u", a->config->nics[d->index].mtu);
	}

	put(w, "state", "%d", DEV_INITIALISING);
}

static void put_station(struct node_writer *w, const struct dev_attach *a, const struct dev_one *d)
{
	const struct config_nic *nic = &a->config->nics[d->index];
	char path[DEV_PATH_MAX];

	dev_mac_index_path(nic->mac, a->domid, d->id, path);
	if (!w->rc)
		w->rc = store_write(w->store, w->txn, path, nic->bridge, strlen(nic->bridge));
}

static void put_index(struct node_writer *w, const struct dev_attach *a, const struct dev_one *d)
{
	const struct config_disk *disk = &a->config->disks[d->index];
	char path[DEV_PATH_MAX], mode[3];

	snprintf(mode, sizeof(mode), "%s%s", disk->readonly ? "r" : "w",
		 disk->shareable ? "s" : "");
	if (!w->rc)
		w->rc = dev_disk_index_path(d->source.identity, a->domid, d->id, path);
	if (!w->rc)
		w->rc = store_write(w->store, w->txn, path, mode, strlen(mode));
}

static int find_conflict(struct dev_attach *a, const struct dev_one *d, store_txn t,
			 struct hospes_error *err)
{
	if (d->kind == DEV_DISK)
		return dev_disk_conflict(a->store, t, &a->config->disks[d->index],
					 d->source.identity, err);

	return dev_nic_conflict(a->store, t, &a->config->nics[d->index], err);
}

static int put_device(struct dev_attach *a, const struct dev_one *d, store_txn t,
		      struct hospes_error *err)
{
	struct node_writer w = { .store = a->store, .txn = t };
	int rc = find_conflict(a, d, t, err);

	if (rc)
		return rc;

	put_frontend(&w, a, d);
	put_backend(&w, a, d);
	if (d->kind == DEV_DISK)
		put_index(&w, a, d);
	else
		put_station(&w, a, d);
	if (w.rc)
		error_set(err, w.rc, "cannot write store nodes below %s: %s", w.path,
			  strerror(-w.rc));
	return w.rc;
}

/* -EAGAIN without words when the transaction met a conflict; otherwise @err is set. */
static int write_once(struct dev_attach *a, struct hospes_error *err)
{
	const char *path;
	store_txn t;
	int rc, failed;

	rc = store_transaction_start(a->store, &t);
	if (rc)
		return error_set(err, rc, "cannot start a store transaction: %s", strerror(-rc));

	store_batch_begin(a->store);
	for (unsigned int i = 0; i < a->count && !rc; i++)
		rc = put_device(a, &a->devices[i], t, err);

	failed = store_batch_end(a->store, &path);
	if (failed && !rc)
		rc = error_set(err, failed, "cannot write the store node %s: %s", path,
			       strerror(-failed));
	if (rc) {
		/* It has failed already; with its connection, if not before, it ends. */
		ignore(store_transaction_end(a->store, t, false));
		return rc;
	}

	rc = store_transaction_end(a->store, t, true);
	if (rc && rc != -EAGAIN)
		error_set(err, rc, "cannot write the store nodes of domain %u's devices: %s",
			  a->domid, strerror(-rc));
	return rc;
}

int dev_write_nodes(struct dev_attach *a, struct hospes_error *err)
{
	int rc = -EAGAIN;

	for (int tries = 0; tries < DEV_TXN_TRIES && rc == -EAGAIN; tries++)
		rc = write_once(a, err);
	if (rc == -EAGAIN)
		error_set(err, rc,
			  "the store nodes of domain %u's devices keep changing: try again",
			  a->domid);
	return rc;
}

/* Gives the guest what was dom0's: the folder and each node in it. */
static int give_nodes(struct dev_attach *a, const struct dev_one *d, store_txn t)
{
	struct store_perm perms[2] = { { a->domid, STORE_NONE }, { 0, STORE_READ } };
	char path[DEV_PATH_MAX], node[DEV_PATH_MAX + 64], **names;
	unsigned int count;
	int rc;

	dev_frontend_path(d->kind, a->domid, d->id, path);
	rc = store_directory(a->store, t, path, &names, &count);
	if (rc)
		return rc;

	rc = store_set_permissions(a->store, t, path, perms, 2);
	for (unsigned int i = 0; i < count && !rc; i++) {
		snprintf(node, sizeof(node), "%s/%s", path, names[i]);
		rc = store_set_permissions(a->store, t, node, perms, 2);
	}
	free(names);

	/* That is the sign at which the guest looks again. */
	snprintf(node, sizeof(node), "%s/state", path);
	if (!rc)
		rc = store_printf(a->store, t, node, "%d", DEV_INITIALISING);
	return rc;
}

static int reveal_once(struct dev_attach *a)
{
	store_txn t;
	int rc = store_transaction_start(a->store, &t);

	if (rc)
		return rc;

	for (unsigned int i = 0; i < a->count && !rc; i++)
		rc = give_nodes(a, &a->devices[i], t);
	if (rc) {
		ignore(store_transaction_end(a->store, t, false));
		return rc;
	}

	return store_transaction_end(a->store, t, true);
}

int dev_write_reveal(struct dev_attach *a, struct hospes_error *err)
{
	int rc = -EAGAIN;

	for (int tries = 0; tries < DEV_TXN_TRIES && rc == -EAGAIN; tries++)
		rc = reveal_once(a);
	if (rc)
		error_set(err, rc, "cannot give domain %u the nodes of its device: %s", a->domid,
			  strerror(-rc));
	return rc;
}
