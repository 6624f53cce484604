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

static int list_named(struct invocation *in)
{
	struct xen_domctl_getdomaininfo info;
	char name[DOMAIN_NAME_MAX];

	for (int i = 0; i < in->argc; i++) {
		domid_t domid;
		int rc = verb_domain(in, i, &domid);

		if (rc == 0)
			rc = domctl_info(in->host.privcmd, domid, &info, &in->err);
		if (rc < 0)
			return rc;

		if (i == 0)
			list_head(in);
		domain_name(&in->host, domid, name);
		list_row(in, &info, name);
	}

	return 0;
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
static int list_defined(struct invocation *in)
{
	char(*names)[CONFIG_NAME_MAX + 1];
	int n = defined_list(&names, &in->err);

	for (int i = 0; i < n; i++) {
		struct hospes_error err = { 0 };
		struct domain_config config;
		domid_t domid;
		int rc = defined_load(names[i], &config, &err);

		if (rc < 0)
			fprintf(stderr, "hospes: %s\n", err.text);
		else if (domain_by_uuid(&in->host, config.uuid, &domid, NULL) == -ESRCH)
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
	struct xen_domctl_getdomaininfo *list;
	char(*names)[DOMAIN_NAME_MAX];
	int n;

	if (in->argc > 0)
		return list_named(in);

	n = domain_list(&in->host, &list, &in->err);
	if (n < 0)
		return n;

	/* Before the first line: what the store lets us wait for is not half a table. */
	names = domain_names(&in->host, list, n, &in->err);
	if (names != NULL) {
		list_head(in);
		for (int i = 0; i < n; i++)
			list_row(in, &list[i], names[i]);
	}

	free(list);
	free(names);
	if (names == NULL)
		return -ENOMEM;

	store_miss(in);
	return in->flag['a'] ? list_defined(in) : 0;
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
