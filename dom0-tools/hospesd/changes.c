/* SPDX-License-Identifier: MIT */
/* One record a domain, with what the last look saw; each new thing is told once. */
#include "changes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dom0-tools/domain/domain_find.h>
#include "feed.h"

/* Pages of 4 KiB. */
#define PAGE_KIB 4
/* A balloon that breathes is no news: only what differs by so much, and stays so for one look. */
#define BALLOON_NEWS_KIB 1024

struct known {
	struct known *next;
	uint32_t domid;
	uint8_t uuid[16];
	char name[CONFIG_NAME_MAX + 1]; /* "" until it has one */
	bool seen, told;                /* told: of its creation */
	bool started, paused, stopped;
	uint64_t memory_kib, memory_next; /* as told, and as the last look saw it */
};

static struct known *all;
static struct known *numbered[DOMID_FIRST_RESERVED]; /* the latest of each number */
static bool first_done;

static void tell(const struct known *k, const char *what, const char *why)
{
	struct happening h = {
		.what = what,
		.why = why,
		.domid = k->domid,
		.name = k->name,
		.uuid = k->uuid,
	};

	feed_tell(&h);
}

static void tell_memory(const struct known *k)
{
	struct happening h = {
		.what = "ballooned",
		.domid = k->domid,
		.name = k->name,
		.uuid = k->uuid,
		.memory_kib = k->memory_kib,
	};

	feed_tell(&h);
}

/* A number may be reused by another domain between two looks: it is another by its UUID. */
static struct known *find(const struct xen_domctl_getdomaininfo *info)
{
	struct known *k = numbered[info->domain];

	return k != NULL && memcmp(k->uuid, info->handle, sizeof(k->uuid)) == 0 ? k : NULL;
}

static struct known *make(const struct xen_domctl_getdomaininfo *info)
{
	struct known *k = calloc(1, sizeof(*k));

	/* Out of memory: the next look tries again. */
	if (k == NULL)
		return NULL;

	k->domid = info->domain;
	memcpy(k->uuid, info->handle, sizeof(k->uuid));
	k->paused = true;
	k->told = !first_done;
	k->next = all;
	all = k;
	numbered[k->domid] = k;
	return k;
}

static uint64_t memory_of(const struct xen_domctl_getdomaininfo *info)
{
	return (info->tot_pages + info->outstanding_pages) * PAGE_KIB;
}

static bool differ(uint64_t a, uint64_t b)
{
	return (a > b ? a - b : b - a) >= BALLOON_NEWS_KIB;
}

/* Of a domain that runs: while it is built its memory grows, too. */
static void look_memory(struct known *k, const struct xen_domctl_getdomaininfo *info)
{
	uint64_t now = memory_of(info);
	bool settled = now == k->memory_next;

	k->memory_next = now;
	if (!settled || !differ(now, k->memory_kib))
		return;

	k->memory_kib = now;
	tell_memory(k);
}

static void look_running(struct known *k, const struct xen_domctl_getdomaininfo *info)
{
	bool paused = (info->flags & XEN_DOMINF_paused) != 0;

	if (!k->started && !paused) {
		k->started = true;
		k->memory_kib = k->memory_next = memory_of(info);
		tell(k, "started", NULL);
	} else if (k->started && paused != k->paused) {
		tell(k, paused ? "paused" : "unpaused", NULL);
	}

	k->paused = paused;
	if (k->started)
		look_memory(k, info);
}

static void look_stopped(struct known *k, const struct xen_domctl_getdomaininfo *info)
{
	const char *why = domain_shutdown_reason(info);
	bool stopped = why[0] != '\0';

	if (stopped == k->stopped)
		return;

	k->stopped = stopped;
	if (!stopped)
		tell(k, "resumed", NULL);
	else if (strcmp(why, "reboot") == 0)
		tell(k, "rebooted", NULL);
	else if (strcmp(why, "crash") == 0)
		tell(k, "crashed", NULL);
	else
		tell(k, "stopped", why);
}

/* What the first look finds is no news. */
static void take_as_known(struct known *k, const struct xen_domctl_getdomaininfo *info)
{
	k->paused = (info->flags & XEN_DOMINF_paused) != 0;
	k->stopped = (info->flags & XEN_DOMINF_shutdown) != 0;
	k->started = !k->paused;
	k->memory_kib = k->memory_next = memory_of(info);
}

void changes_begin(void)
{
	for (struct known *k = all; k != NULL; k = k->next)
		k->seen = false;
}

void changes_look(const struct xen_domctl_getdomaininfo *info, name_reader read_name)
{
	struct known *k = find(info);
	bool is_new = k == NULL;

	if (is_new)
		k = make(info);
	if (k == NULL)
		return;

	k->seen = true;
	if (k->name[0] == '\0' && !read_name(info->domain, k->name))
		k->name[0] = '\0';
	if (is_new && !first_done) {
		take_as_known(k, info);
		return;
	}

	/* One without a name is half built, unless it runs already. */
	if (!k->told && k->name[0] == '\0' && (info->flags & XEN_DOMINF_paused) != 0)
		return;
	if (!k->told)
		tell(k, "created", NULL);
	k->told = true;

	if ((info->flags & XEN_DOMINF_dying) != 0)
		return;
	look_running(k, info);
	look_stopped(k, info);
}

void changes_renamed(uint32_t domid, const char *name)
{
	char why[CONFIG_NAME_MAX + 16];
	struct known *k = numbered[domid];

	if (k == NULL || strcmp(k->name, name) == 0)
		return;

	snprintf(why, sizeof(why), "it was %s", k->name);
	snprintf(k->name, sizeof(k->name), "%s", name);
	tell(k, "renamed", why);
}

void changes_finish(void)
{
	struct known **at = &all;

	while (*at != NULL) {
		struct known *k = *at;

		if (k->seen) {
			at = &k->next;
			continue;
		}

		*at = k->next;
		if (numbered[k->domid] == k)
			numbered[k->domid] = NULL;
		if (k->told)
			tell(k, "destroyed", NULL);
		free(k);
	}
	first_done = true;
}
