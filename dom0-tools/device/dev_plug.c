/* SPDX-License-Identifier: MIT */
/* One device comes to a running domain, or goes from it. */
#include "dev_plug.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "dev_attach.h"
#include "dev_guest.h"

/* The lowest handle that no interface of the domain has. */
static int free_handle(struct store *s, uint32_t domid, unsigned int *id, struct hospes_error *err)
{
	char path[DEV_PATH_MAX];

	for (unsigned int i = 0; i < DEV_VIEWS_MAX; i++) {
		dev_backend_path(DEV_NIC, domid, i, path);
		if (!store_exists(s, STORE_NO_TXN, path)) {
			*id = i;
			return 0;
		}
	}

	return error_set(err, -ENOSPC, "domain %u has %d interfaces already", domid, DEV_VIEWS_MAX);
}

/* A number that the device can have. */
static int slot_number(struct store *s, uint32_t domid, const struct domain_config *c,
		       struct dev_slot *slot, struct hospes_error *err)
{
	char path[DEV_PATH_MAX];

	if (slot->kind == DEV_NIC)
		return free_handle(s, domid, &slot->id, err);

	slot->id = c->disks[slot->index].vdev;
	dev_backend_path(DEV_DISK, domid, slot->id, path);
	if (store_exists(s, STORE_NO_TXN, path))
		return error_set(err, -EEXIST, "domain %u has a disk %s already", domid,
				 c->disks[slot->index].target);

	return 0;
}

static int device_check(struct store *s, const struct domain_config *c, const struct dev_slot *slot,
			struct hospes_error *err)
{
	if (slot->kind == DEV_DISK)
		return dev_disk_check(s, &c->disks[slot->index], err);

	return dev_nic_check(s, &c->nics[slot->index], err);
}

/* Nobody has the nodes yet, so a failure needs no undoing but that of dev_attach_one(). */
static int device_make(struct store *s, uint32_t domid, const struct domain_config *c,
		       struct dev_slot *slot, struct dev_attach **a, struct hospes_error *err)
{
	int rc = slot_number(s, domid, c, slot, err);

	if (rc == 0)
		rc = device_check(s, c, slot, err);
	if (rc == 0)
		rc = dev_attach_one(domid, c, slot, a, err);
	return rc;
}

int dev_plug(uint32_t domid, const struct domain_config *c, struct dev_slot *slot,
	     const struct dev_patience *patience, struct hospes_error *err)
{
	struct hospes_error undo = { 0 };
	struct dev_attach *a;
	struct store *s;
	int rc = dev_store_open(&s, err);

	if (rc < 0)
		return rc;

	rc = device_make(s, domid, c, slot, &a, err);
	if (rc < 0) {
		store_close(s);
		return rc;
	}

	rc = dev_attach_finish(a, err);
	if (rc == 0 && patience != NULL)
		rc = dev_guest_connects(s, domid, slot->kind, slot->id, patience, err);
	if (rc < 0 && dev_detach_one(domid, slot->kind, slot->id, &undo) < 0)
		error_prefix(err,
			     "the device could not be taken away again (%s) after this failure",
			     undo.text);

	store_close(s);
	return rc;
}

int dev_unplug(uint32_t domid, enum dev_kind kind, unsigned int id,
	       const struct dev_patience *patience, struct hospes_error *err)
{
	struct store *s;
	int rc = dev_store_open(&s, err);

	if (rc < 0)
		return rc;

	if (patience != NULL)
		rc = dev_guest_lets_go(s, domid, kind, id, patience, err);
	store_close(s);
	if (rc < 0)
		return rc;

	return dev_detach_one(domid, kind, id, err);
}
