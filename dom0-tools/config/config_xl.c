/* SPDX-License-Identifier: MIT */
/*
 * From the settings of an xl.cfg to libvirt's XML: a row of a table a key, and what belongs to
 * several keys below. The values themselves are checked when the XML is read.
 */
#include "config_xl.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dom0-tools/base/array.h>
#include "config_note.h"

/* libvirt's usual period, and the part of it that is a percent of one CPU, in microseconds. */
#define CAP_PERIOD  100000
#define CAP_PERCENT (CAP_PERIOD / 100)

struct xl_reader {
	const struct config_reader *r;
	const struct xlcfg *x;
	xmlNode *domain, *os, *devices, *cputune;
};

static const char *first(const struct xlcfg_setting *s)
{
	return s->count != 0 ? s->items[0] : "";
}

static void put_name(struct xl_reader *x, const struct xlcfg_setting *s)
{
	xl_element(x->domain, s->key, first(s), s->line);
}

static void put_os(struct xl_reader *x, const struct xlcfg_setting *s)
{
	const char *name = strcmp(s->key, "ramdisk") == 0 ? "initrd" : "kernel";

	xl_element(x->os, name, first(s), s->line);
}

/* "memory" alone is both; with "maxmem" it is what the guest starts with. */
static void put_memory(struct xl_reader *x, const struct xlcfg_setting *s)
{
	bool both = xlcfg_find(x->x, "maxmem") != NULL;
	bool starts = both && strcmp(s->key, "memory") == 0;
	xmlNode *node = xl_element(x->domain, starts ? "currentMemory" : "memory", first(s),
				   s->line);

	xl_attribute(node, "unit", "MiB");
}

/* "maxvcpus" is how many there are, "vcpus" how many run at first. */
static void put_vcpus(struct xl_reader *x, const struct xlcfg_setting *s)
{
	const struct xlcfg_setting *most = xlcfg_find(x->x, "maxvcpus");
	const struct xlcfg_setting *cpus = xlcfg_find(x->x, "cpus");
	xmlNode *node;

	if (most != NULL && most != s)
		return;

	node = xl_element(x->domain, "vcpu", first(s), s->line);
	if (most != NULL && xlcfg_find(x->x, "vcpus") != NULL)
		xl_attribute(node, "current", first(xlcfg_find(x->x, "vcpus")));
	if (cpus != NULL && cpus->kind != XLCFG_LIST)
		xl_attribute(node, "cpuset", first(cpus));
}

/* A list gives each processor its place; one string, all of them (put_vcpus()). */
static void put_cpus(struct xl_reader *x, const struct xlcfg_setting *s)
{
	char number[16];
	xmlNode *pin;

	if (s->kind != XLCFG_LIST) {
		if (xlcfg_find(x->x, "vcpus") == NULL && xlcfg_find(x->x, "maxvcpus") == NULL) {
			pin = xl_element(x->domain, "vcpu", "1", s->line);
			xl_attribute(pin, "cpuset", first(s));
		}
		return;
	}

	for (unsigned int i = 0; i < s->count; i++) {
		snprintf(number, sizeof(number), "%u", i);
		pin = xl_element(x->cputune, "vcpupin", NULL, s->line);
		xl_attribute(pin, "vcpu", number);
		xl_attribute(pin, "cpuset", s->items[i]);
	}
}

static void put_weight(struct xl_reader *x, const struct xlcfg_setting *s)
{
	xl_element(x->cputune, "shares", first(s), s->line);
}

static void put_cap(struct xl_reader *x, const struct xlcfg_setting *s)
{
	char text[24];
	uint64_t cap;

	if (!config_number(first(s), UINT32_MAX, &cap)) {
		config_fail_line(x->r, s->line, -EINVAL, "cap is %.64s, which is not a number",
				 first(s));
		return;
	}

	if (cap == 0)
		return;

	snprintf(text, sizeof(text), "%llu", (unsigned long long)cap * CAP_PERCENT);
	xl_element(x->cputune, "global_quota", text, s->line);
}

/* "cmdline" is the whole; else "root" and "extra" make it up. */
static void put_cmdline(struct xl_reader *x, const struct xlcfg_setting *s)
{
	const struct xlcfg_setting *root = xlcfg_find(x->x, "root");
	const struct xlcfg_setting *extra = xlcfg_find(x->x, "extra");
	char text[CONFIG_CMDLINE_MAX + 64];

	if (strcmp(s->key, "cmdline") == 0) {
		xl_element(x->os, "cmdline", first(s), s->line);
		return;
	}

	if (xlcfg_find(x->x, "cmdline") != NULL || (s == extra && root != NULL))
		return;

	snprintf(text, sizeof(text), "%s%s%s%s", root != NULL ? "root=" : "",
		 root != NULL ? first(root) : "", root != NULL && extra != NULL ? " " : "",
		 extra != NULL ? first(extra) : "");
	xl_element(x->os, "cmdline", text, s->line);
}

/* Words for what is PV; others are refused when the element is read. */
static void put_type(struct xl_reader *x, const struct xlcfg_setting *s)
{
	static const char *const words[] = { "pv", "linux", "generic" };
	const char *type = first(s);

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(type, words[i]) == 0)
			return;

	config_fail_line(x->r, s->line, -EINVAL,
			 "%s is %.64s, which is not supported; possible: pv", s->key, type);
}

static void put_disks(struct xl_reader *x, const struct xlcfg_setting *s)
{
	for (unsigned int i = 0; i < s->count && i <= CONFIG_DISKS_MAX; i++)
		xl_disk(x->r, x->devices, s->items[i], s->line);
}

static void put_vifs(struct xl_reader *x, const struct xlcfg_setting *s)
{
	for (unsigned int i = 0; i < s->count && i <= CONFIG_NICS_MAX; i++)
		xl_vif(x->r, x->devices, s->items[i], s->line);
}

static void put_nothing(struct xl_reader *x, const struct xlcfg_setting *s)
{
	(void)x, (void)s;
}

/* Not given where it says more than "0" or nothing. */
static void put_lacks(struct xl_reader *x, const struct xlcfg_setting *s)
{
	if (s->count != 0 && strcmp(first(s), "0") != 0 && *first(s) != '\0')
		notice_add(&x->r->c->notice, x->r->name, s->line, s->key, s->key);
}

static void put_refused(struct xl_reader *x, const struct xlcfg_setting *s)
{
	if (s->count != 0)
		config_fail_line(x->r, s->line, -EINVAL,
				 "%s is not supported: devices of the host stay with dom0", s->key);
}

enum form { ATOM, LIST, EITHER };

static const struct {
	const char *key;
	enum form form;
	void (*put)(struct xl_reader *x, const struct xlcfg_setting *s);
} keys[] = {
	/* clang-format off */
	{ "name", ATOM, put_name },		{ "uuid", ATOM, put_name },
	{ "memory", ATOM, put_memory },		{ "maxmem", ATOM, put_memory },
	{ "vcpus", ATOM, put_vcpus },		{ "maxvcpus", ATOM, put_vcpus },
	{ "cpus", EITHER, put_cpus },		{ "cpu_weight", ATOM, put_weight },
	{ "cap", ATOM, put_cap },		{ "bootloader", ATOM, put_name },
	{ "kernel", ATOM, put_os },		{ "ramdisk", ATOM, put_os },
	{ "cmdline", ATOM, put_cmdline },	{ "root", ATOM, put_cmdline },
	{ "extra", ATOM, put_cmdline },		{ "type", ATOM, put_type },
	{ "builder", ATOM, put_type },		{ "disk", LIST, put_disks },
	{ "vif", LIST, put_vifs },		{ "on_poweroff", ATOM, put_name },
	{ "on_reboot", ATOM, put_name },	{ "on_crash", ATOM, put_name },
	/* of no meaning for a PV guest */
	{ "pae", ATOM, put_nothing },		{ "acpi", ATOM, put_nothing },
	{ "apic", ATOM, put_nothing },		{ "keymap", ATOM, put_nothing },
	{ "boot", ATOM, put_nothing },		{ "xen_platform_pci", ATOM, put_nothing },
	/* not given */
	{ "vfb", LIST, put_lacks },		{ "vnc", ATOM, put_lacks },
	{ "sdl", ATOM, put_lacks },		{ "vncunused", ATOM, put_nothing },
	{ "vnclisten", ATOM, put_nothing },	{ "vncdisplay", ATOM, put_nothing },
	{ "vncpasswd", ATOM, put_nothing },	{ "channel", LIST, put_lacks },
	{ "localtime", ATOM, put_lacks },	{ "rtc_timeoffset", ATOM, put_lacks },
	{ "cpus_soft", EITHER, put_lacks },	{ "on_watchdog", ATOM, put_lacks },
	{ "on_soft_reset", ATOM, put_lacks },	{ "max_grant_frames", ATOM, put_lacks },
	{ "max_event_channels", ATOM, put_lacks },
	{ "bootloader_args", EITHER, put_lacks },
	{ "e820_host", ATOM, put_lacks },	{ "passthrough", ATOM, put_lacks },
	{ "usbctrl", LIST, put_lacks },
	/* refused */
	{ "pci", LIST, put_refused },		{ "usbdev", LIST, put_refused },
	{ "irqs", LIST, put_refused },		{ "ioports", LIST, put_refused },
	{ "iomem", LIST, put_refused },
	/* clang-format on */
};

static void put_setting(struct xl_reader *x, const struct xlcfg_setting *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		bool list = s->kind == XLCFG_LIST;

		if (strcmp(keys[i].key, s->key) != 0)
			continue;

		if (list ? keys[i].form == ATOM : keys[i].form == LIST)
			config_fail_line(x->r, s->line, -EINVAL, "%s must %sbe a list in brackets",
					 s->key, list ? "not " : "");
		else
			keys[i].put(x, s);
		return;
	}

	config_fail_line(x->r, s->line, -EINVAL, "unknown key %.64s", s->key);
}

static void tell_fault(void *context, unsigned int line, const char *why)
{
	const struct config_reader *r = context;

	config_fail_line(r, line, -EINVAL, "%s", why);
}

static void make_domain(struct xl_reader *x, xmlDoc *doc)
{
	x->domain = xmlNewNode(NULL, (const xmlChar *)"domain");
	if (x->domain == NULL)
		return;

	xmlDocSetRootElement(doc, x->domain);
	x->domain->line = 1;
	xl_attribute(x->domain, "type", "xen");
	x->os = xl_element(x->domain, "os", NULL, 1);
	xl_element(x->os, "type", "linux", 1);
	x->devices = xl_element(x->domain, "devices", NULL, 1);
	x->cputune = xl_element(x->domain, "cputune", NULL, 1);
	for (unsigned int i = 0; i < x->x->count; i++)
		put_setting(x, &x->x->settings[i]);
}

bool xl_is_text(const struct config_reader *r, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (iscntrl((unsigned char)text[i]) &&
		    strchr("\t\r\n", text[i] ? text[i] : 1) == NULL) {
			config_fail(r, NULL, -EINVAL, "it holds a control character");
			return false;
		}

	if (xmlCheckUTF8((const unsigned char *)text))
		return true;

	config_fail(r, NULL, -EINVAL, "it is not in UTF-8");
	return false;
}

bool config_is_xl(const char *text, size_t length)
{
	size_t i = 0;

	while (i < length && strchr(" \t\r\n", text[i]) != NULL && text[i] != '\0')
		i++;
	if (i == length)
		return false;

	return isalpha((unsigned char)text[i]) || strchr("_#;", text[i]) != NULL;
}

static xmlDoc *make_document(const struct config_reader *r, const char *text)
{
	struct xl_reader reader = { .r = r };
	struct xlcfg x;
	xmlDoc *doc = NULL;

	/* Its faults are told; the settings that are whole are looked at all the same. */
	xlcfg_parse(&x, text, tell_fault, (void *)r);
	reader.x = &x;
	doc = xmlNewDoc((const xmlChar *)"1.0");
	if (doc != NULL)
		make_domain(&reader, doc);
	if (doc == NULL || reader.domain == NULL)
		config_fail(r, NULL, -ENOMEM, "out of memory");

	xlcfg_free(&x);
	if (doc != NULL && reader.domain == NULL) {
		xmlFreeDoc(doc);
		doc = NULL;
	}
	return doc;
}

xmlDoc *config_from_xl(const struct config_reader *r, const char *text, size_t length)
{
	xmlDoc *doc = NULL;
	char *copy;

	copy = malloc(length + 1);
	if (copy == NULL) {
		config_fail(r, NULL, -ENOMEM, "out of memory");
		return NULL;
	}

	memcpy(copy, text, length);
	copy[length] = '\0';
	if (xl_is_text(r, copy, length))
		doc = make_document(r, copy);
	free(copy);
	return doc;
}
