/* SPDX-License-Identifier: MIT */
/* Sets of CPUs as text. A list is applied from left to right: "0-3,^2" is 0, 1 and 3. */
#include "cpu_map.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

bool cpu_map_has(const struct cpu_map *map, unsigned int cpu)
{
	return cpu < CPU_MAP_CPUS && (map->bytes[cpu / 8] >> cpu % 8 & 1) != 0;
}

static void cpu_map_put(struct cpu_map *map, unsigned int cpu, bool in)
{
	uint8_t bit = (uint8_t)(1U << cpu % 8);

	if (in)
		map->bytes[cpu / 8] |= bit;
	else
		map->bytes[cpu / 8] &= (uint8_t)~bit;
}

unsigned int cpu_map_count(const struct cpu_map *map)
{
	unsigned int count = 0;

	for (size_t i = 0; i < sizeof(map->bytes); i++)
		count += (unsigned int)__builtin_popcount(map->bytes[i]);
	return count;
}

void cpu_map_fill(struct cpu_map *map, unsigned int cpus)
{
	memset(map, 0, sizeof(*map));
	for (unsigned int i = 0; i < cpus && i < CPU_MAP_CPUS; i++)
		cpu_map_put(map, i, true);
}

/*
 * Reads decimal digits at *@at and moves it past them. A number that is too large ends up out of
 * range.
 */
static bool number_read(const char **at, unsigned int *number)
{
	const char *start = *at;

	*number = 0;
	while (**at >= '0' && **at <= '9') {
		if (*number <= CPU_MAP_CPUS)
			*number = 10 * *number + (unsigned int)(**at - '0');
		(*at)++;
	}

	return *at != start;
}

static int no_list(const char *text, struct hospes_error *err)
{
	return error_set(err, -EINVAL, "%s is no list of CPUs (like 0-3,^2,7 or all)", text);
}

/* One entry of a list: "3" or "0-3", with an optional "^" in front. @text is the whole list. */
static int entry_read(struct cpu_map *map, const char **at, const char *text, unsigned int cpus,
		      struct hospes_error *err)
{
	const char *number;
	unsigned int first, last;
	bool in = true;

	if (**at == '^') {
		in = false;
		(*at)++;
	}

	number = *at;
	if (!number_read(at, &first))
		return no_list(text, err);

	last = first;
	if (**at == '-') {
		(*at)++;
		number = *at;
		if (!number_read(at, &last) || last < first)
			return error_set(
				err, -EINVAL,
				"%s is no list of CPUs: a range goes from the smaller number up",
				text);
	}

	if (last >= cpus)
		return error_set(err, -EINVAL, "%s names CPU %.*s, but the CPUs are 0 to %u", text,
				 (int)(*at - number), number, cpus - 1);

	for (unsigned int cpu = first; cpu <= last; cpu++)
		cpu_map_put(map, cpu, in);
	return 0;
}

int cpu_map_parse(struct cpu_map *map, const char *text, unsigned int cpus,
		  struct hospes_error *err)
{
	const char *at = text;

	memset(map, 0, sizeof(*map));
	if (cpus > CPU_MAP_CPUS)
		cpus = CPU_MAP_CPUS;

	if (strcmp(text, "none") == 0)
		return 0;
	if (strcmp(text, "all") == 0) {
		cpu_map_fill(map, cpus);
		return 0;
	}

	/* "^2" and "all,^2" start from all CPUs. */
	if (strncmp(text, "all,", strlen("all,")) == 0) {
		cpu_map_fill(map, cpus);
		at += strlen("all,");
	} else if (*text == '^') {
		cpu_map_fill(map, cpus);
	}

	for (;;) {
		int rc = entry_read(map, &at, text, cpus, err);

		if (rc < 0)
			return rc;
		if (*at == '\0')
			return 0;
		if (*at != ',')
			return no_list(text, err);
		at++;
	}
}

void cpu_map_text(const struct cpu_map *map, unsigned int cpus, char text[CPU_MAP_TEXT_MAX])
{
	size_t used = 0;

	strcpy(text, "none");
	for (unsigned int cpu = 0, end; cpu < cpus; cpu = end + 1) {
		/* CPUs cpu to end - 1 are in the set. */
		end = cpu;
		while (end < cpus && cpu_map_has(map, end))
			end++;
		if (end == cpu)
			continue;

		if (cpu == 0 && end >= cpus) {
			strcpy(text, "all");
			return;
		}

		used += (size_t)snprintf(text + used, CPU_MAP_TEXT_MAX - used, "%s%u",
					 used > 0 ? "," : "", cpu);
		if (end > cpu + 1)
			used += (size_t)snprintf(text + used, CPU_MAP_TEXT_MAX - used, "-%u",
						 end - 1);
	}
}
