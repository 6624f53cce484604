/* SPDX-License-Identifier: MIT */
/*
 * The domains' comings and goings. The hypervisor is asked what exists, the store only says where a
 * console is; so the daemon may start at any time, and the store may be away for a while.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore-like/client/client.h>
#include <dom0-tools/base/clock.h>
#include <dom0-tools/base/descriptors.h>
#include <dom0-tools/access/evtchn.h>
#include <dom0-tools/access/sysctl.h>
#include <dom0-tools/device/dev.h>
#include <dom0-tools/domain/domain_find.h>
#include "changes.h"
#include "devices.h"
#include "domains.h"
#include "ends.h"
#include "feed.h"
#include "note.h"
#include "place.h"
#include "waiting.h"

/* Pause until the next look without an event: short while there is no store. */
#define INTERVAL_STORELESS_MS 500
#define INTERVAL_MS           5000
/* However much waits. */
#define INTERVAL_LEAST_MS 100
/* While somebody wants to know what happens: a pause or a balloon gives no sign. */
#define INTERVAL_WATCHED_MS 1000
/* What the store calls the watch on all backends. */
#define DEVICES_TOKEN "d"
/* And those on the guests' names, one each. */
#define NAMES_TOKEN "n"
/* Left for clients, logs and workers when guests have taken all others. */
#define DESCRIPTORS_KEPT 16

static struct privcmd *privcmd;
static struct store *store;
static struct source store_source;
static struct guest *guests;
static struct guest *numbered[DOMID_FIRST_RESERVED]; /* the same, by their domains' numbers */
static int64_t looked_at;                            /* when the last look began, by clock_ms() */
static bool look_missed;                             /* a sign came while that one was under way */
/* What this look found: no descriptors for one more guest, which is said once until there are. */
static bool short_now, short_told;

static void store_drop(const char *why)
{
	note("the store is away (%s); guests go on", why);
	events_remove(&store_source);
	store_close(store);
	store = NULL;
}

static struct guest *find(uint32_t domid)
{
	return domid < DOMID_FIRST_RESERVED ? numbered[domid] : NULL;
}

/* Somebody has written a name; @path says whose. True where that is one of our guests. */
static bool name_sign(const char *path)
{
	uint32_t domid;
	struct guest *g;

	if (sscanf(path, "/local/domain/%u/name", &domid) != 1)
		return false;

	g = find(domid);
	if (g != NULL)
		g->name_sign = true;
	return g != NULL;
}

/*
 * All that have come. *look is set where they say that domains come or go: then those that wait for
 * a console may find it in the store, or descriptors that others have left.
 */
static int events_take(bool *look)
{
	struct store_event event;
	bool comes = false;
	int rc;

	while ((rc = store_next_event(store, &event, false)) == 0) {
		if (strcmp(event.token, DEVICES_TOKEN) == 0)
			devices_sign(event.path);
		else if (strcmp(event.token, NAMES_TOKEN) == 0)
			*look |= name_sign(event.path);
		else
			comes = true;
		store_event_free(&event);
	}

	if (comes)
		waiting_hurry(clock_ms());
	*look |= comes;
	return rc;
}

static void store_ready(struct source *source, uint32_t events)
{
	bool look = false;
	int rc;

	(void)source, (void)events;
	rc = events_take(&look);
	if (rc != -EAGAIN)
		store_drop(strerror(-rc));
	if (look || store == NULL)
		domains_refresh();
}

/* It ends with the guest, see drop(). Without it a new name is noticed by our successor. */
static void name_watch(const struct guest *g)
{
	char path[PLACE_PATH_MAX];

	place_name_path(g->domid, path);
	if (store_watch(store, path, NAMES_TOKEN) < 0)
		note("domain %u (%s): another name will not be noticed", g->domid, g->name);
}

/* Once, at our own start: later its end is told. */
static void store_miss(void)
{
	static bool missed;

	if (!missed)
		note("the store cannot be reached (%s): waiting for it", strerror(errno));
	missed = true;
}

static void store_connect(void)
{
	store = dev_store_connect();
	if (!store) {
		store_miss();
		return;
	}

	store_source.fd = store_fileno(store);
	store_source.ready = store_ready;
	if (events_add(&store_source, EPOLLIN)) {
		store_close(store);
		store = NULL;
		return;
	}

	if (!place_control_domain(store))
		note("the store does not take the name of the control domain");
	if (store_watch(store, "@introduceDomain", "i") ||
	    store_watch(store, "@releaseDomain", "r") ||
	    store_watch(store, DEVICES_PATH, DEVICES_TOKEN)) {
		store_drop("it takes no watches");
		return;
	}

	for (struct guest *g = guests; g; g = g->next)
		name_watch(g);
	waiting_hurry(clock_ms());
}

/* Events may have been read together with a reply; epoll does not report those. */
static void store_drain(void)
{
	bool look = false;

	if (store)
		ignore(events_take(&look));
	look_missed = look;
}

/* A name that no configuration can have, so that its log is nobody else's. */
static void name_of_number(uint32_t domid, char name[CONFIG_NAME_MAX + 1])
{
	snprintf(name, CONFIG_NAME_MAX, "domain@%u", domid);
}

/* Whether another living domain has it: names of other tools' domains need not differ. */
static bool name_is_taken(const char *name)
{
	for (const struct guest *g = guests; g; g = g->next)
		if (g->seen && strcmp(g->name, name) == 0)
			return true;

	return false;
}

/* The name becomes a file name: only a name that a configuration may have is used. */
static bool read_name(uint32_t domid, char name[CONFIG_NAME_MAX + 1])
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._+-";
	char path[PLACE_PATH_MAX], *text;
	bool good;

	place_name_path(domid, path);
	if (!store || store_read(store, STORE_NO_TXN, path, &text, NULL))
		return false;

	good = *text && *text != '.' && strlen(text) <= CONFIG_NAME_MAX &&
	       strspn(text, allowed) == strlen(text) && !name_is_taken(text);
	if (good)
		strcpy(name, text);
	else
		name_of_number(domid, name);

	free(text);
	return true;
}

/* Looks once a look whether one more guest can have what it takes, and tells when that changes. */
static bool descriptors_short(void)
{
	if (short_now)
		return true;

	short_now = !descriptors_left(GUEST_DESCRIPTORS + DESCRIPTORS_KEPT);
	if (short_now && !short_told)
		note("no descriptors are left for consoles: raise LimitNOFILE of our service");
	if (!short_now && short_told)
		note("there are descriptors again");
	short_told = short_now;
	return short_now;
}

static void guest_add(struct guest *g)
{
	g->next = guests;
	g->seen = true;
	guests = g;
	numbered[g->domid] = g;
}

/* Connects to the console of a new domain. False: to be tried again. */
static bool adopt(const struct xen_domctl_getdomaininfo *info)
{
	struct guest_place place = { .handle = info->handle };
	struct hospes_error err = { .code = 0 };
	char name[CONFIG_NAME_MAX + 1];
	struct guest *g;

	if (!place_read(store, info->domain, &place) || !read_name(info->domain, name))
		return false;
	if (descriptors_short())
		return false;

	place.name = name;
	g = guest_open(&place, privcmd, &err);
	if (!g) {
		if (waiting_tell(info->domain))
			note("%s", err.text);
		return false;
	}

	guest_add(g);
	place_publish(store, g);
	name_watch(g);
	note("domain %u (%s): console connected", g->domid, g->name);
	return true;
}

/* One that has no console is tried again, but not at each look. */
static void try_to_adopt(const struct xen_domctl_getdomaininfo *info)
{
	if (!waiting_due(info->domain, info->handle, clock_ms()))
		return;

	if (adopt(info))
		waiting_done(info->domain);
	else
		waiting_failed(info->domain, info->handle, clock_ms());
}

/* A name that another guest has, or that is none for a file, leaves it as it is. */
static void name_follow(struct guest *g)
{
	char name[CONFIG_NAME_MAX + 1];

	g->name_sign = false;
	if (!read_name(g->domid, name) || strcmp(name, g->name) == 0)
		return;

	guest_rename(g, name);
	changes_renamed(g->domid, name);
}

static void look_at(const struct xen_domctl_getdomaininfo *info)
{
	struct guest *g = find(info->domain);

	if (info->domain == 0)
		return;

	/*
	 * A domain that is not marked as seen loses its console. A dying one must, or its pages
	 * stay mapped.
	 */
	if (info->flags & XEN_DOMINF_dying)
		return;

	/* The number has been reused by another domain. */
	if (g && memcmp(g->log.handle, info->handle, sizeof(info->handle)))
		return;

	if (g && g->name_sign && store)
		name_follow(g);
	if (g)
		g->seen = true;
	else
		try_to_adopt(info);

	if (info->flags & XEN_DOMINF_shutdown)
		ends_stopped(info->domain, domain_shutdown_code(info));
}

static void drop(struct guest *g)
{
	char path[PLACE_PATH_MAX];

	place_name_path(g->domid, path);
	if (store)
		ignore(store_unwatch(store, path, NAMES_TOKEN));
	note("domain %u (%s): console closed", g->domid, g->name);
	log_forget(g->domid);
	ends_gone(g->domid);
	devices_forget(g->domid);
	guest_close(g, privcmd);
}

static void drop_unseen(void)
{
	struct guest **at = &guests;

	while (*at) {
		struct guest *g = *at;

		if (g->seen) {
			at = &g->next;
			continue;
		}

		*at = g->next;
		if (numbered[g->domid] == g)
			numbered[g->domid] = NULL;
		drop(g);
	}
}

static bool name_now(uint32_t domid, char name[CONFIG_NAME_MAX + 1])
{
	return place_name(store, domid, name);
}

void domains_refresh(void)
{
	static struct xen_domctl_getdomaininfo info[DOMAINS_MAX];
	struct hospes_error err = { .code = 0 };
	int n;

	if (!store)
		store_connect();
	looked_at = clock_ms();
	look_missed = false;
	short_now = false;

	for (struct guest *g = guests; g; g = g->next)
		g->seen = false;
	ends_begin();
	changes_begin();

	n = sysctl_domains(privcmd, 0, info, DOMAINS_MAX, &err);
	if (n < 0) {
		note("%s", err.text);
		return;
	}

	for (int i = 0; i < n; i++) {
		look_at(&info[i]);
		if (info[i].domain != 0)
			changes_look(&info[i], name_now);
	}

	drop_unseen();
	waiting_sweep();
	ends_finish();
	changes_finish();
	store_drain();
}

void domains_tick(void)
{
	for (struct guest *g = guests; g && store; g = g->next)
		devices_look(store, g->domid, g->name);

	domains_drain();
}

void domains_drain(void)
{
	bool look = false;

	if (store)
		ignore(events_take(&look));
	if (look)
		domains_refresh();
}

struct host domains_host(void)
{
	return (struct host){ .privcmd = privcmd, .store = store };
}

static int interval(void)
{
	if (look_missed)
		return 0;
	if (store == NULL)
		return INTERVAL_STORELESS_MS;

	return feed_has_clients() ? INTERVAL_WATCHED_MS : INTERVAL_MS;
}

int domains_left_ms(void)
{
	int64_t now = clock_ms(), at = looked_at + interval();
	int waiting = waiting_left(now);

	if (waiting >= 0 && now + waiting < at)
		at = now + waiting;
	if (at < looked_at + INTERVAL_LEAST_MS)
		at = looked_at + INTERVAL_LEAST_MS;

	return clock_left_ms(at);
}

int domains_resume(void)
{
	int next = -1;

	/* Asked after each event, whichever guest's. */
	if (!guests_held())
		return -1;

	for (struct guest *g = guests; g; g = g->next) {
		int left = guest_resume(g);

		if (left >= 0 && (next < 0 || left < next))
			next = left;
	}

	return next;
}

struct guest *domains_find(uint32_t domid)
{
	struct guest *g = find(domid);

	if (g)
		return g;

	domains_refresh();
	return find(domid);
}

int domains_init(struct hospes_error *err)
{
	int port, rc = privcmd_open(&privcmd, err);

	if (rc < 0)
		return rc;

	/* Each guest's console needs one of its own: told now, and not with each guest. */
	port = evtchn_open();
	if (port < 0)
		return error_set(err, port,
				 "cannot open /dev/xen/evtchn: %s. Is the module loaded?",
				 strerror(-port));

	evtchn_close(port);
	return 0;
}
