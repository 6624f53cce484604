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
#include <dom0-tools/access/domctl.h>
#include <dom0-tools/base/clock.h>
#include <dom0-tools/base/progress.h>
#include <dom0-tools/config/config.h>
#include <dom0-tools/device/dev.h>
#include "domain_nodes.h"
#include "refusals.h"

/* Poll at least this often, in case a watch event is lost. */
#define PAUSE_MS_MIN 2
#define PAUSE_MS_MAX 256

int domain_ask(struct host *h, domid_t domid, const char *how, struct hospes_error *err)
{
	struct xen_domctl_getdomaininfo info;
	char path[64];
	int rc;

	if (domid == 0)
		return error_set(err, -EINVAL,
				 "domain 0 is this one: use the system's own command %s", how);

	rc = domctl_info(h->privcmd, domid, &info, err);
	if (rc < 0)
		return rc;
	if ((info.flags & (XEN_DOMINF_shutdown | XEN_DOMINF_dying)) != 0)
		return error_set(err, -EALREADY,
				 "domain %u has stopped already; `hospes destroy %u` removes it",
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

/* False when the daemon is gone: its descriptor would stay readable forever. */
static bool events_drop(struct store *s)
{
	struct store_event event;
	int rc;

	while ((rc = store_next_event(s, &event, false)) == 0)
		store_event_free(&event);
	return rc == -EAGAIN;
}

/* A wait for a change in a domain's state. */
struct wait {
	struct host *h;
	int64_t deadline;
	bool bounded;
	bool watch_tried, watching; /* the store tells when domains end */
	int pause_ms;
};

/* A watch costs two requests: it is not worth them for a domain that ends at once. */
static void wait_watch(struct wait *w)
{
	if (w->watch_tried || w->h->store == NULL || w->pause_ms == PAUSE_MS_MIN)
		return;

	w->watch_tried = true;
	w->watching = store_watch(w->h->store, "@releaseDomain", "wait") == 0;
}

/* Sleeps until the store says that a domain ended, or until a growing pause is over. */
static void wait_step(struct wait *w)
{
	struct pollfd fd = { .fd = -1, .events = POLLIN };
	int ms = w->pause_ms;

	wait_watch(w);
	if (w->watching)
		fd.fd = store_fileno(w->h->store);
	if (w->bounded && clock_left_ms(w->deadline) < ms)
		ms = clock_left_ms(w->deadline);

	poll(&fd, 1, ms);

	if (w->watching)
		w->watching = events_drop(w->h->store);
	if (w->pause_ms < PAUSE_MS_MAX)
		w->pause_ms *= 2;
}

static void wait_end(struct wait *w)
{
	if (!w->watching)
		return;

	/* When that fails the connection is gone, and the watch with it. */
	ignore(store_unwatch(w->h->store, "@releaseDomain", "wait"));
	events_drop(w->h->store);
}

/* 0: gone, or @test holds. The last state that was seen is left in @info; @meanwhile says of the
 * domain that it does not hold yet. */
static int domain_wait(struct host *h, domid_t domid, domain_test test, const char *meanwhile,
		       int timeout_ms, struct xen_domctl_getdomaininfo *info)
{
	struct wait w = {
		.h = h,
		.deadline = clock_ms() + timeout_ms,
		.bounded = timeout_ms >= 0,
		.pause_ms = PAUSE_MS_MIN,
	};
	int rc;

	for (;;) {
		rc = domctl_info(h->privcmd, domid, info, NULL);
		if (rc < 0 || test(info))
			break;

		if (w.bounded && clock_left_ms(w.deadline) == 0) {
			rc = -ETIMEDOUT;
			break;
		}
		progress_tell("domain %u %s", domid, meanwhile);
		wait_step(&w);
	}

	wait_end(&w);
	return rc == -ESRCH ? 0 : rc;
}

int domain_wait_stop(struct host *h, domid_t domid, int timeout_ms, struct hospes_error *err)
{
	struct xen_domctl_getdomaininfo info;
	int rc = domain_wait(h, domid, test_stopped, "still runs", timeout_ms, &info);

	if (rc == -ETIMEDOUT)
		return error_set(
			err, rc,
			"domain %u has not stopped after %d s; does its kernel react to requests? "
			"`hospes destroy %u` ends it",
			domid, timeout_ms / 1000, domid);
	if (rc < 0)
		return error_set(err, rc, "cannot wait for the end of domain %u: %s", domid,
				 strerror(-rc));

	return 0;
}

static int domain_wait_gone(struct host *h, domid_t domid, struct hospes_error *err)
{
	struct xen_domctl_getdomaininfo info;
	int rc = domain_wait(h, domid, test_never, "still has memory", DESTROY_TIMEOUT_MS, &info);

	if (rc == -ETIMEDOUT)
		return error_set(
			err, rc,
			"domain %u is dead, but dom0 still uses %" PRIu64 " of its pages. "
			"It goes when the backend or program that mapped them lets them go",
			domid, (uint64_t)info.tot_pages);
	if (rc < 0)
		return error_set(err, rc, "cannot wait for the end of domain %u: %s", domid,
				 strerror(-rc));

	return 0;
}

int domain_destroy(struct host *h, domid_t domid, struct hospes_error *err)
{
	struct hospes_error detach = { 0 }, gone = { 0 }, nodes = { 0 };
	int rc, rc_detach, rc_gone, rc_nodes;

	if (domid == 0)
		return error_set(err, -EINVAL,
				 "domain 0 is this one: it cannot be destroyed from inside");

	refusals_keep(h, domid);
	rc = domctl_destroy(h->privcmd, domid, err);
	if (rc < 0 && rc != -ESRCH)
		return rc;

	/* Go on after a failure, to clean up as much as possible. */
	rc_detach = dev_detach_all(domid, &detach);
	rc_gone = domain_wait_gone(h, domid, &gone);
	rc_nodes = nodes_remove(h, domid, &nodes);
	config_forget(domid);

	/*
	 * The most telling failure first: a domain that stays, then its backends, then its nodes.
	 */
	if (rc_gone < 0)
		return error_set(err, rc_gone, "%s", gone.text);
	if (rc_detach < 0)
		return error_set(err, rc_detach, "%s", detach.text);
	if (rc_nodes < 0)
		return error_set(err, rc_nodes, "%s", nodes.text);

	return 0;
}
