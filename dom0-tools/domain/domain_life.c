/* SPDX-License-Identifier: MIT */
/*
 * Stopping and ending domains. The hypervisor's answer is the truth about whether one is alive; the
 * store's watch only tells when to ask again.
 */
#include "domain_life.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <dom0-tools/access/domctl.h>
#include <dom0-tools/config/config.h>
#include <dom0-tools/device/dev.h>
#include "domain_nodes.h"

/* Asked again at least so often: covers a lost watch, costs little. */
#define POLL_MS_MIN 2
#define POLL_MS_MAX 250

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int domain_ask(struct host *h, domid_t domid, const char *how, struct hospes_error *err)
{
	struct xen_domctl_getdomaininfo info;
	char path[64];
	int rc;

	if (domid == 0)
		return error_set(err, -EINVAL,
				 "domain 0 is this one: use the system's own %s "
				 "command",
				 how);

	rc = domctl_info(h->privcmd, domid, &info, err);
	if (rc < 0)
		return rc;
	if ((info.flags & (XEN_DOMINF_shutdown | XEN_DOMINF_dying)) != 0)
		return error_set(err, -EALREADY,
				 "domain %u has stopped already; `hospes destroy "
				 "%u` removes it",
				 domid, domid);

	snprintf(path, sizeof(path), "/local/domain/%u/control/shutdown", domid);
	rc = store_write_string(h->store, STORE_NO_TXN, path, how);
	if (rc < 0)
		return error_set(err, rc, "cannot ask domain %u to %s: %s (%d)", domid, how,
				 strerror(-rc), rc);

	return 0;
}

typedef bool (*domain_test)(const struct xen_domctl_getdomaininfo *info);

static bool test_stopped(const struct xen_domctl_getdomaininfo *info)
{
	return (info->flags & (XEN_DOMINF_shutdown | XEN_DOMINF_dying)) != 0;
}

static bool test_never(const struct xen_domctl_getdomaininfo *info)
{
	(void)info;
	return false;
}

/* False when the daemon is gone: its descriptor would be ready for ever. */
static bool events_drop(struct store *s)
{
	struct store_event event;
	int rc;

	while ((rc = store_next_event(s, &event, false)) == 0)
		store_event_free(&event);
	return rc == -EAGAIN;
}

/* Sleeps until the store says that some domain ended, or for a while that grows. */
static void wait_step(struct host *h, bool *watching, int *pause, int64_t left)
{
	struct pollfd fd = { .fd = *watching ? store_fileno(h->store) : -1, .events = POLLIN };
	int timeout = left >= 0 && left < *pause ? (int)left : *pause;

	poll(&fd, 1, timeout);
	*watching = *watching && events_drop(h->store);
	*pause = 2 * *pause < POLL_MS_MAX ? 2 * *pause : POLL_MS_MAX;
}

/* 0: gone, or @test holds. The last state that was seen is left in @info. */
static int domain_wait(struct host *h, domid_t domid, domain_test test, int timeout_ms,
		       struct xen_domctl_getdomaininfo *info)
{
	int64_t end = now_ms() + timeout_ms;
	int pause = POLL_MS_MIN, rc;
	bool watching = false, watched = false;

	for (;;) {
		int64_t left = timeout_ms < 0 ? -1 : end - now_ms();

		rc = domctl_info(h->privcmd, domid, info, NULL);
		if (rc < 0 || test(info)) {
			rc = rc == -ESRCH || rc == 0 ? 0 : rc;
			break;
		}

		if (timeout_ms >= 0 && left <= 0) {
			rc = -ETIMEDOUT;
			break;
		}

		if (!watched && h->store != NULL && pause > POLL_MS_MIN)
			watching = watched = store_watch(h->store, "@releaseDomain", "wait") == 0;
		wait_step(h, &watching, &pause, left);
	}

	if (watching) {
		store_unwatch(h->store, "@releaseDomain", "wait");
		events_drop(h->store);
	}

	return rc;
}

int domain_wait_stop(struct host *h, domid_t domid, int timeout_ms, struct hospes_error *err)
{
	struct xen_domctl_getdomaininfo info;
	int rc = domain_wait(h, domid, test_stopped, timeout_ms, &info);

	if (rc == -ETIMEDOUT)
		return error_set(err, rc,
				 "domain %u has not stopped after %d s; does its kernel "
				 "react to requests? `hospes destroy %u` ends it",
				 domid, timeout_ms / 1000, domid);
	if (rc < 0)
		return error_set(err, rc, "cannot wait for the end of domain %u: %s", domid,
				 strerror(-rc));

	return 0;
}

static int domain_wait_gone(struct host *h, domid_t domid, struct hospes_error *err)
{
	struct xen_domctl_getdomaininfo info;
	int rc = domain_wait(h, domid, test_never, DESTROY_TIMEOUT_MS, &info);

	if (rc == -ETIMEDOUT)
		return error_set(err, rc,
				 "domain %u is dead, but %" PRIu64 " of its pages are "
				 "still in use by dom0 (a backend or a program that mapped them); "
				 "it goes when they are let go",
				 domid, (uint64_t)info.tot_pages);
	if (rc < 0)
		return error_set(err, rc, "cannot wait for the end of domain %u: %s", domid,
				 strerror(-rc));

	return 0;
}

int domain_destroy(struct host *h, domid_t domid, struct hospes_error *err)
{
	struct hospes_error detach = { 0 };
	int rc, rc_detach, rc_nodes;

	if (domid == 0)
		return error_set(err, -EINVAL,
				 "domain 0 is this one: it cannot be destroyed from "
				 "inside");

	rc = domctl_destroy(h->privcmd, domid, err);
	if (rc < 0 && rc != -ESRCH)
		return rc;

	/* Go on after a failure: the more is cleaned up, the better. The first reason is told. */
	rc_detach = dev_detach_all(domid, &detach);
	rc = domain_wait_gone(h, domid, err);
	rc_nodes = nodes_remove(h, domid, rc == 0 && rc_detach == 0 ? err : NULL);
	config_forget(domid);
	if (rc == 0 && rc_detach < 0)
		return error_set(err, rc_detach, "%s", detach.text);

	if (rc < 0)
		return rc;

	return rc_nodes;
}
