/* SPDX-License-Identifier: MIT */
/*
 * Attaching a domain's devices: check everything, open everything, write all nodes at once, and
 * wait for all backends together. What fails is undone: loop devices go with their descriptors.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "dev_attach.h"
#include "driver.h"
#include "net_link.h"

static int nic_check(const struct config_nic *nic, struct hospes_error *err)
{
	int rc = nic->bridge[0] != '\0' ? net_bridge_check(nic->bridge, err) : 0;

	if (!rc && nic->target[0] && net_link_exists(nic->target))
		rc = error_set(err, -EEXIST, "a network device %s exists already", nic->target);
	if (rc)
		error_prefix(err, "interface (line %u)", nic->line);
	return rc;
}

static int disk_check(struct store *s, const struct config_disk *disk, struct hospes_error *err)
{
	struct dev_source source;
	char identity[64];
	struct hospes_error first = { .code = 0 };
	int rc;

	rc = dev_disk_open(disk, &source, &first);
	strcpy(identity, source.identity);
	dev_disk_close(&source);

	/* Saying who uses the disk is more helpful than saying that it is in use. */
	if ((!rc || rc == -EBUSY) && identity[0]) {
		int busy = dev_disk_conflict(s, STORE_NO_TXN, disk, identity, err);

		if (busy)
			return busy;
	}

	if (rc)
		return error_set(err, rc, "%s", first.text);

	return 0;
}

int dev_check(const struct domain_config *c, struct hospes_error *err)
{
	struct store *s;
	int rc = 0;

	for (unsigned int i = 0; i < c->nic_count && !rc; i++)
		rc = nic_check(&c->nics[i], err);
	if (rc || !c->disk_count)
		return rc;

	rc = dev_store_open(&s, err);
	if (rc)
		return rc;

	for (unsigned int i = 0; i < c->disk_count && !rc; i++)
		rc = disk_check(s, &c->disks[i], err);
	store_close(s);
	return rc;
}

static struct dev_one *add_device(struct dev_attach *a, enum dev_kind kind, unsigned int id,
				  unsigned int index)
{
	struct dev_one *d = &a->devices[a->count++];

	*d = (struct dev_one){
		.kind = kind, .id = id, .index = index, .source = { .fd = -1, .loop = -1 }
	};
	return d;
}

/* Sources first, all of them: a loop device is made only when every file is there. */
static int open_sources(struct dev_attach *a, struct hospes_error *err)
{
	const struct domain_config *c = a->config;
	struct dev_one *d;
	int rc = 0;

	for (unsigned int i = 0; i < c->disk_count && !rc; i++) {
		d = add_device(a, DEV_DISK, c->disks[i].vdev, i);
		rc = dev_disk_open(&c->disks[i], &d->source, err);
	}

	for (unsigned int i = 0; i < c->nic_count && !rc; i++) {
		add_device(a, DEV_NIC, i, i);
		rc = nic_check(&c->nics[i], err);
	}

	for (unsigned int i = 0; i < a->count && !rc; i++) {
		d = &a->devices[i];
		if (d->kind == DEV_DISK)
			rc = dev_disk_bind(&c->disks[d->index], &d->source, err);
	}
	return rc;
}

void dev_attach_abandon(struct dev_attach *a)
{
	if (!a)
		return;

	for (unsigned int i = 0; i < a->count; i++)
		dev_disk_close(&a->devices[i].source);
	if (a->store)
		store_close(a->store);
	free(a);
}

int dev_attach_begin(uint32_t domid, const struct domain_config *c, struct dev_attach **out,
		     struct hospes_error *err)
{
	struct dev_attach *a;
	int rc;

	*out = NULL;
	if (!c->disk_count && !c->nic_count)
		return 0;

	a = calloc(1, sizeof(*a));
	if (!a)
		return error_set(err, -ENOMEM, "out of memory");

	a->domid = domid;
	a->config = c;
	if (c->disk_count)
		driver_load(DEV_DISK);
	if (c->nic_count)
		driver_load(DEV_NIC);

	rc = dev_store_open(&a->store, err);
	if (!rc)
		rc = open_sources(a, err);
	if (!rc)
		rc = dev_write_nodes(a, err);
	if (rc)
		dev_attach_abandon(a);
	else
		*out = a;
	return rc;
}

int dev_attach_finish(struct dev_attach *a, struct hospes_error *err)
{
	int rc = a ? dev_wait_ready(a, err) : 0;

	dev_attach_abandon(a);
	return rc;
}
