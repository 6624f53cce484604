/* SPDX-License-Identifier: MIT */
/*
 * Sets of physical CPUs: as the bitmaps of control calls, and as the lists that people write:
 * "0-3,^2,7", "all", "none". Pure; which CPUs a host has is the callers' knowledge.
 */
#ifndef HOSPES_ACCESS_CPU_MAP_H
#define HOSPES_ACCESS_CPU_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <dom0-tools/base/error.h>
#include <dom0-tools/base/must_check.h>

/* Four times what Debian's Xen can have, sixteen times our default. */
#define CPU_MAP_CPUS 1024
/* Room for the text of any set: at worst every second CPU, with a comma each. */
#define CPU_MAP_TEXT_MAX (CPU_MAP_CPUS / 2 * 5 + 1)

struct cpu_map {
	uint8_t bytes[CPU_MAP_CPUS / 8]; /* CPU n is bit n % 8 of byte n / 8 */
};

bool cpu_map_has(const struct cpu_map *map, unsigned int cpu);
unsigned int cpu_map_count(const struct cpu_map *map);

/* All CPUs below @cpus. */
void cpu_map_fill(struct cpu_map *map, unsigned int cpus);

/*
 * Reads a list of numbers and ranges below @cpus, "^" before one takes it out again; or "all" (of
 * @cpus) or "none". -EINVAL with a reason.
 */
__must_check int cpu_map_parse(struct cpu_map *map, const char *text, unsigned int cpus,
			       struct hospes_error *err);

/* The other way, for the CPUs below @cpus; "all" where none of them is missing. */
void cpu_map_text(const struct cpu_map *map, unsigned int cpus, char text[CPU_MAP_TEXT_MAX]);

#endif
