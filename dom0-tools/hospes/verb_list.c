/* SPDX-License-Identifier: MIT */
/* hospes list, domid and domname: which domains there are. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <dom0-tools/access/domctl.h>
#include <dom0-tools/domain/defined.h>
#include <dom0-tools/domain/domain_find.h>
#include "verbs.h"

static void row_print(const struct xen_domctl_getdomaininfo *info, const char *name)
{
	char state[7];

	domain_state(info, state);
	/* Memory that is set aside but not yet populated counts, as in xl's table. */
	printf("%-40s %5u %5lu %5u     %s  %8.1f\n", name[0] != '\0' ? name : "(null)",
	       info->domain, (unsigned long)((info->tot_pages + info->outstanding_pages) >> 8),
	       info->nr_online_vcpus, state, (double)info->cpu_time / 1e9);
}

static void row_json(struct json_object *rows, const struct xen_domctl_getdomaininfo *info,
		     const char *name)
{
	struct json_object *row = json_object_new_object();
	char state[7];

	domain_state(info, state);
	json_text(row, "name", name);
	json_number(row, "domid", info->domain);
	json_number(row, "memory_kib", (int64_t)info->tot_pages * 4);
	json_number(row, "memory_max_kib", (int64_t)info->max_pages * 4);
	json_number(row, "vcpus", info->nr_online_vcpus);
	json_text(row, "state", state);
	json_text(row, "shutdown_reason", domain_shutdown_reason(info));
	json_number(row, "cpu_time_ns", (int64_t)info->cpu_time);
	json_object_array_add(rows, row);
}

static void list_head(struct invocation *in)
{
	if (in->json)
		in->result = json_object_new_array();
	else if (!in->flag['n'])
		printf("%-40s %5s %5s %5s\tState\tTime(s)\n", "Name", "ID", "Mem", "VCPUs");
}

static void list_row(struct invocation *in, const struct xen_domctl_getdomaininfo *info,
		     const char *name)
{
	if (in->json)
		row_json(in->result, info, name);
	else if (!in->flag['n'])
		row_print(info, name);
	else if (name[0] != '\0')
		printf("%s\n", name);
}

/* One that is given by its number: nobody else need be asked for. */
static int list_number(struct invocation *in, int index)
{
	struct xen_domctl_getdomaininfo info;
	char name[DOMAIN_NAME_MAX];
	domid_t domid;
	int rc = verb_domain(in, index, &domid);

	if (rc == 0)
		rc = domctl_info(in->host.privcmd, domid, &info, &in->err);
	if (rc < 0)
		return rc;

	if (index == 0)
		list_head(in);
	domain_name(&in->host, domid, name);
	list_row(in, &info, name);
	return 0;
}

/* @all is read with the first name, and has the answers for all others. */
static int list_name(struct invocation *in, int index, struct domains *all)
{
	int at, rc = 0;

	if (all->names == NULL)
		rc = domains_read(&in->host, all, &in->err);
	if (rc < 0)
		return rc;

	at = domains_named(all, &in->host, in->argv[index], &in->err);
	if (at < 0)
		return at;

	if (index == 0)
		list_head(in);
	list_row(in, &all->list[at], all->names[at]);
	return 0;
}

static int list_named(struct invocation *in)
{
	struct domains all = { 0 };
	int rc = 0;

	for (int i = 0; i < in->argc && rc == 0; i++) {
		if (domain_is_number(in->argv[i]))
			rc = list_number(in, i);
		else
			rc = list_name(in, i, &all);
	}

	domains_free(&all);
	return rc;
}

static void defined_row(struct invocation *in, const struct domain_config *config)
{
	struct json_object *row;

	if (in->flag['n'] && !in->json) {
		printf("%s\n", config->name);
		return;
	}

	if (!in->json) {
		printf("%-40s %5s %5lu %5u     %s  %8s\n", config->name, "-",
		       (unsigned long)(config->memory_kib >> 10), config->vcpus, "------", "-");
		return;
	}

	row = json_object_new_object();
	json_text(row, "name", config->name);
	json_number(row, "memory_kib", (int64_t)config->memory_kib);
	json_number(row, "memory_max_kib", (int64_t)config->memory_max_kib);
	json_number(row, "vcpus", config->vcpus);
	json_text(row, "state", "------");
	json_object_array_add(in->result, row);
}

/* Those that are defined and do not exist. One whose XML has a fault is told of. */
static int list_defined(struct invocation *in, const struct domains *all)
{
	char(*names)[CONFIG_NAME_MAX + 1];
	int n = defined_list(&names, &in->err);

	for (int i = 0; i < n; i++) {
		struct hospes_error err = { 0 };
		struct domain_config config;
		int rc = defined_load(names[i], &config, &err);

		if (rc < 0)
			fprintf(stderr, "hospes: %s\n", err.text);
		else if (domains_with_uuid(all, config.uuid) < 0)
			defined_row(in, &config);
		config_free(&config);
	}

	free(names);
	return n < 0 ? n : 0;
}

/* Where the store does not answer, the table is worth having all the same. */
static void store_miss(struct invocation *in)
{
	if (!host_store_answers(&in->host))
		fprintf(stderr, "hospes: the store daemon does not answer: no names are known\n");
}

int verb_list(struct invocation *in)
{
	struct domains all;
	int rc;

	if (in->argc > 0)
		return list_named(in);

	/* Before the first line: what the store lets us wait for is not half a table. */
	rc = domains_read(&in->host, &all, &in->err);
	if (rc < 0)
		return rc;

	list_head(in);
	for (int i = 0; i < all.count; i++)
		list_row(in, &all.list[i], all.names[i]);

	store_miss(in);
	if (in->flag['a'])
		rc = list_defined(in, &all);

	domains_free(&all);
	return rc;
}

int verb_domid(struct invocation *in)
{
	domid_t domid;
	int rc = verb_domain(in, 0, &domid);

	if (rc < 0)
		return rc;

	result_number(in, "domid", domid);
	if (!in->json)
		printf("%u\n", domid);
	return 0;
}

int verb_domname(struct invocation *in)
{
	char name[DOMAIN_NAME_MAX];
	domid_t domid;
	int rc = verb_domain(in, 0, &domid);

	if (rc < 0)
		return rc;

	domain_name(&in->host, domid, name);
	if (name[0] == '\0')
		return error_set(&in->err, -ENOENT, "domain %u has no name in the store", domid);

	result_text(in, "name", name);
	if (!in->json)
		printf("%s\n", name);
	return 0;
}
