/* SPDX-License-Identifier: MIT */
/*
 * hospes vcpu-list, vcpu-pin, vcpu-set and sched: the virtual CPUs of domains and what the
 * scheduler gives them. Columns are those that people know from xl.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dom0-tools/access/domctl.h>
#include <dom0-tools/domain/domain_find.h>
#include <dom0-tools/domain/domain_vcpus.h>
#include "targets.h"
#include "verbs.h"

/* How long --wait waits without --timeout: a guest under load takes seconds. */
#define WAIT_MS 60000

struct vcpu_row {
	const char *name;
	domid_t domid;
	unsigned int vcpu;
	struct xen_domctl_getvcpuinfo info;
	char hard[CPU_MAP_TEXT_MAX], soft[CPU_MAP_TEXT_MAX];
};

static void vcpu_row_print(const struct vcpu_row *row)
{
	char state[4] = "--p", cpu[12] = "-";

	if (row->info.online) {
		snprintf(cpu, sizeof(cpu), "%u", row->info.cpu);
		snprintf(state, sizeof(state), "%c%c-", row->info.running ? 'r' : '-',
			 row->info.blocked ? 'b' : '-');
	}

	printf("%-32s %5u %5u %5s %5s %9.1f  %s / %s\n",
	       row->name[0] != '\0' ? row->name : "(null)", row->domid, row->vcpu, cpu, state,
	       (double)row->info.cpu_time / 1e9, row->hard, row->soft);
}

static void vcpu_row_json(struct json_object *rows, const struct vcpu_row *row)
{
	struct json_object *o = json_object_new_object();

	json_text(o, "name", row->name);
	json_number(o, "domid", row->domid);
	json_number(o, "vcpu", row->vcpu);
	json_truth(o, "online", row->info.online);
	json_object_object_add(o, "cpu",
			       row->info.online ? json_object_new_int((int)row->info.cpu) : NULL);
	json_truth(o, "running", row->info.running);
	json_truth(o, "blocked", row->info.blocked);
	json_number(o, "cpu_time_ns", (int64_t)row->info.cpu_time);
	json_text(o, "affinity_hard", row->hard);
	json_text(o, "affinity_soft", row->soft);
	json_object_array_add(rows, o);
}

/* -ESRCH: there is no such vcpu; numbers may have gaps. */
static int vcpu_row_read(struct invocation *in, unsigned int cpus, struct vcpu_row *row)
{
	struct cpu_map hard, soft;
	int rc = vcpu_info(in->host.privcmd, row->domid, row->vcpu, &row->info, &in->err);

	if (rc == 0)
		rc = vcpu_get_affinity(in->host.privcmd, row->domid, row->vcpu, &hard, &soft,
				       &in->err);
	if (rc < 0)
		return rc;

	cpu_map_text(&hard, cpus, row->hard);
	cpu_map_text(&soft, cpus, row->soft);
	return 0;
}

static int vcpus_show(struct invocation *in, domid_t domid)
{
	struct vcpu_row row = { .domid = domid };
	char name[DOMAIN_NAME_MAX];
	unsigned int count = 0, cpus = 0;
	int rc = vcpus_count(&in->host, domid, &count, &in->err);

	if (rc == 0)
		rc = vcpus_host_cpus(&in->host, &cpus, &in->err);
	domain_name(&in->host, domid, name);
	row.name = name;
	for (; row.vcpu < count && rc == 0; row.vcpu++) {
		rc = vcpu_row_read(in, cpus, &row);
		if (rc == -ESRCH) {
			error_clear(&in->err);
			rc = 0;
		} else if (rc == 0 && in->json) {
			vcpu_row_json(in->result, &row);
		} else if (rc == 0) {
			vcpu_row_print(&row);
		}
	}

	return rc;
}

int verb_vcpu_list(struct invocation *in)
{
	if (in->json)
		in->result = json_object_new_array();
	else
		printf("%-32s %5s %5s %5s %5s %9s %s\n", "Name", "ID", "VCPU", "CPU", "State",
		       "Time(s)", "Affinity (Hard / Soft)");
	return domains_each(in, vcpus_show);
}

/* Operand @index as a set of this host's CPUs; *@set NULL for "-", which leaves it as it is. */
static int map_operand(struct invocation *in, int index, struct cpu_map *map,
		       const struct cpu_map **set)
{
	unsigned int cpus;
	int rc;

	*set = NULL;
	if (index >= in->argc || strcmp(in->argv[index], "-") == 0)
		return 0;

	rc = vcpus_host_cpus(&in->host, &cpus, &in->err);
	if (rc == 0)
		rc = cpu_map_parse(map, in->argv[index], cpus, &in->err);
	if (rc == 0 && cpu_map_count(map) == 0)
		rc = error_set(&in->err, -EINVAL, "%s leaves no CPU to run on", in->argv[index]);
	/* "all" includes CPUs that are added later. */
	if (rc == 0 && strcmp(in->argv[index], "all") == 0)
		cpu_map_fill(map, CPU_MAP_CPUS);
	*set = map;
	return rc;
}

/* With the turn. */
static int pin(struct invocation *in, domid_t domid)
{
	const struct cpu_map *hard, *soft;
	struct cpu_map hard_map, soft_map;
	unsigned int count = 0;
	long first = 0, last;
	int rc = vcpus_count(&in->host, domid, &count, &in->err);

	last = (long)count - 1;
	if (rc == 0 && strcmp(in->argv[1], "all") != 0) {
		rc = verb_number(in, in->argv[1], "virtual CPU of that domain", 0, last, &first);
		last = first;
	}

	if (rc == 0)
		rc = map_operand(in, 2, &hard_map, &hard);
	if (rc == 0)
		rc = map_operand(in, 3, &soft_map, &soft);
	if (rc == 0 && hard == NULL && soft == NULL)
		return error_set(&in->err, -EINVAL,
				 "nothing to change: both sets are left as they are");

	for (long vcpu = first; vcpu <= last && rc == 0; vcpu++)
		rc = vcpu_set_affinity(in->host.privcmd, domid, (uint32_t)vcpu, hard, soft,
				       in->flag['f'], &in->err);
	return rc;
}

int verb_vcpu_pin(struct invocation *in)
{
	struct turn t;
	int rc = operand_turn(in, 0, INTENT_VCPUS, &t);

	if (rc < 0)
		return rc;

	rc = pin(in, t.domid);
	turn_end(&t);
	return rc;
}

/* The turn is for the asking: others need not wait for the guest. */
int verb_vcpu_set(struct invocation *in)
{
	struct turn t;
	long count;
	int wait_ms, rc;

	rc = verb_number(in, in->argv[1], "number of virtual CPUs", 1, CONFIG_VCPUS_MAX, &count);
	if (rc == 0)
		rc = timeout_read(in, WAIT_MS, &wait_ms);
	if (rc == 0)
		rc = operand_turn(in, 0, INTENT_VCPUS, &t);
	if (rc < 0)
		return rc;

	rc = vcpus_ask(&in->host, t.domid, (unsigned int)count, &in->err);
	turn_end(&t);
	if (rc == 0 && (in->flag['w'] || in->flag['t']))
		rc = vcpus_wait(&in->host, t.domid, (unsigned int)count, wait_ms, &in->err);
	if (rc == 0) {
		result_number(in, "domid", t.domid);
		result_number(in, "vcpus", count);
	}

	return rc;
}

static int share_show(struct invocation *in, domid_t domid)
{
	char name[DOMAIN_NAME_MAX];
	struct sched_params params;
	struct json_object *row;
	int rc = sched_get(in->host.privcmd, domid, &params, &in->err);

	if (rc < 0)
		return rc;

	domain_name(&in->host, domid, name);
	if (!in->json) {
		printf("%-33s %4u %6u %4u\n", name, domid, params.weight, params.cap);
		return 0;
	}

	row = json_object_new_object();
	json_text(row, "name", name);
	json_number(row, "domid", domid);
	json_number(row, "weight", params.weight);
	json_number(row, "cap", params.cap);
	json_object_array_add(in->result, row);

	return 0;
}

static int shares_show(struct invocation *in)
{
	if (in->json)
		in->result = json_object_new_array();
	else
		printf("%-33s %4s %6s %4s\n", "Name", "ID", "Weight", "Cap");
	return domains_each(in, share_show);
}

/* With the turn. */
static int share_change(struct invocation *in, domid_t domid)
{
	struct sched_params params;
	long weight, cap;
	int rc = sched_get(in->host.privcmd, domid, &params, &in->err);

	if (rc == 0 && in->flag['w']) {
		rc = verb_number(in, in->value['w'], "weight", 1, 65535, &weight);
		params.weight = (uint16_t)weight;
	}

	if (rc == 0 && in->flag['c']) {
		rc = verb_number(in, in->value['c'], "cap in percent of one CPU", 0, 65535, &cap);
		params.cap = (uint16_t)cap;
	}

	if (rc < 0)
		return rc;

	return sched_set(in->host.privcmd, domid, &params, &in->err);
}

int verb_sched(struct invocation *in)
{
	struct turn t;
	int rc;

	if (!in->flag['w'] && !in->flag['c'])
		return shares_show(in);
	if (in->argc != 1)
		return error_set(&in->err, -EINVAL,
				 "--weight and --cap change one domain: name it");

	rc = operand_turn(in, 0, INTENT_VCPUS, &t);
	if (rc < 0)
		return rc;

	rc = share_change(in, t.domid);
	turn_end(&t);
	return rc;
}
