/* SPDX-License-Identifier: MIT */
/*
 * The values of a domain that are not devices: name, identity, memory, kernel, and what to do
 * when it stops; processors are in config_vcpu.c. Each is checked here and refused with its line.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <dom0-tools/base/array.h>
#include "config_read.h"

static const char *const action_words[] = { "destroy", "restart", "preserve", NULL };

const char *config_action_name(enum config_action action)
{
	return action_words[action];
}

/* The name is a part of file names and of store values: letters, digits and a few marks only. */
static int check_name(const struct config_reader *r, const xmlNode *node, const char *name)
{
	if (!isalnum((unsigned char)name[0]))
		return config_fail(r, node, -EINVAL,
				   "the name %s must begin with a letter or a digit", name);

	for (const char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("._+-", *c))
			return config_fail(r, node, -EINVAL,
					   "the name %s may hold letters, digits and . _ + - only",
					   name);
	if (strspn(name, "0123456789") == strlen(name))
		return config_fail(r, node, -EINVAL,
				   "the name %s is a number, and would be taken for a domain's id",
				   name);

	return 0;
}

static int read_name(const struct config_reader *r, const xmlNode *domain)
{
	const xmlNode *node;
	char *text;
	int rc;

	rc = config_child(r, domain, "name", true, &node);
	if (!rc)
		rc = config_text(r, node, CONFIG_NAME_MAX, &text);
	if (rc)
		return rc;

	rc = check_name(r, node, text);
	if (!rc)
		strcpy(r->c->name, text);

	free(text);
	return rc;
}

static int read_uuid(const struct config_reader *r, const xmlNode *domain)
{
	const xmlNode *node;
	char *text;
	int rc;

	rc = config_child(r, domain, "uuid", false, &node);
	if (rc)
		return rc;

	if (!node) {
		config_derive_uuid(r->c);
		return 0;
	}

	rc = config_text(r, node, 64, &text);
	if (rc)
		return rc;

	if (!config_uuid_parse(text, r->c->uuid))
		rc = config_fail(r, node, -EINVAL, "%s is not a UUID (32 hexadecimal digits)",
				 text);

	free(text);
	return rc;
}

/* libvirt's units: with an i (or a single letter) powers of 1024, otherwise powers of 1000. */
static const struct size_unit {
	const char *name;
	uint64_t bytes;
} size_units[] = {
	{ "b", 1 },          { "bytes", 1 },        { "KB", 1000 },
	{ "k", 1ULL << 10 }, { "KiB", 1ULL << 10 }, { "MB", 1000000 },
	{ "M", 1ULL << 20 }, { "MiB", 1ULL << 20 }, { "GB", 1000000000 },
	{ "G", 1ULL << 30 }, { "GiB", 1ULL << 30 }, { "TB", 1000000000000 },
	{ "T", 1ULL << 40 }, { "TiB", 1ULL << 40 },
};

/* 0: there is no such unit. */
static uint64_t unit_bytes(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(size_units); i++) {
		if (!strcmp(name, size_units[i].name))
			return size_units[i].bytes;
	}
	return 0;
}

/* The attribute "unit", in bytes. Without it the number counts KiB. */
static int read_unit(const struct config_reader *r, const xmlNode *node, uint64_t *bytes)
{
	char *unit;
	int rc = config_attribute_optional(r, node, "unit", 64, &unit);

	*bytes = 1024;
	if (rc || !unit)
		return rc;

	*bytes = unit_bytes(unit);
	if (*bytes == 0)
		rc = config_fail(r, node, -EINVAL, "unknown unit %s of <%s>; use KiB, MiB or GiB",
				 unit, node->name);

	free(unit);
	return rc;
}

static int read_size(const struct config_reader *r, const xmlNode *node, uint64_t *kib)
{
	uint64_t number, unit;
	char *text;
	int rc;

	rc = read_unit(r, node, &unit);
	if (!rc)
		rc = config_text(r, node, 64, &text);
	if (rc)
		return rc;

	if (!config_number(text, UINT64_MAX, &number))
		rc = config_fail(r, node, -EINVAL, "<%s> is %s, which is not a whole number",
				 node->name, text);
	else if (number > (CONFIG_MEMORY_MAX_KIB << 10) / unit)
		rc = config_fail(r, node, -E2BIG, "<%s> is %s: more than 16 TiB", node->name, text);
	else
		*kib = (number * unit + 1023) / 1024;

	free(text);
	if (rc)
		return rc;

	if (*kib < CONFIG_MEMORY_MIN_KIB)
		return config_fail(r, node, -EINVAL,
				   "<%s> is %llu KiB: less than %lu KiB boots no guest. "
				   "Without a unit the number counts KiB",
				   node->name, (unsigned long long)*kib, CONFIG_MEMORY_MIN_KIB);
	return 0;
}

static int read_memory(const struct config_reader *r, const xmlNode *domain)
{
	struct domain_config *c = r->c;
	const xmlNode *node;
	int rc;

	rc = config_child(r, domain, "memory", true, &node);
	if (!rc)
		rc = read_size(r, node, &c->memory_max_kib);
	if (!rc)
		rc = config_child(r, domain, "currentMemory", false, &node);
	if (rc)
		return rc;

	c->memory_kib = c->memory_max_kib;
	if (!node)
		return 0;

	rc = read_size(r, node, &c->memory_kib);
	if (!rc && c->memory_kib > c->memory_max_kib)
		rc = config_fail(r, node, -EINVAL,
				 "<currentMemory> is more than <memory> (%llu KiB > %llu KiB)",
				 (unsigned long long)c->memory_kib,
				 (unsigned long long)c->memory_max_kib);
	return rc;
}

static int read_path(const struct config_reader *r, const xmlNode *os, const char *name,
		     bool needed, char **path)
{
	const xmlNode *node;
	int rc;

	rc = config_child(r, os, name, needed, &node);
	if (rc || !node)
		return rc;

	rc = config_text(r, node, PATH_MAX - 1, path);
	if (rc)
		return rc;

	return config_path(r, node, *path);
}

static int read_cmdline(const struct config_reader *r, const xmlNode *os)
{
	const xmlNode *node;
	int rc;

	rc = config_child(r, os, "cmdline", false, &node);
	if (rc)
		return rc;
	if (node && !config_blank(node))
		return config_text(r, node, CONFIG_CMDLINE_MAX, &r->c->cmdline);

	r->c->cmdline = strdup("");
	if (!r->c->cmdline)
		return config_fail(r, os, -ENOMEM, "out of memory");

	return 0;
}

static int read_os(const struct config_reader *r, const xmlNode *domain)
{
	static const char *const types[] = { "linux", "xen", NULL };
	const xmlNode *os, *node;
	int rc, word;

	rc = config_child(r, domain, "os", true, &os);
	if (!rc)
		rc = config_child(r, os, "type", true, &node);
	if (!rc)
		rc = config_element_word(r, node, types, &word);
	if (!rc)
		rc = read_path(r, os, "kernel", true, &r->c->kernel);
	if (!rc)
		rc = read_path(r, os, "initrd", false, &r->c->initrd);
	if (!rc)
		rc = read_cmdline(r, os);
	return rc;
}

static int read_action(const struct config_reader *r, const xmlNode *domain, const char *name,
		       enum config_action *action)
{
	const xmlNode *node;
	int rc, word;

	rc = config_child(r, domain, name, false, &node);
	if (rc || !node)
		return rc;

	rc = config_element_word(r, node, action_words, &word);
	if (!rc)
		*action = (enum config_action)word;
	return rc;
}

/* libvirt's defaults where the file says nothing. */
static int read_actions(const struct config_reader *r, const xmlNode *domain)
{
	struct domain_config *c = r->c;
	int rc;

	c->on_poweroff = CONFIG_DESTROY;
	c->on_reboot = CONFIG_RESTART;
	c->on_crash = CONFIG_DESTROY;
	rc = read_action(r, domain, "on_poweroff", &c->on_poweroff);
	if (!rc)
		rc = read_action(r, domain, "on_reboot", &c->on_reboot);
	if (!rc)
		rc = read_action(r, domain, "on_crash", &c->on_crash);
	return rc;
}

static int read_type(const struct config_reader *r, const xmlNode *domain)
{
	static const char *const types[] = { "xen", NULL };
	int rc, word;

	rc = config_attribute_word(r, domain, "type", types, &word);
	if (!rc && word < 0)
		rc = config_fail(r, domain, -EINVAL, "<domain> lacks the attribute type='xen'");
	return rc;
}

static int read_devices(const struct config_reader *r, const xmlNode *domain)
{
	const xmlNode *devices;
	int rc = config_child(r, domain, "devices", false, &devices);

	if (rc || !devices)
		return rc;

	rc = config_read_devices(r, devices);
	if (rc)
		return rc;

	return config_check_devices(r);
}

/* The order matters: MAC addresses are derived from the UUID, the UUID from the name. */
int config_read_domain(const struct config_reader *r, const xmlNode *domain)
{
	static int (*const parts[])(const struct config_reader *, const xmlNode *) = {
		read_type,           read_name, read_uuid,    read_memory,  config_read_vcpus,
		config_read_cputune, read_os,   read_actions, read_devices,
	};
	int rc = 0;

	for (size_t i = 0; i < ARRAY_SIZE(parts) && !rc; i++)
		rc = parts[i](r, domain);
	return rc;
}
