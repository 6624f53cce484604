/* SPDX-License-Identifier: MIT */
/*
 * The devices of a domain's XML: disks and interfaces, read and checked in themselves and against
 * each other. What the host has of files and bridges is left to dev.h.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "config_read.h"

/*
 * Numbers of virtual disks as frontends know them: major 202 with 16 minors a disk for the first 16
 * disks, and from there the extended form, bit 28 with 256 minors a disk.
 */
#define VDEV_XVD(disk, part)      ((202U << 8) | ((disk) << 4) | (part))
#define VDEV_EXTENDED(disk, part) ((1U << 28) | ((disk) << 8) | (part))
#define VDEV_CLASSIC_DISKS        16
#define VDEV_PARTITIONS           15

/* "xvdb" or "xvdb3". */
static bool parse_target(const char *text, struct config_disk *disk)
{
	unsigned int letter, partition = 0;

	if (strncmp(text, "xvd", 3) || text[3] < 'a' || text[3] > 'z')
		return false;

	letter = (unsigned int)(text[3] - 'a');
	for (const char *c = text + 4; *c; c++) {
		if (!isdigit((unsigned char)*c) || (partition == 0 && *c == '0'))
			return false;

		partition = partition * 10 + (unsigned int)(*c - '0');
		if (partition > VDEV_PARTITIONS)
			return false;
	}

	if (letter < VDEV_CLASSIC_DISKS)
		disk->vdev = VDEV_XVD(letter, partition);
	else
		disk->vdev = VDEV_EXTENDED(letter, partition);
	strcpy(disk->target, text);
	return true;
}

static int read_disk_target(const struct config_reader *r, const xmlNode *node,
			    struct config_disk *disk)
{
	static const char *const buses[] = { "xen", NULL };
	const xmlNode *target;
	char *text;
	int rc, word;

	rc = config_child(r, node, "target", true, &target);
	if (!rc)
		rc = config_attribute_word(r, target, "bus", buses, &word);
	if (!rc)
		rc = config_attribute(r, target, "dev", sizeof(disk->target) - 1, &text);
	if (rc)
		return rc;

	if (!parse_target(text, disk))
		rc = config_fail(
			r, target, -EINVAL,
			"the disk's target %s is not supported: use xvda to xvdz, xvda1 to xvdz%d",
			text, VDEV_PARTITIONS);

	free(text);
	return rc;
}

static int read_disk_source(const struct config_reader *r, const xmlNode *node,
			    struct config_disk *disk)
{
	const char *wanted = disk->is_block ? "dev" : "file";
	const char *other = disk->is_block ? "file" : "dev";
	const xmlNode *source;
	int rc;

	rc = config_child(r, node, "source", true, &source);
	if (rc)
		return rc;
	if (xmlHasProp(source, (const xmlChar *)other))
		return config_fail(r, source, -EINVAL,
				   "a disk of type '%s' has its source in the attribute %s, not %s",
				   disk->is_block ? "block" : "file", wanted, other);

	rc = config_attribute(r, source, wanted, PATH_MAX - 1, &disk->source);
	if (rc)
		return rc;

	return config_path(r, source, disk->source);
}

static int read_disk_kind(const struct config_reader *r, const xmlNode *node,
			  struct config_disk *disk)
{
	enum { TYPE_FILE, TYPE_BLOCK };
	static const char *const types[] = {
		[TYPE_FILE] = "file",
		[TYPE_BLOCK] = "block",
		NULL,
	};
	static const char *const devices[] = { "disk", NULL };
	static const char *const drivers[] = { "phy", "file", NULL };
	static const char *const formats[] = { "raw", NULL };
	const xmlNode *driver;
	int rc, type, word;

	rc = config_attribute_word(r, node, "type", types, &type);
	if (rc)
		return rc;
	if (type < 0)
		return config_fail(r, node, -EINVAL, "<disk> lacks the attribute type");

	disk->is_block = type == TYPE_BLOCK;

	rc = config_attribute_word(r, node, "device", devices, &word);
	if (rc)
		return rc;

	/* libvirt's driver names are accepted where they describe what happens anyway. */
	rc = config_child(r, node, "driver", false, &driver);
	if (rc || !driver)
		return rc;

	rc = config_attribute_word(r, driver, "name", drivers, &word);
	if (rc)
		return rc;

	return config_attribute_word(r, driver, "type", formats, &word);
}

static int read_disk_flag(const struct config_reader *r, const xmlNode *node, const char *name,
			  bool *flag)
{
	const xmlNode *child;
	int rc = config_child(r, node, name, false, &child);

	*flag = child != NULL;
	return rc;
}

static int read_disk(const struct config_reader *r, const xmlNode *node)
{
	struct config_disk *disk;
	int rc;

	if (r->c->disk_count == CONFIG_DISKS_MAX)
		return config_fail(r, node, -E2BIG, "more than %d disks", CONFIG_DISKS_MAX);

	disk = &r->c->disks[r->c->disk_count++];
	disk->line = (unsigned int)xmlGetLineNo(node);

	rc = read_disk_kind(r, node, disk);
	if (!rc)
		rc = read_disk_source(r, node, disk);
	if (!rc)
		rc = read_disk_target(r, node, disk);
	if (!rc)
		rc = read_disk_flag(r, node, "readonly", &disk->readonly);
	if (!rc)
		rc = read_disk_flag(r, node, "shareable", &disk->shareable);
	return rc;
}

static bool is_ifname(const char *text)
{
	if (!*text || strlen(text) > CONFIG_IFNAME_MAX)
		return false;
	if (!strcmp(text, ".") || !strcmp(text, ".."))
		return false;

	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && !strchr("._-", *text))
			return false;

	return true;
}

/* The name in attribute @name of the child @child, if there. */
static int read_ifname(const struct config_reader *r, const xmlNode *node, const char *child,
		       const char *name, bool needed, char out[CONFIG_IFNAME_MAX + 1])
{
	const xmlNode *n;
	char *text;
	int rc;

	rc = config_child(r, node, child, needed, &n);
	if (rc || !n)
		return rc;

	rc = config_attribute(r, n, name, 64, &text);
	if (rc)
		return rc;

	if (is_ifname(text))
		strcpy(out, text);
	else
		rc = config_fail(
			r, n, -EINVAL,
			"%s is not the name of a network device (1 to %d letters, digits, . _ -)",
			text, CONFIG_IFNAME_MAX);

	free(text);
	return rc;
}

static bool parse_mac(const char *text, uint8_t mac[6])
{
	static const uint8_t none[6];

	if (strlen(text) != 17)
		return false;

	for (unsigned int i = 0; i < 6; i++, text += 3) {
		if (!isxdigit((unsigned char)text[0]) || !isxdigit((unsigned char)text[1]))
			return false;
		if (text[2] != (i < 5 ? ':' : '\0'))
			return false;

		mac[i] = (uint8_t)strtoul(text, NULL, 16);
	}

	return !(mac[0] & 1) && memcmp(mac, none, 6);
}

static int read_mac(const struct config_reader *r, const xmlNode *node, unsigned int index,
		    uint8_t mac[6])
{
	const xmlNode *n;
	char *text;
	int rc;

	rc = config_child(r, node, "mac", false, &n);
	if (rc)
		return rc;

	if (!n) {
		config_derive_mac(r->c, index, mac);
		return 0;
	}

	rc = config_attribute(r, n, "address", 64, &text);
	if (rc)
		return rc;

	if (!parse_mac(text, mac))
		rc = config_fail(
			r, n, -EINVAL,
			"%s is not the MAC address of one station (like 00:16:3e:12:34:56)", text);

	free(text);
	return rc;
}

/* The kernel names links vifD.N itself: such a name might be taken. */
static bool is_kernel_name(const char *ifname)
{
	return !strncmp(ifname, "vif", 3) && isdigit((unsigned char)ifname[3]);
}

static int read_nic_names(const struct config_reader *r, const xmlNode *node,
			  struct config_nic *nic)
{
	int rc = read_ifname(r, node, "source", "bridge", true, nic->bridge);

	if (!rc)
		rc = read_ifname(r, node, "target", "dev", false, nic->target);
	if (rc)
		return rc;

	if (is_kernel_name(nic->target))
		return config_fail(
			r, node, -EINVAL,
			"the target %s looks like a name that the kernel gives: choose another",
			nic->target);
	return 0;
}

static int read_nic(const struct config_reader *r, const xmlNode *node)
{
	static const char *const types[] = { "bridge", NULL };
	unsigned int index = r->c->nic_count;
	struct config_nic *nic;
	int rc, word;

	if (index == CONFIG_NICS_MAX)
		return config_fail(r, node, -E2BIG, "more than %d interfaces", CONFIG_NICS_MAX);

	nic = &r->c->nics[index];
	r->c->nic_count++;
	nic->line = (unsigned int)xmlGetLineNo(node);

	rc = config_attribute_word(r, node, "type", types, &word);
	if (rc)
		return rc;
	if (word < 0)
		return config_fail(r, node, -EINVAL,
				   "<interface> lacks the attribute type='bridge'");

	rc = read_nic_names(r, node, nic);
	if (rc)
		return rc;

	return read_mac(r, node, index, nic->mac);
}

int config_read_devices(const struct config_reader *r, const xmlNode *devices)
{
	const xmlNode *n;
	int rc = 0;

	for (n = devices->children; n && !rc; n = n->next) {
		if (n->type != XML_ELEMENT_NODE)
			continue;

		if (!strcmp((const char *)n->name, "disk"))
			rc = read_disk(r, n);
		else if (!strcmp((const char *)n->name, "interface"))
			rc = read_nic(r, n);
	}

	return rc;
}

/* A whole disk and one of its partitions cannot both be given: their names would meet. */
static bool same_disk(const struct config_disk *a, const struct config_disk *b)
{
	size_t disk_name = strlen("xvda");
	bool whole = strlen(a->target) == disk_name || strlen(b->target) == disk_name;

	if (a->vdev == b->vdev)
		return true;

	return whole && !strncmp(a->target, b->target, disk_name);
}

static int check_two_disks(const struct config_reader *r, const struct config_disk *a,
			   const struct config_disk *b)
{
	if (!same_disk(a, b))
		return 0;

	return error_set(r->err, -EINVAL,
			 "%s: line %u: the disk's target %s collides with %s in line %u", r->name,
			 a->line, a->target, b->target, b->line);
}

static int check_two_nics(const struct config_reader *r, const struct config_nic *a,
			  const struct config_nic *b)
{
	if (!memcmp(a->mac, b->mac, sizeof(a->mac)))
		return error_set(
			r->err, -EINVAL,
			"%s: line %u: the interface has the MAC address of that in line %u",
			r->name, a->line, b->line);

	if (a->target[0] && !strcmp(a->target, b->target))
		return error_set(
			r->err, -EINVAL,
			"%s: line %u: the interface's target %s is used in line %u already",
			r->name, a->line, a->target, b->line);
	return 0;
}

int config_check_devices(const struct config_reader *r)
{
	const struct domain_config *c = r->c;
	int rc = 0;

	for (unsigned int i = 1; i < c->disk_count; i++)
		for (unsigned int k = 0; k < i && !rc; k++)
			rc = check_two_disks(r, &c->disks[i], &c->disks[k]);

	for (unsigned int i = 1; i < c->nic_count; i++)
		for (unsigned int k = 0; k < i && !rc; k++)
			rc = check_two_nics(r, &c->nics[i], &c->nics[k]);
	return rc;
}
