/* SPDX-License-Identifier: MIT */
/*
 * hospes perf: the longest times that the hypervisor kept interrupts off or held a lock; how often
 * its CPUs waited for each other's locks; of a domain, what it costs (verb_costs.c).
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dom0-tools/access/hvcall.h>
#include <dom0-tools/access/sysctl.h>
#include "verbs.h"

#define NS_PER_US 1000.0

struct table {
	struct hospes_stretch *row;
	size_t count;
};

/* Longest first. */
static int row_compare(const void *a, const void *b)
{
	const struct hospes_stretch *x = a, *y = b;

	if (x->cycles == y->cycles)
		return 0;

	return x->cycles < y->cycles ? 1 : -1;
}

static int table_add(struct invocation *in, struct table *t, const struct hospes_stretch *s)
{
	struct hospes_stretch *more = realloc(t->row, (t->count + 1) * sizeof(*more));

	if (more == NULL)
		return error_set(&in->err, -ENOMEM, "no memory for so many records");

	more[t->count] = *s;
	t->row = more;
	t->count++;
	return 0;
}

/* The waits of a CPU for locks, together with those of the other CPUs for locks of that name. */
static int table_add_waits(struct invocation *in, struct table *t, const struct hospes_stretch *s)
{
	for (size_t i = 0; i < t->count; i++) {
		struct hospes_stretch *all = &t->row[i];

		if (strncmp(all->lock, s->lock, sizeof(s->lock)) != 0)
			continue;

		all->number += s->number;
		all->cycles += s->cycles;
		all->ns += s->ns;
		return 0;
	}

	return table_add(in, t, s);
}

/* Of one CPU's records those that were asked for: the longest times, or with --locks the waits. */
static int table_take(struct invocation *in, struct table *t, const struct hospes_stretch *s)
{
	bool waits = s->kind == HOSPES_STRETCH_waits;

	if (waits != in->flag['l'])
		return 0;

	return waits ? table_add_waits(in, t, s) : table_add(in, t, s);
}

static int table_read_cpu(struct invocation *in, struct table *t, uint32_t cpu)
{
	for (uint32_t index = 0;; index++) {
		struct hospes_stretch s = { .cpu = cpu, .index = index };
		int rc = stretch_read(in->host.privcmd, &s, &in->err);

		if (rc == -ENOENT)
			return 0;
		if (rc == 0)
			rc = table_take(in, t, &s);
		if (rc < 0)
			return rc;
	}
}

static const char *kind_name(uint32_t kind)
{
	static const char *const names[] = {
		[HOSPES_STRETCH_hypercall] = "hypercall",
		[HOSPES_STRETCH_trap] = "trap",
		[HOSPES_STRETCH_interrupt] = "interrupt",
		[HOSPES_STRETCH_softirqs] = "softirqs",
	};

	if (kind >= sizeof(names) / sizeof(names[0]) || names[kind] == NULL)
		return "unknown";

	return names[kind];
}

static void table_json(struct invocation *in, const struct table *t)
{
	in->result = json_object_new_array();
	for (size_t i = 0; i < t->count; i++) {
		const struct hospes_stretch *s = &t->row[i];
		struct json_object *o = json_object_new_object();

		json_number(o, "cpu", s->cpu);
		json_number(o, "cycles", (int64_t)s->cycles);
		json_number(o, "ns", (int64_t)s->ns);
		json_text(o, "cause", kind_name(s->kind));
		json_number(o, "number", s->number);
		json_number(o, "operation", s->operation);
		json_number(o, "limit", s->limit);
		json_text(o, "lock", s->lock);
		json_object_array_add(in->result, o);
	}
}

static void table_print(const struct table *t)
{
	printf("%5s %12s %12s  %-10s %6s %12s  %s\n", "CPU", "Cycles", "Time(us)", "Cause",
	       "Number", "Operation", "Lock");

	for (size_t i = 0; i < t->count; i++) {
		const struct hospes_stretch *s = &t->row[i];

		printf("%5u %12" PRIu64 " %12.1f  %-10s %6u %#12x  %s\n", s->cpu, s->cycles,
		       (double)s->ns / NS_PER_US, kind_name(s->kind), s->number, s->operation,
		       s->lock);
	}

	if (t->count > 0)
		printf("limit %12u\n", t->row[0].limit);
}

static void waits_json(struct invocation *in, const struct table *t)
{
	in->result = json_object_new_array();
	for (size_t i = 0; i < t->count; i++) {
		const struct hospes_stretch *s = &t->row[i];
		struct json_object *o = json_object_new_object();

		json_text(o, "lock", s->lock);
		json_number(o, "waits", s->number);
		json_number(o, "cycles", (int64_t)s->cycles);
		json_number(o, "ns", (int64_t)s->ns);
		json_object_array_add(in->result, o);
	}
}

static void waits_print(const struct table *t)
{
	printf("%-8s %12s %14s %12s %12s\n", "Lock", "Waits", "Cycles", "Time(us)", "Each(us)");

	for (size_t i = 0; i < t->count; i++) {
		const struct hospes_stretch *s = &t->row[i];
		double us = (double)s->ns / NS_PER_US;

		printf("%-8s %12u %14" PRIu64 " %12.1f %12.3f\n", s->lock, s->number, s->cycles, us,
		       s->number == 0 ? 0 : us / s->number);
	}
}

static void table_tell(struct invocation *in, const struct table *t)
{
	if (in->flag['l'] && in->json)
		waits_json(in, t);
	else if (in->flag['l'])
		waits_print(t);
	else if (in->json)
		table_json(in, t);
	else
		table_print(t);
}

static int table_read(struct invocation *in, struct table *t)
{
	struct xen_sysctl_physinfo machine;
	int rc = sysctl_physinfo(in->host.privcmd, &machine, &in->err);

	for (uint32_t cpu = 0; rc == 0 && cpu < machine.nr_cpus; cpu++)
		rc = table_read_cpu(in, t, cpu);

	return rc;
}

int verb_perf(struct invocation *in)
{
	struct table t = { 0 };
	int rc;

	if (in->argc > 0 && in->flag['l'])
		return error_set(&in->err, -EINVAL,
				 "--locks is of the whole machine: it takes no domain");
	if (in->argc > 0)
		return verb_costs(in);

	rc = table_read(in, &t);

	if (rc == 0) {
		qsort(t.row, t.count, sizeof(*t.row), row_compare);
		table_tell(in, &t);
	}
	free(t.row);

	if (rc < 0 || !in->flag['c'])
		return rc;

	return stretches_forget(in->host.privcmd, &in->err);
}
