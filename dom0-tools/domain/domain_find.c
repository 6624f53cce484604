/* SPDX-License-Identifier: MIT */
/*
 * Looks domains up. The hypervisor says which exist, the store what they are called. A name in the
 * store without a living domain counts for nothing.
 */
#include "domain_find.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pvabi/sched.h>
#include <dom0-tools/base/array.h>
#include <dom0-tools/base/clock.h>
#include <dom0-tools/base/printable.h>
#include <dom0-tools/access/domctl.h>
#include <dom0-tools/access/sysctl.h>

/* Names asked for in one go. */
#define NAMES_AT_ONCE 64

/* @value may be NULL. */
static void name_settle(domid_t domid, const char *value, char name[DOMAIN_NAME_MAX])
{
	snprintf(name, DOMAIN_NAME_MAX, "%s", value != NULL ? value : "");
	if (name[0] == '\0' && domid == 0)
		snprintf(name, DOMAIN_NAME_MAX, "Domain-0");

	/* Other tools than ours may have written it. */
	printable_make(name, strlen(name), false);
}

void domain_name(struct host *h, domid_t domid, char name[DOMAIN_NAME_MAX])
{
	char path[64], *value = NULL;

	snprintf(path, sizeof(path), "/local/domain/%u/name", domid);
	if (h->store != NULL && store_read(h->store, STORE_NO_TXN, path, &value, NULL) < 0)
		value = NULL;
	name_settle(domid, value, name);
	free(value);
}

/* The names of up to NAMES_AT_ONCE domains from the place @from on. */
static void names_read(struct host *h, struct domains *all, int from)
{
	char texts[NAMES_AT_ONCE][64], *paths[NAMES_AT_ONCE] = { NULL };
	char *values[NAMES_AT_ONCE] = { NULL };
	const struct xen_domctl_getdomaininfo *list = all->list + from;
	int count = all->count - from;

	if (count > NAMES_AT_ONCE)
		count = NAMES_AT_ONCE;

	for (int i = 0; i < count; i++) {
		paths[i] = texts[i];
		snprintf(texts[i], sizeof(texts[i]), "/local/domain/%u/name", list[i].domain);
	}

	/* Where nothing could be read, a domain has no name. */
	ignore(store_read_many(h->store, paths, (unsigned int)count, values));
	for (int i = 0; i < count; i++)
		name_settle(list[i].domain, values[i], all->names[from + i]);
	for (int i = 0; i < count; i++)
		free(values[i]);
}

int domain_list(struct host *h, struct xen_domctl_getdomaininfo **list, struct hospes_error *err)
{
	struct xen_domctl_getdomaininfo *all = malloc(DOMAINS_MAX * sizeof(*all));
	int n;

	*list = NULL;
	if (all == NULL)
		return error_set(err, -ENOMEM, "no memory to list the domains");

	n = sysctl_domains(h->privcmd, 0, all, DOMAINS_MAX, err);
	if (n < 0) {
		free(all);
		return n;
	}

	*list = all;
	return n;
}

bool domain_is_number(const char *who)
{
	size_t n = strlen(who);

	for (size_t i = 0; i < n; i++)
		if (!isdigit((unsigned char)who[i]))
			return false;

	return n > 0 && n <= 5;
}

static int by_number(const void *a, const void *b)
{
	const struct xen_domctl_getdomaininfo *x = a, *y = b;

	return (int)x->domain - (int)y->domain;
}

/* A name that the store has, maybe of a domain that came or went meanwhile. */
static void name_take(void *context, const char *kid, const char *value)
{
	struct domains *all = context;
	struct xen_domctl_getdomaininfo *found, want = { 0 };

	if (!domain_is_number(kid))
		return;

	want.domain = (domid_t)strtoul(kid, NULL, 10);
	found = bsearch(&want, all->list, (size_t)all->count, sizeof(want), by_number);
	if (found != NULL)
		name_settle(found->domain, value, all->names[found - all->list]);
}

int domains_read(struct host *h, struct domains *all, struct hospes_error *err)
{
	int n, rc;

	*all = (struct domains){ 0 };
	n = domain_list(h, &all->list, err);
	if (n < 0)
		return n;

	all->count = n;
	all->at_ns = clock_ns();
	all->names = malloc((size_t)n * DOMAIN_NAME_MAX + 1);
	if (all->names == NULL) {
		domains_free(all);
		return error_set(err, -ENOMEM, "no memory to list the domains");
	}

	for (int i = 0; i < n; i++)
		name_settle(all->list[i].domain, NULL, all->names[i]);
	if (h->store == NULL)
		return 0;

	rc = store_each(h->store, "/local/domain", "name", name_take, all);
	/* A store that was not started anew since it was older. */
	for (int i = 0; rc == -EINVAL && i < n; i += NAMES_AT_ONCE)
		names_read(h, all, i);
	return 0;
}

void domains_free(struct domains *all)
{
	free(all->list);
	free(all->names);
	*all = (struct domains){ 0 };
}

int domains_named(const struct domains *all, struct host *h, const char *name,
		  struct hospes_error *err)
{
	for (int i = 0; i < all->count; i++)
		if (strcmp(all->names[i], name) == 0)
			return i;

	if (!host_store_answers(h))
		return error_set(
			err, -ESRCH,
			"the store does not answer, and it has the names: give the number of %s",
			name);

	return error_set(err, -ESRCH, "no domain is called %s; `hospes list` shows all", name);
}

int domains_with_uuid(const struct domains *all, const uint8_t uuid[16])
{
	for (int i = 0; i < all->count; i++)
		if (all->list[i].domain != 0 && memcmp(all->list[i].handle, uuid, 16) == 0)
			return i;

	return -ESRCH;
}

static int resolve_name(struct host *h, const char *who, domid_t *domid, struct hospes_error *err)
{
	struct domains all;
	int rc = domains_read(h, &all, err);

	if (rc < 0)
		return rc;

	rc = domains_named(&all, h, who, err);
	if (rc >= 0)
		*domid = all.list[rc].domain;

	domains_free(&all);
	return rc < 0 ? rc : 0;
}

int domain_resolve(struct host *h, const char *who, domid_t *domid, struct hospes_error *err)
{
	struct xen_domctl_getdomaininfo info;
	unsigned long number;

	if (!domain_is_number(who))
		return resolve_name(h, who, domid, err);

	number = strtoul(who, NULL, 10);
	if (number >= DOMID_FIRST_RESERVED)
		return error_set(err, -ESRCH, "there is no domain %s; `hospes list` shows all",
				 who);

	*domid = (domid_t)number;
	return domctl_info(h->privcmd, *domid, &info, err);
}

int domain_by_uuid(struct host *h, const uint8_t uuid[16], domid_t *domid, struct hospes_error *err)
{
	struct xen_domctl_getdomaininfo *list;
	int n = domain_list(h, &list, err), rc = -ESRCH;

	if (n < 0)
		return n;

	for (int i = 0; i < n; i++) {
		if (memcmp(list[i].handle, uuid, 16) != 0 || list[i].domain == 0)
			continue;

		*domid = list[i].domain;
		rc = 0;
	}

	free(list);
	return rc;
}

static char flag_letter(bool flag, char letter)
{
	return flag ? letter : '-';
}

void domain_state(const struct xen_domctl_getdomaininfo *info, char state[7])
{
	bool down = info->flags & XEN_DOMINF_shutdown;
	bool crashed = down && domain_shutdown_code(info) == SHUTDOWN_crash;

	state[0] = flag_letter(info->flags & XEN_DOMINF_running, 'r');
	state[1] = flag_letter(info->flags & XEN_DOMINF_blocked, 'b');
	state[2] = flag_letter(info->flags & XEN_DOMINF_paused, 'p');
	state[3] = flag_letter(down, 's');
	state[4] = flag_letter(crashed, 'c');
	state[5] = flag_letter(info->flags & XEN_DOMINF_dying, 'd');
	state[6] = '\0';
}
