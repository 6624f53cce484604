/* SPDX-License-Identifier: MIT */
/* Sizes of memory in words, and which of them a domain may be asked to have. Pure. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <dom0-tools/base/array.h>
#include <dom0-tools/config/config.h>
#include "domain_memory.h"

static const struct {
	const char *name;
	uint64_t kib;
} units[] = {
	{ "", 1UL << 10 },    { "K", 1 },           { "KiB", 1 },
	{ "M", 1UL << 10 },   { "MiB", 1UL << 10 }, { "G", 1UL << 20 },
	{ "GiB", 1UL << 20 }, { "T", 1UL << 30 },   { "TiB", 1UL << 30 },
};

/* 0: there is no such unit. */
static uint64_t unit_kib(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (strcasecmp(name, units[i].name) == 0)
			return units[i].kib;
	}

	return 0;
}

int memory_size_read(const char *text, uint64_t *kib, struct hospes_error *err)
{
	size_t digits = strspn(text, "0123456789");
	uint64_t unit = unit_kib(text + digits);
	unsigned long long number;

	if (digits == 0 || unit == 0)
		return error_set(
			err, -EINVAL,
			"%s is no size: it must be a number of MiB, or one with K, M, G or T",
			text);

	/* Too many digits give the greatest number there is, with errno set. */
	number = strtoull(text, NULL, 10);
	if (number > CONFIG_MEMORY_MAX_KIB / unit)
		return error_set(err, -E2BIG, "%s is more than 16 TiB", text);

	*kib = number * unit;
	return 0;
}

int memory_size_check(const struct memory_state *state, uint64_t kib, uint64_t free_kib, bool force,
		      struct hospes_error *err)
{
	uint64_t floor = force ? CONFIG_MEMORY_MIN_KIB : MEMORY_FLOOR_KIB;

	if (kib > state->max)
		return error_set(err, -EINVAL,
				 "%" PRIu64 " KiB is more than the domain may have: %" PRIu64
				 " KiB",
				 kib, state->max);

	/* A small one may stay as it is, and grow. */
	if (kib < floor && kib < state->target)
		return error_set(err, -EINVAL,
				 "%" PRIu64 " KiB is too little for a running kernel: "
				 "the least is %" PRIu64 " KiB%s",
				 kib, floor, force ? "" : ", or what --force is given for");

	if (kib > state->now && kib - state->now > free_kib)
		return error_set(err, -ENOMEM,
				 "the host has %" PRIu64 " KiB free, and the domain needs %" PRIu64
				 " KiB more",
				 free_kib, kib - state->now);

	return 0;
}
