/* SPDX-License-Identifier: MIT */
/*
 * Waits until the kernel's backends are ready for the guest, and does what each needs in between: a
 * network backend's link is put into its bridge. Woken by watches on the backends' nodes; blkback
 * tells only in sysfs that it has opened its device, so that is looked at every millisecond.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <dom0-tools/base/clock.h>
#include <dom0-tools/base/progress.h>
#include "dev_attach.h"
#include "driver.h"
#include "net_link.h"

/*
 * Pauses between looks. blkback tells only in sysfs when it has opened its device; netback's link
 * comes with an event.
 */
#define DISK_LOOK_MS 1
#define NIC_LOOK_MS  20

static int backend_state(struct dev_attach *a, const char *backend)
{
	char path[DEV_PATH_MAX + 8];
	uint64_t state;
	int rc;

	snprintf(path, sizeof(path), "%s/state", backend);
	rc = store_read_number(a->store, STORE_NO_TXN, path, &state);
	if (rc)
		return rc;

	return (int)state;
}

/* The kernel's own words about a backend that failed, if it left any. */
static int backend_error(struct dev_attach *a, const struct dev_one *d, struct hospes_error *err)
{
	char path[DEV_PATH_MAX], *text;
	int rc = 0;

	snprintf(path, sizeof(path), DEV_ERRORS "/%s/%u/%u/error", dev_kind_names[d->kind],
		 a->domid, d->id);
	if (store_read(a->store, STORE_NO_TXN, path, &text, NULL))
		return 0;

	if (*text)
		rc = error_set(err, -EIO, "the kernel's backend says: %s", text);
	free(text);
	return rc;
}

/*
 * The backend offers as many queues as dom0 has CPUs, when it comes up; a guest that is not yet
 * running takes what it finds here. @most is 0 where no bound is wanted.
 */
static int queues_bound(struct dev_attach *a, const char *backend, unsigned int most,
			struct hospes_error *err)
{
	char path[DEV_PATH_MAX + 32], text[16];
	uint64_t offered;
	int rc;

	snprintf(path, sizeof(path), "%s/multi-queue-max-queues", backend);
	if (most == 0 || store_read_number(a->store, STORE_NO_TXN, path, &offered) != 0)
		return 0;
	if (offered <= most)
		return 0;

	snprintf(text, sizeof(text), "%u", most);
	rc = store_write_string(a->store, STORE_NO_TXN, path, text);
	if (rc)
		return error_set(err, rc, "cannot write %s: %s", path, strerror(-rc));

	return 0;
}

static int disk_ready(struct dev_attach *a, struct dev_one *d, const char *backend,
		      struct hospes_error *err)
{
	char path[DEV_PATH_MAX];

	snprintf(path, sizeof(path), DRIVER_SYSFS "/vbd-%u-%u/physical_device", a->domid, d->id);
	if (access(path, F_OK) != 0)
		return 0;

	d->ready = true;
	return queues_bound(a, backend, a->config->disks[d->index].queues, err);
}

static int nic_ready(struct dev_attach *a, struct dev_one *d, const char *backend,
		     struct hospes_error *err)
{
	const struct config_nic *nic = &a->config->nics[d->index];
	const struct net_port port = {
		.rename = nic->target,
		.bridge = nic->bridge,
		.mtu = nic->mtu,
		.down = nic->link_down,
	};
	char link[32], path[DEV_PATH_MAX + 16];
	int rc;

	snprintf(link, sizeof(link), "vif%u.%u", a->domid, d->id);
	if (!net_link_exists(link))
		return 0;

	rc = net_link_join(link, &port, err);
	if (rc)
		return rc;

	rc = queues_bound(a, backend, nic->queues, err);
	if (rc)
		return rc;

	snprintf(path, sizeof(path), "%s/hotplug-status", backend);
	rc = store_write_string(a->store, STORE_NO_TXN, path, "connected");
	if (rc)
		return error_set(err, rc, "cannot write %s: %s", path, strerror(-rc));

	d->ready = true;
	return 0;
}

/* One look at one device: 0, d->ready tells the rest. */
static int device_step(struct dev_attach *a, struct dev_one *d, struct hospes_error *err)
{
	char backend[DEV_PATH_MAX];
	int state;

	dev_backend_path(d->kind, a->domid, d->id, backend);
	state = backend_state(a, backend);
	if (state < 0)
		return error_set(err, state, "cannot read %s/state: %s", backend, strerror(-state));

	if (state == DEV_CLOSING || state == DEV_CLOSED) {
		if (backend_error(a, d, err))
			return -EIO;

		return error_set(err, -EIO, "the kernel's backend closed (state %d); see dmesg",
				 state);
	}

	if (state < DEV_INIT_WAIT)
		return backend_error(a, d, err);

	if (d->kind == DEV_DISK)
		return disk_ready(a, d, backend, err);

	return nic_ready(a, d, backend, err);
}

/* Says which device it was. Returns @code. */
static int device_fail(struct dev_attach *a, const struct dev_one *d, int code,
		       struct hospes_error *err)
{
	if (d->kind == DEV_DISK)
		error_prefix(err, "disk %s (%s)", a->config->disks[d->index].target,
			     a->config->disks[d->index].source);
	else
		error_prefix(err, "interface %u (line %u)", d->id, a->config->nics[d->index].line);
	return code;
}

static int timed_out(struct dev_attach *a, const struct dev_one *d, struct hospes_error *err)
{
	if (!backend_error(a, d, err))
		error_set(err, -ETIMEDOUT, "the backend was not ready after %d s: %s %s",
			  DEV_WAIT_MS / 1000,
			  driver_present(d->kind) ? "see dmesg about" : "load the module",
			  driver_module(d->kind));
	return device_fail(a, d, -ETIMEDOUT, err);
}

/* Sleeps until a watch fires or @ms are over. Takes all events: only their coming matters. */
static void wait_for_change(struct store *s, int ms)
{
	struct pollfd p = { .fd = store_fileno(s), .events = POLLIN };
	struct store_event event;
	bool any = false;

	while (store_next_event(s, &event, false) == 0) {
		store_event_free(&event);
		any = true;
	}

	if (!any)
		poll(&p, 1, ms);
}

static int step_all(struct dev_attach *a, struct dev_one **waiting, struct hospes_error *err)
{
	int rc;

	*waiting = NULL;
	for (unsigned int i = 0; i < a->count; i++) {
		struct dev_one *d = &a->devices[i];

		rc = d->ready ? 0 : device_step(a, d, err);
		if (rc)
			return device_fail(a, d, rc, err);

		if (!d->ready)
			*waiting = d;
	}

	return 0;
}

static int watch_backends(struct dev_attach *a, struct hospes_error *err)
{
	char path[DEV_PATH_MAX];
	int rc;

	for (enum dev_kind kind = 0; kind < DEV_KINDS; kind++) {
		snprintf(path, sizeof(path), DEV_BACKEND "/%s/%u", dev_kind_names[kind], a->domid);
		if (!store_exists(a->store, STORE_NO_TXN, path))
			continue;

		/* A connection that attaches twice has the watch already. */
		rc = store_watch(a->store, path, "attach");
		if (rc && rc != -EEXIST)
			return error_set(err, rc, "cannot watch %s in the store: %s", path,
					 strerror(-rc));
	}
	return 0;
}

static void device_tell(const struct dev_attach *a, const struct dev_one *d)
{
	if (d->kind == DEV_DISK)
		progress_tell("disk %s is not ready", a->config->disks[d->index].target);
	else
		progress_tell("interface %u is not ready", d->id);
}

int dev_wait_ready(struct dev_attach *a, struct hospes_error *err)
{
	int64_t deadline = clock_ms() + DEV_WAIT_MS;
	struct dev_one *waiting;
	int rc;

	rc = step_all(a, &waiting, err);
	if (rc || !waiting)
		return rc;

	rc = watch_backends(a, err);
	if (rc)
		return rc;

	for (;;) {
		device_tell(a, waiting);
		wait_for_change(a->store, waiting->kind == DEV_DISK ? DISK_LOOK_MS : NIC_LOOK_MS);
		rc = step_all(a, &waiting, err);
		if (rc || !waiting)
			return rc;
		if (clock_left_ms(deadline) == 0)
			return timed_out(a, waiting, err);
	}
}
