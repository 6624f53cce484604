/* SPDX-License-Identifier: MIT */
/*
 * The steps of a creation, in a table, and their undoing. What can be refused without a domain is
 * checked first. The devices' backends start while memory is filled.
 */
#include "domain_create.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dom0-tools/access/domctl.h>
#include <dom0-tools/access/memory.h>
#include <dom0-tools/access/sysctl.h>
#include <dom0-tools/base/array.h>
#include <dom0-tools/base/clock.h>
#include <dom0-tools/base/progress.h>
#include <dom0-tools/builder/guest_build.h>
#include <dom0-tools/device/dev.h>
#include "building.h"
#include "domain_find.h"
#include "domain_life.h"
#include "domain_memory.h"
#include "domain_nodes.h"
#include "domain_vcpus.h"
#include "memory_await.h"

/* The most event ports a guest may use: the same limit that other toolstacks set. */
#define EVENT_PORTS_MAX 1023
/* Grant frames: 64 frames of 512 entries serve dozens of devices with many queues. */
#define GRANT_FRAMES_MAX    64
#define MAPTRACK_FRAMES_MAX 1024

struct create {
	struct host *h;
	const struct domain_config *config;
	const struct create_options *options;
	struct guest_build build;
	struct node_rings rings;
	struct building record;
	struct memory_wish wish;
	struct dev_attach *attach;
	bool made, attaching;
	domid_t domid;
};

static int step_check(struct create *c, struct hospes_error *err)
{
	return dev_check(c->config, err);
}

static int step_prepare(struct create *c, struct hospes_error *err)
{
	if (c->options->filler != NULL)
		return 0;

	return build_prepare(&c->build, c->config, err);
}

/* Where nobody shares memory, check_memory() refuses what is not there. */
static int step_memory(struct create *c, struct hospes_error *err)
{
	int rc;

	if (!memory_sharing())
		return 0;

	rc = memory_await(c->h, &c->wish, c->config->uuid, c->config->memory_kib,
			  c->options->interrupted, err);
	return rc < 0 ? error_prefix(err, "%s", c->config->name) : 0;
}

static int check_memory(struct create *c, struct hospes_error *err)
{
	struct xen_sysctl_physinfo info;
	uint64_t free_kib, held;
	int rc = sysctl_physinfo(c->h->privcmd, &info, err);

	if (rc < 0)
		return rc;

	held = info.outstanding_pages < info.free_pages ? info.outstanding_pages : info.free_pages;
	free_kib = (info.free_pages - held) << (PAGE_SHIFT - 10);
	if (c->config->memory_kib > free_kib)
		return error_set(err, -ENOMEM,
				 "%s needs %" PRIu64 " MiB of memory, but only %" PRIu64
				 " MiB are free on this host",
				 c->config->name, (c->config->memory_kib + 1023) >> 10,
				 free_kib >> 10);

	return 0;
}

/* Names and UUIDs are unique among the domains that exist. */
static int check_unique(struct create *c, struct hospes_error *err)
{
	struct domains all;
	int rc = domains_read(c->h, &all, err);

	for (int i = 0; rc == 0 && i < all.count; i++) {
		if (strcmp(all.names[i], c->config->name) == 0)
			rc = error_set(err, -EEXIST, "a domain called %s exists already: number %u",
				       all.names[i], all.list[i].domain);
		else if (memcmp(all.list[i].handle, c->config->uuid, 16) == 0)
			rc = error_set(err, -EEXIST,
				       "the UUID of %s is that of domain %u (%s) already",
				       c->config->name, all.list[i].domain, all.names[i]);
	}

	domains_free(&all);
	return rc;
}

static int make_domain(struct create *c, struct hospes_error *err)
{
	struct xen_domctl_createdomain config = {
		.max_vcpus = c->config->vcpus,
		.max_evtchn_port = EVENT_PORTS_MAX,
		.max_grant_frames = GRANT_FRAMES_MAX,
		.max_maptrack_frames = MAPTRACK_FRAMES_MAX,
		.grant_opts = XEN_DOMCTL_GRANT_version(1),
	};
	int rc;

	memcpy(config.handle, c->config->uuid, sizeof(config.handle));
	rc = building_begin(&c->record, c->config->uuid, err);
	if (rc < 0)
		return rc;

	c->domid = 0; /* any number */
	rc = domctl_create(c->h->privcmd, &c->domid, &config, err);
	if (rc < 0)
		return error_prefix(err, "%s", c->config->name);

	c->made = true;
	return nodes_create(c->h, c->domid, c->config, err);
}

/* The lock is held from looking for the name until it is taken. */
static int step_make(struct create *c, struct hospes_error *err)
{
	int lock = building_lock(c->options->interrupted, err), rc;

	if (lock < 0)
		return lock;

	/* What cannot be removed of another domain is no reason to refuse this one. */
	ignore(building_clean(c->h, true, NULL));
	rc = check_unique(c, err);
	if (rc == 0)
		rc = check_memory(c, err);
	if (rc == 0)
		rc = make_domain(c, err);

	building_unlock(lock);
	return rc;
}

/*
 * A kernel takes what lies above its first memory, up to the limit and its map's end, as room to
 * grow into: both must be there before it runs.
 */
static int limit_memory(struct create *c, struct hospes_error *err)
{
	uint64_t kib = c->config->memory_max_kib;
	int rc = domctl_max_mem(c->h->privcmd, c->domid, kib + MEMORY_SLACK_KIB, err);

	if (rc < 0)
		return rc;

	return memory_set_map(c->h->privcmd, c->domid, kib, err);
}

static int step_limits(struct create *c, struct hospes_error *err)
{
	int rc = domctl_max_vcpus(c->h->privcmd, c->domid, c->config->vcpus, err);

	if (rc == 0)
		rc = vcpus_configure(c->h, c->domid, c->config, err);
	if (rc < 0)
		return rc;

	return limit_memory(c, err);
}

static int step_attach(struct create *c, struct hospes_error *err)
{
	int rc = dev_attach_begin(c->domid, c->config, &c->attach, err);

	c->attaching = rc == 0;
	return rc;
}

/* From its kernel. */
static int fill_first(struct create *c, struct hospes_error *err)
{
	int rc;

	c->build.lock = c->record.fd;
	rc = build_fill(&c->build, c->h->privcmd, c->domid, err);
	c->rings = (struct node_rings){
		.store_mfn = c->build.store_mfn,
		.store_port = c->build.store_port,
		.console_mfn = c->build.console_mfn,
		.console_port = c->build.console_port,
	};
	return rc;
}

static int step_fill(struct create *c, struct hospes_error *err)
{
	const struct create_filler *f = c->options->filler;
	int rc;

	if (f != NULL)
		rc = f->fill(f->context, c->h->privcmd, c->domid, &c->rings, err);
	else
		rc = fill_first(c, err);

	memory_wish_end(&c->wish);
	return rc;
}

static int step_introduce(struct create *c, struct hospes_error *err)
{
	/* Saved before the domain is visible to others: hospesd needs it to restart the domain. */
	int rc = config_save(c->config, c->domid, err);

	if (rc < 0)
		return rc;

	return nodes_introduce(c->h, c->domid, &c->rings, err);
}

static int step_devices(struct create *c, struct hospes_error *err)
{
	struct dev_attach *a = c->attach;

	c->attach = NULL;
	c->attaching = false;
	return dev_attach_finish(a, err);
}

static int step_start(struct create *c, struct hospes_error *err)
{
	if (c->options->ready != NULL)
		c->options->ready(c->options->context, c->domid);
	return c->options->paused ? 0 : domctl_unpause(c->h->privcmd, c->domid, err);
}

/* The first steps change nothing: a dry run stops after them. */
#define STEPS_DRY 2

static const struct {
	const char *name;
	int (*run)(struct create *c, struct hospes_error *err);
} steps[] = {
	{ "check devices", step_check },   { "read kernel", step_prepare },
	{ "await memory", step_memory },   { "make domain", step_make },
	{ "set limits", step_limits },     { "start devices", step_attach },
	{ "fill memory", step_fill },      { "introduce", step_introduce },
	{ "await devices", step_devices }, { "start", step_start },
};

static int step_run(struct create *c, size_t step, struct hospes_error *err)
{
	int64_t from = clock_ns();
	int rc;

	progress_next("%s: %s", c->config->name, steps[step].name);
	rc = steps[step].run(c, err);
	if (c->options->verbose) {
		progress_hide();
		fprintf(stderr, "%-14s %10.3f ms\n", steps[step].name,
			(double)(clock_ns() - from) / 1e6);
	}

	return rc;
}

static bool create_interrupted(const struct create *c)
{
	return c->options->interrupted != NULL && *c->options->interrupted != 0;
}

/* Not after the last step: then it runs. */
static bool create_given_up(const struct create *c, size_t step, size_t count)
{
	if (c->options->give_up == NULL || step + 1 == count)
		return false;

	return c->options->give_up(c->options->context);
}

static int steps_run(struct create *c, struct hospes_error *err)
{
	size_t count = c->options->dry_run ? STEPS_DRY : ARRAY_SIZE(steps);

	for (size_t i = 0; i < count; i++) {
		int rc = step_run(c, i, err);

		if (rc < 0)
			return rc;
		if (create_interrupted(c))
			return error_set(err, -EINTR, "interrupted by a signal: %s was not created",
					 c->config->name);
		if (create_given_up(c, i, count))
			return error_set(err, -ECANCELED, "%s is wanted gone: it was not created",
					 c->config->name);
	}
	return 0;
}

static void create_undo(struct create *c, struct hospes_error *err)
{
	struct hospes_error undo = { 0 };
	int rc = 0;

	if (c->attaching)
		dev_attach_abandon(c->attach);
	if (c->made)
		rc = domain_destroy(c->h, c->domid, &undo);
	if (rc == 0)
		rc = building_end(&c->record, &undo);
	if (rc == 0)
		return;

	building_leave(&c->record);
	error_prefix(err, "domain %u could not be removed again (%s) after this failure", c->domid,
		     undo.text);
}

int domain_create(struct host *h, const struct domain_config *config,
		  const struct create_options *options, domid_t *domid, struct hospes_error *err)
{
	struct create c = { .h = h, .config = config, .options = options };
	int rc;

	c.record.fd = -1;
	c.wish.fd = -1;
	c.build.kernel.fd = -1;
	c.build.initrd = -1;
	rc = steps_run(&c, err);
	build_free(&c.build);
	memory_wish_end(&c.wish);
	if (rc == 0)
		rc = building_end(&c.record, err);
	if (rc < 0) {
		create_undo(&c, err);
		return rc;
	}

	*domid = c.domid;
	return 0;
}
