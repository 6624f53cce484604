/* SPDX-License-Identifier: MIT */
/*
 * Reads it: sizes from the hypervisor, agreements and what guests say from the store, and what
 * domain 0 uses from its own kernel.
 */
#include "memory_view.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dom0-tools/access/sysctl.h>
#include <dom0-tools/base/array.h>
#include <dom0-tools/base/file.h>
#include <dom0-tools/config/config.h>
#include "domain_find.h"

#define KIB_PER_PAGE 4
#define STOPPED      (XEN_DOMINF_paused | XEN_DOMINF_shutdown | XEN_DOMINF_dying)
/* Room for the first lines of /proc/meminfo, where the two numbers are. */
#define MEMINFO_TEXT 256

/* A domain's nodes, and where each number comes to stand. */
static const struct {
	const char *name;
	size_t offset;
} nodes[] = {
	{ "memory/guaranteed", offsetof(struct memory_guest, guaranteed) },
	{ "memory/target", offsetof(struct memory_guest, target) },
	{ "memory/static-max", offsetof(struct memory_guest, wished) },
	{ "data/meminfo_total", offsetof(struct memory_guest, said_total) },
	{ "data/meminfo_free", offsetof(struct memory_guest, said_free) },
};
#define NODES ARRAY_SIZE(nodes)

static void nodes_read(struct host *h, struct memory_guest *g)
{
	char texts[NODES][64], *paths[NODES], *values[NODES] = { NULL };

	for (size_t i = 0; i < NODES; i++) {
		paths[i] = texts[i];
		snprintf(texts[i], sizeof(texts[i]), "/local/domain/%u/%s", g->domid,
			 nodes[i].name);
	}

	/* What cannot be read is not known. */
	ignore(store_read_many(h->store, paths, NODES, values));
	for (size_t i = 0; i < NODES; i++) {
		uint64_t number = values[i] != NULL ? memory_number(values[i]) : 0;

		memcpy((char *)g + nodes[i].offset, &number, sizeof(number));
		free(values[i]);
	}
}

static uint64_t meminfo_number(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at != NULL ? strtoull(at + strlen(name), NULL, 10) : 0;
}

/* Domain 0 says it to us, and nobody else. */
static void own_meminfo_read(struct memory_guest *g)
{
	char text[MEMINFO_TEXT];

	if (file_read_text("/proc/meminfo", text, sizeof(text)) < 0)
		return;

	g->said_total = meminfo_number(text, "MemTotal:");
	g->said_free = meminfo_number(text, "MemAvailable:");
}

static void guest_read(struct host *h, const struct xen_domctl_getdomaininfo *info,
		       struct memory_guest *g)
{
	g->domid = info->domain;
	memcpy(g->uuid, info->handle, sizeof(g->uuid));
	g->runs = (info->flags & STOPPED) == 0;
	g->now = info->tot_pages * KIB_PER_PAGE;
	if (h->store != NULL)
		nodes_read(h, g);
	if (g->domid == 0)
		own_meminfo_read(g);
	memory_guest_check(g);
}

static int host_read(struct host *h, struct memory_view *view, struct hospes_error *err)
{
	struct xen_sysctl_physinfo info;
	uint64_t held;
	int rc = sysctl_physinfo(h->privcmd, &info, err);

	if (rc < 0)
		return rc;

	held = info.outstanding_pages < info.free_pages ? info.outstanding_pages : info.free_pages;
	view->total = info.total_pages * KIB_PER_PAGE;
	view->free = (info.free_pages - held) * KIB_PER_PAGE;
	return 0;
}

int memory_view_read(struct host *h, struct memory_view *view, struct hospes_error *err)
{
	struct xen_domctl_getdomaininfo *list;
	int n, rc;

	memset(view, 0, sizeof(*view));
	rc = host_read(h, view, err);
	if (rc < 0)
		return rc;

	n = domain_list(h, &list, err);
	if (n < 0)
		return n;

	view->guests = calloc((size_t)n + 1, sizeof(*view->guests));
	if (view->guests == NULL)
		rc = error_set(err, -ENOMEM, "no memory to look at %d domains", n);

	for (int i = 0; i < n && rc == 0; i++) {
		guest_read(h, &list[i], &view->guests[i]);
		view->count++;
	}

	free(list);
	return rc;
}

void memory_view_free(struct memory_view *view)
{
	free(view->guests);
	memset(view, 0, sizeof(*view));
}
