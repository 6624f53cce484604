/* SPDX-License-Identifier: MIT */
/*
 * What a guest calls a disk, and the number that its frontend knows it by (the ABI's, as
 * xen-vbd-interface(7) tells). Pure.
 */
#ifndef HOSPES_CONFIG_CONFIG_TARGET_H
#define HOSPES_CONFIG_CONFIG_TARGET_H

#include <stdbool.h>

struct config_target {
	char kind;              /* of "xvda", "hda", "sda": 'x', 'h', 's' */
	unsigned int disk;      /* 0: the first one, "a" */
	unsigned int partition; /* 0: the whole disk */
	unsigned int vdev;
};

/* False: it is no name of a disk or partition. */
bool config_target_parse(const char *text, struct config_target *target);

/* Whether two cannot stand side by side: the same, or a disk and a partition of it. */
bool config_targets_collide(const struct config_target *a, const struct config_target *b);

/* For messages: what is possible. */
#define CONFIG_TARGETS "xvda to xvdzz, hda to hdd, sda to sdp, or a partition like xvda1"

#endif
