/* SPDX-License-Identifier: MIT */
/* hospes perf DOMAIN: what the domain's calls, traps and interrupts cost in the hypervisor. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <dom0-tools/access/domctl.h>
#include <dom0-tools/access/hvcall.h>
#include "verbs.h"

#define SECONDS_MAX 3600
#define NAME_MAX    32

/* Names of hypercalls, from the table of the ABI. */
static const char *const calls[HOSPES_PERF_UNKNOWN] = {
#define HC(nr, name, args, who, how, ...) [nr] = #name,
#include <pvabi/hypercalls.def>
};

static const char *const traps[HOSPES_PERF_INTERRUPT - HOSPES_PERF_TRAP] = {
	[0] = "divide error",
	[1] = "debug",
	[3] = "breakpoint",
	[4] = "overflow",
	[5] = "bound",
	[6] = "invalid opcode",
	[7] = "no FPU",
	[10] = "invalid TSS",
	[11] = "no segment",
	[12] = "stack fault",
	[13] = "general protection",
	[14] = "page fault",
	[16] = "FPU error",
	[17] = "alignment",
	[19] = "SIMD error",
};

/* What a row stands for: its kind, and a name in @name. */
static const char *cause_name(unsigned int cause, char name[NAME_MAX])
{
	unsigned int number = cause - HOSPES_PERF_TRAP;

	if (cause == HOSPES_PERF_INTERRUPT) {
		snprintf(name, NAME_MAX, "all");
		return "interrupt";
	}

	if (cause > HOSPES_PERF_UNKNOWN) {
		if (traps[number] != NULL)
			snprintf(name, NAME_MAX, "%s", traps[number]);
		else
			snprintf(name, NAME_MAX, "%u", number);
		return "trap";
	}

	if (cause < HOSPES_PERF_UNKNOWN && calls[cause] != NULL)
		snprintf(name, NAME_MAX, "%s", calls[cause]);
	else
		snprintf(name, NAME_MAX, "unknown");
	return "hypercall";
}

/* Adds what all vcpus of the domain cost since they were made, times @sign, to *sum. */
static int costs_add(struct invocation *in, domid_t domid, int sign, struct hospes_perf *sum)
{
	struct xen_domctl_getdomaininfo info;
	int rc = domctl_info(in->host.privcmd, domid, &info, &in->err);

	for (uint32_t v = 0; rc == 0 && v <= info.max_vcpu_id; v++) {
		struct hospes_perf one = { .domain = domid, .vcpu = v };

		rc = costs_read(in->host.privcmd, &one, &in->err);
		for (int i = 0; rc == 0 && i < HOSPES_PERF_CAUSES; i++) {
			sum->cause[i].entries += (uint64_t)sign * one.cause[i].entries;
			sum->cause[i].cycles += (uint64_t)sign * one.cause[i].cycles;
		}
		sum->tsc_khz = one.tsc_khz;
	}

	return rc;
}

/* Since the domain began; with --seconds, of so many from now on. */
static int costs_sum(struct invocation *in, domid_t domid, struct hospes_perf *sum)
{
	struct timespec wait = { 0 };
	long seconds;
	int rc;

	if (in->value['s'] == NULL)
		return costs_add(in, domid, 1, sum);

	rc = verb_number(in, in->value['s'], "number of seconds", 1, SECONDS_MAX, &seconds);
	if (rc == 0)
		rc = costs_add(in, domid, -1, sum);
	if (rc < 0)
		return rc;

	wait.tv_sec = seconds;
	nanosleep(&wait, NULL);
	return costs_add(in, domid, 1, sum);
}

static const struct hospes_perf *shown; /* what compare() orders by */

/* Dearest first. */
static int compare(const void *a, const void *b)
{
	uint64_t x = shown->cause[*(const int *)a].cycles;
	uint64_t y = shown->cause[*(const int *)b].cycles;

	if (x == y)
		return 0;

	return x < y ? 1 : -1;
}

static double to_us(const struct hospes_perf *p, double cycles)
{
	return p->tsc_khz == 0 ? 0 : cycles * 1000 / (double)p->tsc_khz;
}

static void row_print(const struct hospes_perf *p, int cause)
{
	uint64_t entries = p->cause[cause].entries, cycles = p->cause[cause].cycles;
	char name[NAME_MAX];
	const char *kind = cause_name((unsigned int)cause, name);

	printf("%-10s %-20s %14" PRIu64 " %14.1f %12.3f\n", kind, name, entries,
	       to_us(p, (double)cycles) / 1000,
	       entries == 0 ? 0 : to_us(p, (double)cycles / (double)entries));
}

static void row_json(struct invocation *in, const struct hospes_perf *p, int cause)
{
	struct json_object *o = json_object_new_object();
	char name[NAME_MAX];

	json_text(o, "cause", cause_name((unsigned int)cause, name));
	json_text(o, "name", name);
	json_number(o, "entries", (int64_t)p->cause[cause].entries);
	json_number(o, "cycles", (int64_t)p->cause[cause].cycles);
	json_number(o, "ns", (int64_t)(to_us(p, (double)p->cause[cause].cycles) * 1000));
	json_object_array_add(in->result, o);
}

static void costs_show(struct invocation *in, const struct hospes_perf *p)
{
	int order[HOSPES_PERF_CAUSES];

	for (int i = 0; i < HOSPES_PERF_CAUSES; i++)
		order[i] = i;
	shown = p;
	qsort(order, HOSPES_PERF_CAUSES, sizeof(order[0]), compare);

	if (in->json)
		in->result = json_object_new_array();
	else
		printf("%-10s %-20s %14s %14s %12s\n", "Cause", "Name", "Entries", "Time(ms)",
		       "Each(us)");

	for (int i = 0; i < HOSPES_PERF_CAUSES; i++) {
		if (p->cause[order[i]].entries == 0)
			continue;

		if (in->json)
			row_json(in, p, order[i]);
		else
			row_print(p, order[i]);
	}
}

int verb_costs(struct invocation *in)
{
	struct hospes_perf sum = { 0 };
	domid_t domid;
	int rc = verb_domain(in, 0, &domid);

	if (rc == 0)
		rc = costs_sum(in, domid, &sum);
	if (rc == 0)
		costs_show(in, &sum);

	return rc;
}
