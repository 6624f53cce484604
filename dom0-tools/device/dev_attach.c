/* SPDX-License-Identifier: MIT */
/*
 * Attaching a domain's devices: check everything, open everything, write all nodes at once, and
 * wait for all backends together. What fails is undone: loop devices go with their descriptors.
 */
#include <errno.h>
#include <stdlib.h>
#include "dev_attach.h"
#include "driver.h"

int dev_check(const struct domain_config *c, struct hospes_error *err)
{
	struct store *s;
	int rc;

	if (!c->disk_count && !c->nic_count)
		return 0;

	rc = dev_store_open(&s, err);
	if (rc)
		return rc;

	for (unsigned int i = 0; i < c->nic_count && !rc; i++)
		rc = dev_nic_check(s, &c->nics[i], err);
	for (unsigned int i = 0; i < c->disk_count && !rc; i++)
		rc = dev_disk_check(s, &c->disks[i], err);
	store_close(s);
	return rc;
}

static void add_device(struct dev_attach *a, enum dev_kind kind, unsigned int id,
		       unsigned int index)
{
	a->devices[a->count++] = (struct dev_one){
		.kind = kind, .id = id, .index = index, .source = { .fd = -1, .loop = -1 }
	};
}

/* Sources first, all of them: a loop device is made only when every file is there. */
static int open_sources(struct dev_attach *a, struct hospes_error *err)
{
	const struct domain_config *c = a->config;
	int rc = 0;

	for (unsigned int i = 0; i < a->count && !rc; i++) {
		struct dev_one *d = &a->devices[i];

		if (d->kind == DEV_DISK)
			rc = dev_disk_open(&c->disks[d->index], &d->source, err);
		else
			rc = dev_nic_check(a->store, &c->nics[d->index], err);
	}

	for (unsigned int i = 0; i < a->count && !rc; i++) {
		struct dev_one *d = &a->devices[i];

		if (d->kind == DEV_DISK)
			rc = dev_disk_bind(&c->disks[d->index], &d->source, err);
	}
	return rc;
}

static void load_drivers(const struct dev_attach *a)
{
	bool wanted[DEV_KINDS] = { false };

	for (unsigned int i = 0; i < a->count; i++)
		wanted[a->devices[i].kind] = true;
	for (enum dev_kind kind = 0; kind < DEV_KINDS; kind++)
		if (wanted[kind])
			driver_load(kind);
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

/* NULL without memory. */
static struct dev_attach *attach_new(uint32_t domid, const struct domain_config *c,
				     struct hospes_error *err)
{
	struct dev_attach *a = calloc(1, sizeof(*a));

	if (!a) {
		error_set(err, -ENOMEM, "out of memory");
		return NULL;
	}

	a->domid = domid;
	a->config = c;
	return a;
}

/* Frees @a when it fails. */
static int attach_start(struct dev_attach *a, struct dev_attach **out, struct hospes_error *err)
{
	int rc;

	load_drivers(a);
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

int dev_attach_begin(uint32_t domid, const struct domain_config *c, struct dev_attach **out,
		     struct hospes_error *err)
{
	struct dev_attach *a;

	*out = NULL;
	if (!c->disk_count && !c->nic_count)
		return 0;

	a = attach_new(domid, c, err);
	if (!a)
		return -ENOMEM;

	for (unsigned int i = 0; i < c->disk_count; i++)
		add_device(a, DEV_DISK, c->disks[i].vdev, i);
	for (unsigned int i = 0; i < c->nic_count; i++)
		add_device(a, DEV_NIC, i, i);
	return attach_start(a, out, err);
}

int dev_attach_one(uint32_t domid, const struct domain_config *c, const struct dev_slot *slot,
		   struct dev_attach **out, struct hospes_error *err)
{
	struct dev_attach *a = attach_new(domid, c, err);

	*out = NULL;
	if (!a)
		return -ENOMEM;

	a->running = true;
	add_device(a, slot->kind, slot->id, slot->index);
	return attach_start(a, out, err);
}

int dev_attach_finish(struct dev_attach *a, struct hospes_error *err)
{
	int rc = a ? dev_wait_ready(a, err) : 0;

	if (!rc && a && a->running)
		rc = dev_write_reveal(a, err);
	dev_attach_abandon(a);
	return rc;
}
