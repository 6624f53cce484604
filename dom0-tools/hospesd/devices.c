/* SPDX-License-Identifier: MIT */
/* One record a domain, with the devices that the last look found. */
#include "devices.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pvabi/xen.h>
#include <dom0-tools/base/array.h>
#include "feed.h"

/* More than a configuration can hold. What is beyond is not told of. */
#define DEVICES_MAX 64
/* "vbd 51712", "vif 0" */
#define DEVICE_TEXT 24

struct devices {
	unsigned int count;
	char list[DEVICES_MAX][DEVICE_TEXT];
};

struct owner {
	bool changed; /* it gave a sign */
	struct devices devices;
};

/* By their domains' numbers. */
static struct owner *owners[DOMID_FIRST_RESERVED];

static const char *const kinds[] = { "vbd", "vif" };

static bool has(const struct devices *d, const char *device)
{
	for (unsigned int i = 0; i < d->count; i++)
		if (strcmp(d->list[i], device) == 0)
			return true;

	return false;
}

static void add(struct devices *d, const char *kind, const char *number)
{
	if (d->count == DEVICES_MAX)
		return;

	snprintf(d->list[d->count], DEVICE_TEXT, "%s %.12s", kind, number);
	d->count++;
}

static int read_kind(struct store *s, uint32_t domid, const char *kind, struct devices *d)
{
	char path[96], **names;
	unsigned int count;
	int rc;

	snprintf(path, sizeof(path), DEVICES_PATH "/%s/%u", kind, domid);
	rc = store_directory(s, STORE_NO_TXN, path, &names, &count);
	if (rc == -ENOENT)
		return 0;
	if (rc < 0)
		return rc;

	for (unsigned int i = 0; i < count; i++)
		add(d, kind, names[i]);
	free(names);
	return 0;
}

static void tell(uint32_t domid, const char *name, const char *what, const char *device)
{
	struct happening h = { .what = what, .why = device, .domid = domid, .name = name };

	feed_tell(&h);
}

static void tell_changes(uint32_t domid, const char *name, const struct devices *before,
			 const struct devices *now)
{
	for (unsigned int i = 0; i < before->count; i++)
		if (!has(now, before->list[i]))
			tell(domid, name, "detached", before->list[i]);

	for (unsigned int i = 0; i < now->count; i++)
		if (!has(before, now->list[i]))
			tell(domid, name, "attached", now->list[i]);
}

static struct owner *find(uint32_t domid)
{
	return domid < DOMID_FIRST_RESERVED ? owners[domid] : NULL;
}

/* A backend writes some twenty nodes while it connects: they are one sign. */
void devices_sign(const char *path)
{
	struct owner *o;
	uint32_t domid;

	if (sscanf(path, DEVICES_PATH "/%*[a-z]/%u", &domid) != 1)
		return;

	o = find(domid);
	if (o != NULL)
		o->changed = true;
}

/* Its first look. */
static void take_as_known(uint32_t domid, const struct devices *now)
{
	struct owner *o = malloc(sizeof(*o));

	if (o == NULL)
		return;

	*o = (struct owner){ .devices = *now };
	owners[domid] = o;
}

void devices_look(struct store *s, uint32_t domid, const char *name)
{
	struct owner *o = find(domid);
	struct devices now = { 0 };

	if (o != NULL && !o->changed)
		return;

	/* What cannot be read has not changed. */
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (read_kind(s, domid, kinds[i], &now) < 0)
			return;

	if (o == NULL) {
		take_as_known(domid, &now);
		return;
	}

	o->changed = false;
	tell_changes(domid, name, &o->devices, &now);
	o->devices = now;
}

void devices_forget(uint32_t domid)
{
	free(owners[domid]);
	owners[domid] = NULL;
}
