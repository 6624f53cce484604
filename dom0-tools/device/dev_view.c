/* SPDX-License-Identifier: MIT */
/*
 * The nodes of a domain's devices, as values. Those of a backend are dom0's, those of a frontend
 * the guest's: of these only numbers are taken.
 */
#include "dev_view.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <dom0-tools/base/array.h>
#include "loop.h"
#include "net_link.h"

/* blkback counts in these, whatever the disk's own sectors are. */
#define SECTOR 512

static const char *const kind_words[DEV_KINDS] = { "disk", "interface" };

/* The nodes of one device. */
struct reader {
	struct store *store;
	char backend[DEV_PATH_MAX], frontend[DEV_PATH_MAX];
};

/* Longer values are cut; "" where there is none. */
static void read_text(const struct reader *r, const char *key, char *text, size_t size)
{
	char path[DEV_PATH_MAX + 64], *value;

	text[0] = '\0';
	snprintf(path, sizeof(path), "%s/%s", r->backend, key);
	if (store_read(r->store, STORE_NO_TXN, path, &value, NULL) < 0)
		return;

	snprintf(text, size, "%s", value);
	free(value);
}

/* 0 where it is none. */
static uint64_t read_number(const struct reader *r, const char *below, const char *key)
{
	char path[DEV_PATH_MAX + 64];
	uint64_t number;

	snprintf(path, sizeof(path), "%s/%s", below, key);
	if (store_read_number(r->store, STORE_NO_TXN, path, &number) < 0)
		return 0;

	return number;
}

static bool read_truth(const struct reader *r, const char *key, const char *word)
{
	char text[16];

	read_text(r, key, text, sizeof(text));
	return strcmp(text, word) == 0;
}

/* Only the index of disks tells it. */
static bool read_shareable(const struct reader *r, uint32_t domid, unsigned int vdev)
{
	char identity[DEV_PATH_MAX], index[DEV_PATH_MAX], *mode;
	bool shareable;

	read_text(r, "hospes-file", identity, sizeof(identity));
	if (identity[0] == '\0' || dev_disk_index_path(identity, domid, vdev, index) < 0)
		return false;
	if (store_read(r->store, STORE_NO_TXN, index, &mode, NULL) < 0)
		return false;

	shareable = strchr(mode, 's') != NULL;
	free(mode);
	return shareable;
}

static void view_disk(const struct reader *r, uint32_t domid, struct dev_view *v)
{
	char device[32];

	read_text(r, "dev", v->name, sizeof(v->name));
	read_text(r, "params", v->source, sizeof(v->source));
	read_text(r, "physical-device", device, sizeof(device));
	v->readonly = read_truth(r, "mode", "r");
	v->no_discard = read_truth(r, "discard-enable", "0");
	v->shareable = read_shareable(r, domid, v->id);
	v->loop = loop_of_device(device);
	v->bytes = read_number(r, r->backend, "sectors") * SECTOR;
}

static void view_nic(const struct reader *r, uint32_t domid, struct dev_view *v)
{
	char rate[DEV_RATE_TEXT];

	read_text(r, "vifname", v->name, sizeof(v->name));
	if (v->name[0] == '\0')
		snprintf(v->name, sizeof(v->name), "vif%u.%u", domid, v->id);

	read_text(r, "mac", v->mac, sizeof(v->mac));
	read_text(r, "bridge", v->bridge, sizeof(v->bridge));
	read_text(r, "rate", rate, sizeof(rate));
	v->rate_kib = dev_rate_read(rate);
	v->queues = (unsigned int)read_number(r, r->frontend, "multi-queue-num-queues");
	v->mtu = net_link_mtu(v->name);
	v->link_up = net_link_is_up(v->name);
}

static void view_read(struct store *s, uint32_t domid, struct dev_view *v)
{
	struct reader r = { .store = s };

	dev_backend_path(v->kind, domid, v->id, r.backend);
	dev_frontend_path(v->kind, domid, v->id, r.frontend);
	v->loop = -1;
	v->state = (unsigned int)read_number(&r, r.backend, "state");
	v->guest_state = (unsigned int)read_number(&r, r.frontend, "state");
	if (v->kind == DEV_DISK)
		view_disk(&r, domid, v);
	else
		view_nic(&r, domid, v);
}

int dev_views(struct store *s, uint32_t domid, enum dev_kind kind, struct dev_view **views,
	      struct hospes_error *err)
{
	unsigned int ids[DEV_VIEWS_MAX];
	char path[DEV_PATH_MAX];
	int count;

	*views = NULL;
	snprintf(path, sizeof(path), DEV_BACKEND "/%s/%u", dev_kind_names[kind], domid);
	count = dev_numbers(s, STORE_NO_TXN, path, ids, DEV_VIEWS_MAX);
	if (count < 0)
		return error_set(err, count, "cannot read %s: %s", path, strerror(-count));

	*views = calloc((size_t)count + 1, sizeof(**views));
	if (*views == NULL)
		return error_set(err, -ENOMEM, "no memory for a list of devices");

	for (int i = 0; i < count; i++) {
		struct dev_view *v = &(*views)[i];

		v->kind = kind;
		v->id = ids[i];
		view_read(s, domid, v);
	}
	return count;
}

static bool is_meant(const struct dev_view *v, const char *who)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", v->id);
	if (strcmp(who, number) == 0 || strcmp(who, v->name) == 0)
		return true;
	if (v->kind == DEV_DISK)
		return strcmp(who, v->source) == 0;

	return strcasecmp(who, v->mac) == 0;
}

int dev_view_find(struct store *s, uint32_t domid, enum dev_kind kind, const char *who,
		  struct dev_view *view, struct hospes_error *err)
{
	struct dev_view *views;
	int count = dev_views(s, domid, kind, &views, err), rc = -ENODEV;

	if (count < 0)
		return count;

	for (int i = 0; i < count && rc != 0; i++) {
		if (is_meant(&views[i], who)) {
			*view = views[i];
			rc = 0;
		}
	}

	free(views);
	if (rc < 0)
		error_set(err, rc, "domain %u has no %s %s", domid, kind_words[kind], who);
	return rc;
}

int dev_view_number(struct store *s, uint32_t domid, enum dev_kind kind, unsigned int id,
		    struct dev_view *view, struct hospes_error *err)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", id);
	return dev_view_find(s, domid, kind, number, view, err);
}

const char *dev_state_word(unsigned int state)
{
	static const char *const words[] = {
		[DEV_INITIALISING] = "initialising", [DEV_INIT_WAIT] = "waiting",
		[DEV_INITIALISED] = "initialised",   [DEV_CONNECTED] = "connected",
		[DEV_CLOSING] = "closing",           [DEV_CLOSED] = "closed",
	};

	if (state >= ARRAY_SIZE(words) || words[state] == NULL)
		return "";

	return words[state];
}

const char *dev_mode_word(const struct dev_view *view)
{
	if (view->readonly)
		return "r";

	return view->shareable ? "w!" : "w";
}
