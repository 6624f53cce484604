/* SPDX-License-Identifier: MIT */
/*
 * Sizes of memory in a domain's XML: what it starts with, what its balloon may grow to, and what it
 * never has to come below.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <dom0-tools/base/array.h>
#include "config_read.h"

/* libvirt's units: with an i (or a single letter) powers of 1024, otherwise powers of 1000. */
static const struct size_unit {
	const char *name;
	uint64_t bytes;
} size_units[] = {
	{ "b", 1 },
	{ "byte", 1 },
	{ "bytes", 1 },
	{ "KB", 1000 },
	{ "k", 1ULL << 10 },
	{ "KiB", 1ULL << 10 },
	{ "MB", 1000000 },
	{ "M", 1ULL << 20 },
	{ "MiB", 1ULL << 20 },
	{ "GB", 1000000000 },
	{ "G", 1ULL << 30 },
	{ "GiB", 1ULL << 30 },
	{ "TB", 1000000000000 },
	{ "T", 1ULL << 40 },
	{ "TiB", 1ULL << 40 },
};

/* 0: there is no such unit. As libvirt does, capitals are not told from small letters. */
static uint64_t unit_bytes(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(size_units); i++) {
		if (strcasecmp(name, size_units[i].name) == 0)
			return size_units[i].bytes;
	}
	return 0;
}

/* The attribute "unit", in bytes. Without it the number counts KiB. 0: it is none. */
static uint64_t read_unit(const struct config_reader *r, const xmlNode *node)
{
	char *unit;
	uint64_t bytes;

	if (!config_has(node, "unit"))
		return 1024;

	unit = config_attribute(r, node, "unit", 64);
	if (unit == NULL)
		return 0;

	bytes = unit_bytes(unit);
	if (bytes == 0)
		config_fail(r, node, -EINVAL,
			    "unknown unit %s of <%s>; possible: bytes, KiB, MiB, GiB, TiB, KB, MB",
			    unit, node->name);

	free(unit);
	return bytes;
}

/* The size in KiB, rounded up. False: refused. */
static bool size_kib(const struct config_reader *r, const xmlNode *node, const char *text,
		     uint64_t unit, uint64_t *kib)
{
	uint64_t number;

	if (!config_number(text, UINT64_MAX, &number)) {
		config_fail(r, node, -EINVAL, "<%s> is %s, which is not a whole number", node->name,
			    text);
		return false;
	}

	if (number > (CONFIG_MEMORY_MAX_KIB << 10) / unit) {
		config_fail(r, node, -E2BIG, "<%s> is %s: more than 16 TiB", node->name, text);
		return false;
	}

	*kib = (number * unit + 1023) / 1024;
	return true;
}

/* False: it is not there, or refused. */
static bool read_size(const struct config_reader *r, const xmlNode *node, uint64_t *kib)
{
	uint64_t unit, size = 0;
	char *text;
	bool known;

	if (node == NULL)
		return false;

	unit = read_unit(r, node);
	text = config_text(r, node, 64);
	known = unit != 0 && text != NULL && size_kib(r, node, text, unit, &size);
	free(text);
	if (!known)
		return false;

	if (size < CONFIG_MEMORY_MIN_KIB) {
		config_fail(r, node, -EINVAL,
			    "<%s> is %llu KiB: less than %lu KiB boots no guest. "
			    "Without a unit the number counts KiB",
			    node->name, (unsigned long long)size, CONFIG_MEMORY_MIN_KIB);
		return false;
	}

	*kib = size;
	return true;
}

static void check_order(const struct config_reader *r, const xmlNode *node, uint64_t kib,
			const char *most_name, uint64_t most_kib)
{
	if (kib <= most_kib)
		return;

	config_fail(r, node, -EINVAL, "<%s> is more than <%s> (%llu KiB > %llu KiB)", node->name,
		    most_name, (unsigned long long)kib, (unsigned long long)most_kib);
}

/* What is always left to a guest that shares the rest of its memory with others. */
static void read_guaranteed(const struct config_reader *r, const xmlNode *domain)
{
	const xmlNode *tune = config_child(domain, "memtune");
	const xmlNode *least = tune != NULL ? config_child(tune, "min_guarantee") : NULL;
	struct domain_config *c = r->c;

	if (!read_size(r, least, &c->memory_guaranteed_kib) || c->memory_kib == 0)
		return;

	if (c->memory_guaranteed_kib > c->memory_kib)
		config_fail(r, least, -EINVAL,
			    "<min_guarantee> is more than the guest starts with (%llu > %llu KiB)",
			    (unsigned long long)c->memory_guaranteed_kib,
			    (unsigned long long)c->memory_kib);
}

/*
 * <memory> is what the guest may have, <currentMemory> what it starts with. Where <maxMemory> is
 * more, the guest may have that, and starts with no more than <memory>.
 */
void config_read_memory(const struct config_reader *r, const xmlNode *domain)
{
	const xmlNode *memory = config_child(domain, "memory");
	const xmlNode *current = config_child(domain, "currentMemory");
	const xmlNode *most = config_child(domain, "maxMemory");
	struct domain_config *c = r->c;
	uint64_t kib = 0, start_kib, most_kib;
	bool known = read_size(r, memory, &kib);

	start_kib = kib;
	most_kib = kib;
	if (read_size(r, current, &start_kib) && known)
		check_order(r, current, start_kib, "memory", kib);
	if (read_size(r, most, &most_kib) && known)
		check_order(r, memory, kib, "maxMemory", most_kib);

	c->memory_kib = start_kib;
	c->memory_max_kib = most_kib;
	read_guaranteed(r, domain);
}
