/* SPDX-License-Identifier: MIT */
/*
 * A device's coming, going and change in their order: what the configurations would become is
 * worked out and checked first, then the device is changed, then the files are written.
 */
#include "domain_device.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dom0-tools/access/domctl.h>
#include "defined.h"

/* A configuration, and what is to become of it. */
struct version {
	bool changes; /* next is set */
	struct domain_config now, next;
};

struct change {
	struct host *h;
	domid_t domid;
	bool paused, define;
	bool kept;                       /* it was made by hospes: its configuration is kept */
	struct version running, defined; /* the latter with define */
};

static int state_check(struct change *c, struct hospes_error *err)
{
	struct xen_domctl_getdomaininfo info;
	int rc;

	if (c->domid == 0)
		return error_set(err, -EINVAL, "domain 0 is this one: its devices are the host's");

	rc = domctl_info(c->h->privcmd, c->domid, &info, err);
	if (rc < 0)
		return rc;
	if ((info.flags & (XEN_DOMINF_shutdown | XEN_DOMINF_dying)) != 0)
		return error_set(err, -ESHUTDOWN, "domain %u has stopped: its devices stay",
				 c->domid);

	c->paused = (info.flags & XEN_DOMINF_paused) != 0;
	return 0;
}

/* change_end() in any case. */
static int change_begin(struct change *c, struct host *h, domid_t domid,
			const struct device_how *how, struct hospes_error *err)
{
	int rc;

	*c = (struct change){ .h = h, .domid = domid, .define = how->define };
	rc = state_check(c, err);
	if (rc < 0)
		return rc;

	rc = config_load_saved(domid, &c->running.now, err);
	c->kept = rc == 0;
	/* Of one that another tool made there is nothing to keep. */
	if (rc == -ENOENT && !how->define) {
		error_clear(err);
		return 0;
	}
	if (rc < 0 || !how->define)
		return rc;

	return defined_load(c->running.now.name, &c->defined.now, err);
}

static void version_free(struct version *v)
{
	config_free(&v->now);
	config_free(&v->next);
}

static void change_end(struct change *c)
{
	version_free(&c->running);
	version_free(&c->defined);
}

/* The files, when the device has changed: both or none. */
static int change_keep(struct change *c, struct hospes_error *err)
{
	int rc = 0;

	if (c->defined.changes)
		rc = defined_save(c->h, &c->defined.next, err);
	if (rc < 0 || !c->running.changes)
		return rc;

	rc = config_save(&c->running.next, c->domid, err);
	if (rc < 0 && c->defined.changes)
		ignore(defined_save(c->h, &c->defined.now, NULL));
	return rc;
}

static int version_add(struct version *v, const struct config_addition *add,
		       struct hospes_error *err)
{
	v->changes = true;
	return config_device_add(&v->now, add, &v->next, err);
}

static int attach_plan(struct change *c, const struct config_addition *add,
		       struct hospes_error *err)
{
	int rc;

	if (!c->kept)
		return error_set(
			err, -ENOENT,
			"domain %u was made by another tool: its configuration is not kept",
			c->domid);

	rc = version_add(&c->running, add, err);
	if (rc == 0 && c->define)
		rc = version_add(&c->defined, add, err);
	return rc;
}

/* The new device is the last of its kind. */
static struct dev_slot slot_of(const struct domain_config *c, enum config_device kind)
{
	if (kind == CONFIG_DISK)
		return (struct dev_slot){ .kind = DEV_DISK, .index = c->disk_count - 1 };

	return (struct dev_slot){ .kind = DEV_NIC, .index = c->nic_count - 1 };
}

int device_attach(struct host *h, domid_t domid, const struct config_addition *add,
		  const struct device_how *how, struct dev_view *view, struct hospes_error *err)
{
	struct dev_slot slot;
	struct change c;
	int rc = change_begin(&c, h, domid, how, err);

	if (rc == 0)
		rc = attach_plan(&c, add, err);
	if (rc == 0) {
		slot = slot_of(&c.running.next, add->kind);
		rc = dev_plug(domid, &c.running.next, &slot,
			      c.paused || how->patience.wait_ms == 0 ? NULL : &how->patience, err);
	}
	if (rc == 0) {
		rc = change_keep(&c, err);
		/* What is not kept would be lost at a restart: the guest had it for a moment. */
		if (rc < 0)
			ignore(dev_unplug(domid, slot.kind, slot.id, NULL, NULL));
	}
	if (rc == 0)
		rc = dev_view_number(h->store, domid, slot.kind, slot.id, view, err);

	change_end(&c);
	return rc;
}

/* The place in a configuration of a device that there is; -1: it is not in it. */
static int index_of(const struct domain_config *c, const struct dev_view *view)
{
	char mac[DEV_MAC_TEXT];

	if (view->kind == DEV_DISK) {
		for (unsigned int i = 0; i < c->disk_count; i++)
			if (c->disks[i].vdev == view->id)
				return (int)i;
		return -1;
	}

	for (unsigned int i = 0; i < c->nic_count; i++) {
		dev_mac_text(c->nics[i].mac, mac);
		if (strcmp(mac, view->mac) == 0)
			return (int)i;
	}

	return -1;
}

static enum config_device kind_of(const struct dev_view *view)
{
	return view->kind == DEV_DISK ? CONFIG_DISK : CONFIG_NIC;
}

static int version_remove(struct version *v, const struct dev_view *view, struct hospes_error *err)
{
	int index = index_of(&v->now, view);

	if (index < 0)
		return 0;

	v->changes = true;
	return config_device_remove(&v->now, kind_of(view), (unsigned int)index, &v->next, err);
}

int device_detach(struct host *h, domid_t domid, const struct dev_view *view,
		  const struct device_how *how, struct hospes_error *err)
{
	struct change c;
	int rc = change_begin(&c, h, domid, how, err);

	if (rc == 0)
		rc = version_remove(&c.running, view, err);
	if (rc == 0 && c.define)
		rc = version_remove(&c.defined, view, err);
	if (rc == 0 && c.paused && !how->force && view->guest_state == DEV_CONNECTED)
		rc = error_set(err, -EBUSY,
			       "domain %u is paused, and cannot let go of %s (--force takes it)",
			       domid, view->name);
	if (rc == 0)
		rc = dev_unplug(domid, view->kind, view->id, how->force ? NULL : &how->patience,
				err);
	if (rc == 0) {
		rc = change_keep(&c, err);
		if (rc < 0)
			error_prefix(err, "%s is gone, but its configuration is as it was",
				     view->name);
	}

	change_end(&c);
	return rc;
}

static int version_change(struct version *v, const struct dev_view *view,
			  const struct config_link_change *change, struct hospes_error *err)
{
	int index = index_of(&v->now, view);

	if (index < 0)
		return 0;

	v->changes = true;
	return config_nic_change(&v->now, (unsigned int)index, change, &v->next, err);
}

/* Both or none. */
static int link_change(struct host *h, domid_t domid, const struct dev_view *view,
		       const struct config_link_change *change, struct hospes_error *err)
{
	int rc = 0;

	if (change->rate)
		rc = dev_nic_rate(h->store, domid, view->id, change->rate_kib, err);
	if (rc < 0 || !change->link)
		return rc;

	rc = dev_nic_link(view, change->down, err);
	if (rc < 0 && change->rate)
		ignore(dev_nic_rate(h->store, domid, view->id, view->rate_kib, NULL));
	return rc;
}

int device_change_nic(struct host *h, domid_t domid, const struct dev_view *view,
		      const struct config_link_change *change, const struct device_how *how,
		      struct hospes_error *err)
{
	struct change c;
	int rc = change_begin(&c, h, domid, how, err);

	if (rc == 0)
		rc = version_change(&c.running, view, change, err);
	if (rc == 0 && c.define)
		rc = version_change(&c.defined, view, change, err);
	if (rc == 0)
		rc = link_change(h, domid, view, change, err);
	if (rc == 0)
		rc = change_keep(&c, err);

	change_end(&c);
	return rc;
}
