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

/* An optional attribute: without it *@value stays as it is. */
static int number_attribute(const struct config_reader *r, const xmlNode *node, const char *name,
			    uint64_t min, uint64_t max, unsigned int *value)
{
	uint64_t number;
	char *text;
	int rc = config_attribute_optional(r, node, name, 64, &text);

	if (rc || !text)
		return rc;

	if (config_number(text, max, &number) && number >= min)
		*value = (unsigned int)number;
	else
		rc = config_fail(r, node, -EINVAL,
				 "<%s %s='%s'>: it must be a number from %llu to %llu", node->name,
				 name, text, (unsigned long long)min, (unsigned long long)max);

	free(text);
	return rc;
}

static int read_cpuset(const struct config_reader *r, const xmlNode *node, struct cpu_map *map)
{
	struct hospes_error why = { .code = 0 };
	char *text;
	int rc = config_attribute(r, node, "cpuset", 1024, &text);

	if (rc)
		return rc;

	rc = cpu_map_parse(map, text, CPU_MAP_CPUS, &why);
	if (rc)
		config_fail(r, node, rc, "<%s cpuset>: %s", node->name, why.text);
	else if (cpu_map_count(map) == 0)
		rc = config_fail(r, node, -EINVAL, "<%s cpuset='%s'> leaves no CPU to run on",
				 node->name, text);

	free(text);
	return rc;
}

/* <vcpu cpuset='...'> applies to all that have no <vcpupin> of their own. */
static int read_vcpu_set(const struct config_reader *r, const xmlNode *node)
{
	struct domain_config *c = r->c;
	int rc;

	if (!xmlHasProp(node, (const xmlChar *)"cpuset"))
		return 0;

	rc = read_cpuset(r, node, &c->pins[0]);
	for (unsigned int i = 0; i < c->vcpus && !rc; i++) {
		c->pins[i] = c->pins[0];
		c->pinned[i] = true;
	}

	return rc;
}

int config_read_vcpus(const struct config_reader *r, const xmlNode *domain)
{
	static const char *const placements[] = { "static", NULL };
	struct domain_config *c = r->c;
	const xmlNode *node;
	uint64_t number;
	char *text;
	int rc, word;

	c->vcpus = 1;
	c->vcpus_online = 1;
	rc = config_child(r, domain, "vcpu", false, &node);
	if (rc || !node)
		return rc;

	rc = config_text(r, node, 64, &text);
	if (rc)
		return rc;

	if (config_number(text, CONFIG_VCPUS_MAX, &number) && number >= 1) {
		c->vcpus = (unsigned int)number;
		c->vcpus_online = c->vcpus;
	} else {
		rc = config_fail(r, node, -EINVAL, "<vcpu> is %s; it must be a number from 1 to %d",
				 text, CONFIG_VCPUS_MAX);
	}
	free(text);
	if (rc)
		return rc;

	rc = config_attribute_word(r, node, "placement", placements, &word);
	if (!rc)
		rc = number_attribute(r, node, "current", 1, c->vcpus, &c->vcpus_online);
	if (!rc)
		rc = read_vcpu_set(r, node);
	return rc;
}

/* The element's number; @found false when there is none, or when it says "no bound" (-1). */
static int read_tune(const struct config_reader *r, const xmlNode *tune, const char *name,
		     uint64_t min, uint64_t max, bool *found, uint64_t *number)
{
	const xmlNode *node;
	char *text;
	int rc;

	*found = false;
	rc = config_child(r, tune, name, false, &node);
	if (rc || !node)
		return rc;

	rc = config_text(r, node, 64, &text);
	if (rc)
		return rc;

	/* A quota of -1 is none. */
	*found = strcmp(text, "-1") != 0 || !strstr(name, "quota");
	if (*found && (!config_number(text, max, number) || *number < min))
		rc = config_fail(r, node, -EINVAL,
				 "<%s> is %s; it must be a number from %llu to %llu", name, text,
				 (unsigned long long)min, (unsigned long long)max);

	free(text);
	return rc;
}

/* <shares> is the scheduler's weight: a domain of 512 gets twice the time of one of 256. */
static int read_shares(const struct config_reader *r, const xmlNode *tune)
{
	uint64_t weight;
	bool found;
	int rc = read_tune(r, tune, "shares", 1, WEIGHT_MAX, &found, &weight);

	if (!rc && found)
		r->c->weight = (uint16_t)weight;
	return rc;
}

/*
 * A pair of period and quota becomes the domain's cap: quota / period is the part of one CPU, for
 * @factor virtual CPUs. The cap counts percents of one CPU.
 */
static int read_bound(const struct config_reader *r, const xmlNode *tune, const char *period_name,
		      const char *quota_name, unsigned int factor)
{
	uint64_t period = PERIOD_DEFAULT, quota = 0, cap;
	bool found;
	int rc = read_tune(r, tune, period_name, PERIOD_MIN, PERIOD_MAX, &found, &period);

	if (!rc)
		rc = read_tune(r, tune, quota_name, PERIOD_MIN, QUOTA_MAX, &found, &quota);
	if (rc || !found)
		return rc;
	if (r->c->cap)
		return config_fail(r, tune, -EINVAL,
				   "<cputune> has <quota> and <global_quota>: give one of them");

	cap = (quota * factor * 100 + period / 2) / period;
	if (cap > CAP_MAX)
		return config_fail(r, tune, -EINVAL,
				   "<%s> gives %llu CPUs: more than %u is no bound; leave it out",
				   quota_name, (unsigned long long)cap / 100, CAP_MAX / 100);

	/* A cap of 0 would be no cap at all. */
	if (cap == 0)
		cap = 1;
	r->c->cap = (uint16_t)cap;
	return 0;
}

static int read_vcpupin(const struct config_reader *r, const xmlNode *node,
			bool seen[CONFIG_VCPUS_MAX])
{
	struct domain_config *c = r->c;
	unsigned int vcpu = CONFIG_VCPUS_MAX;
	int rc = number_attribute(r, node, "vcpu", 0, c->vcpus - 1, &vcpu);

	if (rc)
		return rc;
	if (vcpu == CONFIG_VCPUS_MAX)
		return config_fail(r, node, -EINVAL, "<vcpupin> lacks the attribute vcpu");
	if (seen[vcpu])
		return config_fail(r, node, -EINVAL, "a second <vcpupin vcpu='%u'>", vcpu);

	rc = read_cpuset(r, node, &c->pins[vcpu]);
	if (rc)
		return rc;

	c->pinned[vcpu] = true;
	seen[vcpu] = true;
	return 0;
}

int config_read_cputune(const struct config_reader *r, const xmlNode *domain)
{
	bool seen[CONFIG_VCPUS_MAX] = { false };
	const xmlNode *tune, *n;
	int rc = config_child(r, domain, "cputune", false, &tune);

	if (rc || !tune)
		return rc;

	rc = read_shares(r, tune);
	if (!rc)
		rc = read_bound(r, tune, "period", "quota", r->c->vcpus);
	if (!rc)
		rc = read_bound(r, tune, "global_period", "global_quota", 1);
	for (n = tune->children; n && !rc; n = n->next)
		if (n->type == XML_ELEMENT_NODE && !strcmp((const char *)n->name, "vcpupin"))
			rc = read_vcpupin(r, n, seen);
	return rc;
}
