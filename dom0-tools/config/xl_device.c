/* SPDX-License-Identifier: MIT */
/*
 * Disks and interfaces of xl.cfg: xl-disk-configuration(5) in both of its forms, and
 * xl-network-configuration(5). Words that are separated by commas become elements and attributes.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <dom0-tools/base/array.h>
#include "config_note.h"
#include "config_target.h"
#include "config_xl.h"

#define DISK_WORDS "format, vdev, access, target, discard, no-discard"
#define VIF_WORDS  "mac, bridge, vifname, rate, mtu"
/* Where a file says nothing of its bridge, xl takes this one. */
#define BRIDGE_DEFAULT "xenbr0"

struct disk_spec {
	const char *target, *format, *vdev, *access;
	bool block, no_discard;
};

/* Places of what has no key, in their order. */
enum { PLACE_TARGET, PLACE_FORMAT, PLACE_VDEV, PLACE_ACCESS };

static bool starts(const char *text, const char *with, const char **rest)
{
	size_t length = strlen(with);

	if (strncmp(text, with, length) != 0)
		return false;

	*rest = text + length;
	return true;
}

/* The old form: what serves the disk, and a colon, in front of the file. True: it was one. */
static bool old_prefix(struct disk_spec *d)
{
	static const char *const prefixes[] = { "phy:", "file:", "tap:aio:", "tap2:aio:", "raw:" };

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (starts(d->target, prefixes[i], &d->target)) {
			d->block = i == 0;
			d->format = "raw";
			return true;
		}

	return false;
}

/* virsh has no format: what stands in its place and is a target is that. */
static void format_take(struct disk_spec *d, unsigned int *place, const char *word)
{
	struct config_target target;

	if (config_target_parse(word, &target)) {
		d->vdev = word;
		*place = PLACE_ACCESS;
	} else {
		d->format = *word != '\0' ? word : "raw";
	}
}

static void place_take(struct disk_spec *d, unsigned int *place, const char *word)
{
	switch ((*place)++) {
	case PLACE_TARGET:
		d->target = word;
		if (old_prefix(d))
			*place = PLACE_VDEV;
		break;
	case PLACE_FORMAT:
		format_take(d, place, word);
		break;
	case PLACE_VDEV:
		d->vdev = word;
		break;
	default:
		d->access = word;
	}
}

/* A word with a key, or one that is a key by itself. False: it is unknown. */
static bool key_take(struct disk_spec *d, const char *word)
{
	const char *value;

	if (starts(word, "format=", &d->format) || starts(word, "vdev=", &d->vdev))
		return true;
	if (starts(word, "access=", &d->access) || starts(word, "target=", &d->target))
		return true;
	if (starts(word, "backendtype=", &value) || strcmp(word, "discard") == 0)
		return true;
	if (strcmp(word, "direct-io-safe") == 0)
		return true;

	if (strcmp(word, "no-discard") != 0)
		return false;

	d->no_discard = true;
	return true;
}

static bool is_key(const char *word)
{
	static const char *const words[] = { "discard", "no-discard", "direct-io-safe", "cdrom" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(word, words[i]) == 0)
			return true;

	return strchr(word, '=') != NULL;
}

/* Cuts @text at commas; target= takes the rest of it. False: a word was refused. */
static bool disk_words(const struct config_reader *r, char *text, unsigned int line,
		       struct disk_spec *d)
{
	unsigned int place = PLACE_TARGET;
	bool good = true;
	char *word;

	while (text != NULL && good) {
		word = text + strspn(text, " \t");
		text = strncmp(word, "target=", 7) == 0 ? NULL : strchr(word, ',');
		if (text != NULL)
			*text++ = '\0';
		word = config_trim(word);

		if (!is_key(word) && place <= PLACE_ACCESS)
			place_take(d, &place, word);
		else
			good = key_take(d, word);
		if (!good)
			config_fail_line(r, line, -EINVAL,
					 "%.64s in disk is not supported; possible: " DISK_WORDS,
					 word);
	}

	return good;
}

static void disk_access(const struct config_reader *r, xmlNode *disk, const char *access,
			unsigned int line)
{
	if (strcmp(access, "r") == 0 || strcmp(access, "ro") == 0)
		xl_element(disk, "readonly", NULL, line);
	else if (strcmp(access, "w!") == 0)
		xl_element(disk, "shareable", NULL, line);
	else if (strcmp(access, "w") != 0 && strcmp(access, "rw") != 0)
		config_fail_line(r, line, -EINVAL,
				 "access %.64s of a disk is not supported; possible: r, w, w!",
				 access);
}

static void disk_make(const struct config_reader *r, xmlNode *devices, const struct disk_spec *d,
		      unsigned int line)
{
	bool block = d->block || strncmp(d->target, "/dev/", 5) == 0;
	xmlNode *disk = xl_element(devices, "disk", NULL, line), *driver, *source, *target;

	xl_attribute(disk, "type", block ? "block" : "file");
	driver = xl_element(disk, "driver", NULL, line);
	xl_attribute(driver, "type", d->format);
	if (d->no_discard)
		xl_attribute(driver, "discard", "ignore");

	source = xl_element(disk, "source", NULL, line);
	xl_attribute(source, block ? "dev" : "file", d->target);
	target = xl_element(disk, "target", NULL, line);
	xl_attribute(target, "dev", d->vdev);
	disk_access(r, disk, d->access, line);
}

void xl_disk(const struct config_reader *r, xmlNode *devices, const char *spec, unsigned int line)
{
	struct disk_spec d = { .target = "", .format = "raw", .vdev = "", .access = "w" };
	char *text = strdup(spec);

	if (text == NULL)
		config_fail_line(r, line, -ENOMEM, "out of memory");
	else if (disk_words(r, text, line, &d))
		disk_make(r, devices, &d, line);
	free(text);
}

/* Bits or bytes a second; the interval is ours. */
uint64_t config_rate_read(const char *text)
{
	static const struct {
		const char *unit;
		uint64_t bits;
	} units[] = { { "b/s", 1 }, { "Kb/s", 1000 }, { "Mb/s", 1000000 }, { "Gb/s", 1000000000 },
		      { "B/s", 8 }, { "KB/s", 8000 }, { "MB/s", 8000000 }, { "GB/s", 8000000000 } };
	uint64_t number = 0, bits = 0;

	while (*text >= '0' && *text <= '9' && number < UINT32_MAX)
		number = number * 10 + (uint64_t)(*text++ - '0');

	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (strncmp(text, units[i].unit, strlen(units[i].unit)) == 0)
			bits = units[i].bits;
	if (bits != 0 && number > UINT64_MAX / bits)
		return 0;

	return (number * bits / 8 + 1023) / 1024;
}

static void vif_rate(const struct config_reader *r, xmlNode *vif, const char *value,
		     unsigned int line)
{
	uint64_t kib = config_rate_read(value);
	char text[24];
	xmlNode *outbound;

	if (kib == 0) {
		config_fail_line(r, line, -EINVAL,
				 "rate=%.64s of a vif is no rate (like 10Mb/s or 500KB/s)", value);
		return;
	}

	snprintf(text, sizeof(text), "%llu", (unsigned long long)kib);
	outbound = xl_element(xl_element(vif, "bandwidth", NULL, line), "outbound", NULL, line);
	xl_attribute(outbound, "average", text);
}

/* False: the word is unknown. */
static bool vif_take(const struct config_reader *r, xmlNode *vif, const char *word,
		     const char **bridge, unsigned int line)
{
	static const struct {
		const char *key, *element, *attribute;
	} keys[] = {
		{ "mac=", "mac", "address" }, { "vifname=", "target", "dev" },
		{ "mtu=", "mtu", "size" },    { "script=", "script", "path" },
		{ "ip=", "ip", "address" },   { "model=", "model", "type" },
	};
	const char *value;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (starts(word, keys[i].key, &value)) {
			xl_attribute(xl_element(vif, keys[i].element, NULL, line),
				     keys[i].attribute, value);
			return true;
		}

	if (starts(word, "rate=", &value)) {
		vif_rate(r, vif, value, line);
		return true;
	}

	return *word == '\0' || starts(word, "bridge=", bridge) || starts(word, "type=", &value);
}

static void vif_make(const struct config_reader *r, xmlNode *devices, char *text, unsigned int line)
{
	xmlNode *vif = xl_element(devices, "interface", NULL, line);
	const char *bridge = BRIDGE_DEFAULT;
	char *word;

	xl_attribute(vif, "type", "bridge");
	while (text != NULL) {
		word = text;
		text = strchr(word, ',');
		if (text != NULL)
			*text++ = '\0';
		word = config_trim(word);
		if (!vif_take(r, vif, word, &bridge, line))
			config_fail_line(r, line, -EINVAL,
					 "%.64s in vif is not supported; possible: " VIF_WORDS,
					 word);
	}

	xl_attribute(xl_element(vif, "source", NULL, line), "bridge", bridge);
}

void xl_vif(const struct config_reader *r, xmlNode *devices, const char *spec, unsigned int line)
{
	char *text = strdup(spec);

	if (text == NULL)
		config_fail_line(r, line, -ENOMEM, "out of memory");
	else
		vif_make(r, devices, text, line);
	free(text);
}
