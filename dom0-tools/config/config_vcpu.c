/* SPDX-License-Identifier: MIT */
/*
 * The processors of a domain: how many, where they may run, and what share of the host they get.
 * <cputune> has libvirt's elements; what each becomes is said at its reader. Whether the host has
 * the CPUs that are named is looked at when the domain is made.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "config_read.h"

/* libvirt's bounds of both periods and quotas, in microseconds. */
#define PERIOD_MIN 1000
#define PERIOD_MAX 1000000
#define QUOTA_MAX  17592186044415UL /* 2^44 - 1 */
/* Where only a quota is given. */
#define PERIOD_DEFAULT 100000
/* The control call's fields have 16 bits. */
#define WEIGHT_MAX 65535
#define CAP_MAX    65535

static bool read_cpuset(const struct config_reader *r, const xmlNode *node, struct cpu_map *map)
{
	struct hospes_error why = { .code = 0 };
	char *text = config_attribute(r, node, "cpuset", 1024);
	bool good = false;

	if (text == NULL)
		return false;

	if (cpu_map_parse(map, text, CPU_MAP_CPUS, &why) < 0)
		config_fail(r, node, -EINVAL, "<%s cpuset>: %s", node->name, why.text);
	else if (cpu_map_count(map) == 0)
		config_fail(r, node, -EINVAL, "<%s cpuset='%s'> leaves no CPU to run on",
			    node->name, text);
	else
		good = true;

	free(text);
	return good;
}

/* <vcpu cpuset='...'> applies to all that have no <vcpupin> of their own. */
static void read_vcpu_set(const struct config_reader *r, const xmlNode *node)
{
	struct domain_config *c = r->c;
	struct cpu_map map;

	if (!read_cpuset(r, node, &map))
		return;

	for (unsigned int i = 0; i < c->vcpus; i++) {
		c->pins[i] = map;
		c->pinned[i] = true;
	}
}

/* The number of processors; 1 where it is refused. */
static unsigned int read_count(const struct config_reader *r, const xmlNode *node)
{
	char *text = config_text(r, node, 64);
	uint64_t number;
	bool good;

	if (text == NULL)
		return 1;

	good = config_number(text, CONFIG_VCPUS_MAX, &number) && number >= 1;
	if (!good)
		config_fail(r, node, -EINVAL, "<vcpu> is %s; it must be a number from 1 to %d",
			    text, CONFIG_VCPUS_MAX);

	free(text);
	return good ? (unsigned int)number : 1;
}

void config_read_vcpus(const struct config_reader *r, const xmlNode *domain)
{
	const xmlNode *node = config_child(domain, "vcpu");
	struct domain_config *c = r->c;
	uint64_t online;

	c->vcpus = 1;
	if (node != NULL)
		c->vcpus = read_count(r, node);

	online = c->vcpus;
	if (node != NULL) {
		config_attribute_number(r, node, "current", 1, c->vcpus, &online);
		read_vcpu_set(r, node);
	}
	c->vcpus_online = (unsigned int)online;
}

/* The element's number; false when there is none, or when it says "no bound" (-1). */
static bool read_tune(const struct config_reader *r, const xmlNode *tune, const char *name,
		      uint64_t min, uint64_t max, uint64_t *number)
{
	const xmlNode *node = config_child(tune, name);
	char *text = config_text(r, node, 64);
	uint64_t value;
	bool found;

	if (text == NULL)
		return false;

	/* A quota of -1 is none. */
	found = strcmp(text, "-1") != 0 || strstr(name, "quota") == NULL;
	if (found && (!config_number(text, max, &value) || value < min)) {
		config_fail(r, node, -EINVAL, "<%s> is %s; it must be a number from %llu to %llu",
			    name, text, (unsigned long long)min, (unsigned long long)max);
		found = false;
	}

	free(text);
	if (found)
		*number = value;
	return found;
}

/* <shares> is the scheduler's weight: a domain of 512 gets twice the time of one of 256. */
static void read_shares(const struct config_reader *r, const xmlNode *tune)
{
	uint64_t weight;

	if (read_tune(r, tune, "shares", 1, WEIGHT_MAX, &weight))
		r->c->weight = (uint16_t)weight;
}

/*
 * A pair of period and quota becomes the domain's cap: quota / period is the part of one CPU, for
 * @factor virtual CPUs. The cap counts percents of one CPU.
 */
static void read_bound(const struct config_reader *r, const xmlNode *tune, const char *period_name,
		       const char *quota_name, unsigned int factor)
{
	uint64_t period = PERIOD_DEFAULT, quota, cap;

	read_tune(r, tune, period_name, PERIOD_MIN, PERIOD_MAX, &period);
	if (!read_tune(r, tune, quota_name, PERIOD_MIN, QUOTA_MAX, &quota))
		return;

	if (r->c->cap != 0) {
		config_fail(r, tune, -EINVAL,
			    "<cputune> has <quota> and <global_quota>: give one of them");
		return;
	}

	cap = (quota * factor * 100 + period / 2) / period;
	if (cap > CAP_MAX) {
		config_fail(r, tune, -EINVAL,
			    "<%s> gives %llu CPUs: more than %u is no bound; leave it out",
			    quota_name, (unsigned long long)cap / 100, CAP_MAX / 100);
		return;
	}

	/* A cap of 0 would be no cap at all. */
	if (cap == 0)
		cap = 1;
	r->c->cap = (uint16_t)cap;
}

static void read_vcpupin(const struct config_reader *r, const xmlNode *node,
			 bool seen[CONFIG_VCPUS_MAX])
{
	struct domain_config *c = r->c;
	struct cpu_map map;
	uint64_t vcpu;
	bool good = read_cpuset(r, node, &map);

	if (!config_attribute_number(r, node, "vcpu", 0, c->vcpus - 1, &vcpu))
		return;

	if (seen[vcpu]) {
		config_fail(r, node, -EINVAL, "a second <vcpupin vcpu='%u'>", (unsigned int)vcpu);
		return;
	}

	seen[vcpu] = true;
	if (!good)
		return;

	c->pins[vcpu] = map;
	c->pinned[vcpu] = true;
}

void config_read_cputune(const struct config_reader *r, const xmlNode *domain)
{
	const xmlNode *tune = config_child(domain, "cputune");
	bool seen[CONFIG_VCPUS_MAX] = { false };

	if (tune == NULL)
		return;

	read_shares(r, tune);
	read_bound(r, tune, "period", "quota", r->c->vcpus);
	read_bound(r, tune, "global_period", "global_quota", 1);
	for (const xmlNode *n = tune->children; n != NULL && !config_failed_enough(r); n = n->next)
		if (config_is(n, "vcpupin"))
			read_vcpupin(r, n, seen);
}
