/* SPDX-License-Identifier: MIT */
/*
 * Asks balloons for sizes, and waits for them. A PV Linux takes memory/target as the pages that it
 * shall own, all counted; it comes there in its own time.
 */
#include "domain_memory.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dom0-tools/access/domctl.h>
#include <dom0-tools/access/sysctl.h>
#include <dom0-tools/base/clock.h>
#include <dom0-tools/base/progress.h>
#include <dom0-tools/config/config.h>

/* A balloon moves some hundred MiB a second. */
#define WAIT_STEP_MS 20
#define MS_PER_S     1000
#define KIB_PER_PAGE 4
#define KIB_PER_MIB  1024

static void node_path(domid_t domid, const char *name, char path[80])
{
	snprintf(path, 80, "/local/domain/%u/memory/%s", domid, name);
}

static int node_read(struct host *h, domid_t domid, const char *name, uint64_t *kib,
		     struct hospes_error *err)
{
	char path[80], *text, *end;
	bool whole;
	int rc;

	node_path(domid, name, path);
	rc = store_read(h->store, STORE_NO_TXN, path, &text, NULL);
	if (rc == -ENOENT)
		return error_set(err, -ENODATA,
				 "d%u was given no size that could be changed: there is no %s",
				 domid, path);
	if (rc < 0)
		return error_set(err, rc, "cannot read %s: %s (%d)", path, strerror(-rc), rc);

	*kib = strtoull(text, &end, 10);
	whole = end != text && *end == '\0';
	free(text);
	if (!whole)
		return error_set(err, -EPROTO, "%s is no number of KiB", path);

	return 0;
}

static int node_write(struct host *h, domid_t domid, const char *name, uint64_t kib,
		      struct hospes_error *err)
{
	char path[80], text[24];
	int rc;

	node_path(domid, name, path);
	snprintf(text, sizeof(text), "%" PRIu64, kib);
	rc = store_write_string(h->store, STORE_NO_TXN, path, text);
	if (rc < 0)
		return error_set(err, rc, "cannot write %s: %s (%d)", path, strerror(-rc), rc);

	return 0;
}

int memory_read(struct host *h, domid_t domid, struct memory_state *state, struct hospes_error *err)
{
	struct xen_domctl_getdomaininfo info;
	int rc = domctl_info(h->privcmd, domid, &info, err);

	if (rc == 0)
		rc = node_read(h, domid, "target", &state->target, err);
	if (rc == 0)
		rc = node_read(h, domid, "static-max", &state->max, err);
	if (rc == 0)
		state->now = info.tot_pages * KIB_PER_PAGE;

	return rc;
}

int memory_ask(struct host *h, domid_t domid, uint64_t kib, bool force, struct hospes_error *err)
{
	struct xen_sysctl_physinfo host;
	struct memory_state state;
	int rc = memory_read(h, domid, &state, err);

	if (rc == 0)
		rc = sysctl_physinfo(h->privcmd, &host, err);
	if (rc == 0)
		rc = memory_size_check(&state, kib, host.free_pages * KIB_PER_PAGE, force, err);
	if (rc < 0)
		return error_prefix(err, "d%u", domid);

	return node_write(h, domid, "target", kib, err);
}

/* What the configuration allows; a domain without one keeps what it has. */
static uint64_t max_allowed(domid_t domid, const struct memory_state *state)
{
	uint64_t kib = state->max;
	struct domain_config config;

	if (config_load_saved(domid, &config, NULL) == 0)
		kib = config.memory_max_kib;

	config_free(&config);
	return kib;
}

/* The hypervisor's limit last where it falls, first where it rises: the guest is never told of
 * more than it can get. */
static int max_write(struct host *h, domid_t domid, uint64_t kib, bool rises,
		     struct hospes_error *err)
{
	int rc = 0;

	if (rises)
		rc = domctl_max_mem(h->privcmd, domid, kib + MEMORY_SLACK_KIB, err);
	if (rc == 0)
		rc = node_write(h, domid, "static-max", kib, err);
	if (rc == 0 && !rises)
		rc = domctl_max_mem(h->privcmd, domid, kib + MEMORY_SLACK_KIB, err);

	return rc;
}

int memory_set_max(struct host *h, domid_t domid, uint64_t kib, struct hospes_error *err)
{
	struct memory_state state;
	uint64_t allowed;
	int rc = memory_read(h, domid, &state, err);

	if (rc < 0)
		return rc;

	if (kib < state.target)
		return error_set(err, -EINVAL,
				 "d%u is to have %" PRIu64 " KiB: its most cannot be %" PRIu64
				 " KiB. `hospes mem-set` comes first",
				 domid, state.target, kib);

	allowed = max_allowed(domid, &state);
	if (kib > allowed)
		return error_set(err, -EINVAL,
				 "d%u was made for %" PRIu64
				 " KiB, as <maxMemory> or <memory> says; "
				 "%" PRIu64 " KiB is more",
				 domid, allowed, kib);

	return max_write(h, domid, kib, kib > state.max, err);
}

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

static int wait_failed(domid_t domid, uint64_t kib, uint64_t first, uint64_t now, int timeout_ms,
		       struct hospes_error *err)
{
	if (now == first)
		return error_set(err, -ETIMEDOUT,
				 "d%u does not answer: for %d s it has had %" PRIu64
				 " KiB in place of %" PRIu64 ". Is there a balloon in its kernel?",
				 domid, timeout_ms / MS_PER_S, now, kib);

	return error_set(err, -ETIMEDOUT,
			 "after %d s d%u has %" PRIu64 " KiB, on its way to %" PRIu64
			 ". It was not called off",
			 timeout_ms / MS_PER_S, domid, now, kib);
}

int memory_wait(struct host *h, domid_t domid, uint64_t kib, int timeout_ms,
		struct hospes_error *err)
{
	int64_t deadline = clock_ms() + timeout_ms;
	uint64_t first = 0, now = 0;

	for (;;) {
		struct xen_domctl_getdomaininfo info;
		int rc = domctl_info(h->privcmd, domid, &info, err);

		if (rc < 0)
			return rc;
		if ((info.flags & (XEN_DOMINF_shutdown | XEN_DOMINF_dying)) != 0)
			return error_set(err, -ESHUTDOWN, "d%u has stopped", domid);

		now = info.tot_pages * KIB_PER_PAGE;
		if (first == 0)
			first = now;

		/* Pages in transit count, too. */
		if (distance(now, kib) <= MEMORY_SLACK_KIB)
			return 0;
		if (clock_left_ms(deadline) == 0)
			break;

		progress_tell("domain %u has %" PRIu64 " MiB, on its way to %" PRIu64 " MiB", domid,
			      now / KIB_PER_MIB, kib / KIB_PER_MIB);
		clock_sleep_ms(WAIT_STEP_MS);
	}

	return wait_failed(domid, kib, first, now, timeout_ms, err);
}
