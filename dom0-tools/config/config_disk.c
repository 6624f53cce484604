/* SPDX-License-Identifier: MIT */
/*
 * Disks of a domain's XML: read and checked in themselves and against each other. What the host has
 * of files and devices is left to dev.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "config_read.h"
#include "config_target.h"

static void read_target(const struct config_reader *r, const xmlNode *node,
			struct config_disk *disk)
{
	const xmlNode *element = config_child(node, "target");
	char *text = config_attribute(r, element, "dev", 64);
	struct config_target target;

	if (text == NULL)
		return;

	if (strlen(text) < sizeof(disk->target) && config_target_parse(text, &target)) {
		strcpy(disk->target, text);
		disk->vdev = target.vdev;
	} else {
		config_fail(r, element, -EINVAL,
			    "the disk's target %s is not supported; possible: " CONFIG_TARGETS,
			    text);
	}

	free(text);
}

static void read_source(const struct config_reader *r, const xmlNode *node,
			struct config_disk *disk)
{
	const xmlNode *source = config_child(node, "source");
	const char *wanted = disk->is_block ? "dev" : "file";
	const char *other = disk->is_block ? "file" : "dev";

	if (source == NULL)
		return;

	if (config_has(source, other))
		config_fail(r, source, -EINVAL,
			    "a disk of type '%s' has its source in the attribute %s, not %s",
			    disk->is_block ? "block" : "file", wanted, other);
	else if (!config_has(source, wanted))
		config_fail(r, source, -EINVAL, "<source> lacks the attribute %s", wanted);
	else
		disk->source = config_path(r, source, wanted);
}

/* libvirt's driver names are taken where they describe what happens anyway. */
static void read_driver(const struct config_reader *r, const xmlNode *node,
			struct config_disk *disk)
{
	static const char *const kept[] = { "ignore", "off", NULL };
	const xmlNode *driver = config_child(node, "driver");
	uint64_t queues = 0;

	if (driver == NULL)
		return;

	disk->no_discard = config_attribute_word(driver, "discard", kept) >= 0;
	config_attribute_number(r, driver, "queues", 1, CONFIG_QUEUES_MAX, &queues);
	disk->queues = (unsigned int)queues;
}

void config_read_disk(const struct config_reader *r, const xmlNode *node)
{
	static const char *const block[] = { "block", NULL };
	struct domain_config *c = r->c;
	struct config_disk *disk;

	if (c->disk_count == CONFIG_DISKS_MAX) {
		config_fail(r, node, -E2BIG, "more than %d disks", CONFIG_DISKS_MAX);
		return;
	}

	disk = &c->disks[c->disk_count++];
	disk->line = config_line(node);
	disk->is_block = config_attribute_word(node, "type", block) >= 0;
	disk->readonly = config_child(node, "readonly") != NULL;
	disk->shareable = config_child(node, "shareable") != NULL;
	read_source(r, node, disk);
	read_target(r, node, disk);
	read_driver(r, node, disk);
}

static void check_two(const struct config_reader *r, const struct config_disk *a,
		      const struct config_disk *b)
{
	struct config_target one, other;

	/* One that was refused has no target. */
	if (!config_target_parse(a->target, &one) || !config_target_parse(b->target, &other))
		return;

	if (config_targets_collide(&one, &other))
		config_fail_line(r, a->line, -EINVAL,
				 "the disk's target %s collides with %s in line %u", a->target,
				 b->target, b->line);
}

void config_check_disks(const struct config_reader *r)
{
	const struct domain_config *c = r->c;

	for (unsigned int i = 1; i < c->disk_count; i++)
		for (unsigned int k = 0; k < i; k++)
			check_two(r, &c->disks[i], &c->disks[k]);
}
