/* SPDX-License-Identifier: MIT */
/*
 * A guest's console at work. Output goes to the log before it is taken out of the ring: when this
 * process dies in between, its successor repeats a few bytes rather than lose them.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <pvabi/grant_table.h>
#include <dom0-tools/access/evtchn.h>
#include <dom0-tools/access/gntdev.h>
#include <dom0-tools/base/clock.h>
#include "guest.h"
#include "note.h"

static const struct guest_users *users;

void guest_users_set(const struct guest_users *u)
{
	users = u;
}

/* How many wait for the throttle. */
static int held;

/* One for all guests; mappings stay when it is closed, so it need not be. */
static int gntdev = -1;

/* The builder grants the page to us as a reserved reference; else it is mapped by its frame. */
static int map_page(struct guest *g, const struct guest_place *place, struct privcmd *p,
		    struct hospes_error *err)
{
	uint32_t ref = GNTTAB_RESERVED_CONSOLE;
	int access = PROT_READ | PROT_WRITE;
	domid_t domid = (domid_t)g->domid;
	void *page;
	int rc;

	if (gntdev < 0)
		gntdev = gntdev_open();

	rc = gntdev;
	if (gntdev >= 0)
		rc = gntdev_map(gntdev, domid, &ref, 1, access, &page);
	g->granted = rc == 0;

	if (!g->granted)
		rc = privcmd_map(p, domid, access, &place->frame, NULL, 1, &page);
	if (rc)
		return error_set(err, rc, "cannot map the console page of domain %u: %s", g->domid,
				 strerror(-rc));

	ring_open(&g->ring, page);
	return 0;
}

static void unmap_page(struct guest *g, struct privcmd *p)
{
	if (!g->ring.page)
		return;

	if (g->granted)
		ignore(gntdev_unmap(gntdev, g->ring.page, 1));
	else
		privcmd_unmap(p, g->ring.page, 1);
	g->ring.page = NULL;
}

static void show(struct guest *g, const char *text, size_t length)
{
	log_write(&g->log, text, length);
	pty_write(&g->pty, text, length);
	users->output(g, text, length);
}

/* It fails when the guest has closed its port: then nobody is there to be told. */
static void notify(struct guest *g)
{
	ignore(evtchn_notify(g->event.fd, (evtchn_port_t)g->port));
}

/* Returns whether anything was taken. */
static bool take_output(struct guest *g)
{
	char text[sizeof(g->ring.page->out)];
	size_t n = ring_peek(&g->ring, text);

	if (!n)
		return false;

	throttle_bytes(&g->throttle, n);
	show(g, text, n);
	ring_consume(&g->ring, n);
	return true;
}

static bool give_input(struct guest *g)
{
	size_t n = ring_put(&g->ring, g->input, g->input_used);

	g->input_used -= n;
	memmove(g->input, g->input + n, g->input_used);
	return n > 0;
}

static void set_stalled(struct guest *g, bool stalled)
{
	if (g->stalled == stalled)
		return;

	g->stalled = stalled;
	if (g->pty.master >= 0)
		events_change(&g->terminal, stalled ? 0 : EPOLLIN);
	users->stalled(g);
}

/* Both ways, once: the loop comes back for more, after the others had their turn. */
static void serve(struct guest *g)
{
	unsigned int faults = g->ring.faults;
	bool moved = take_output(g);

	if (g->input_used && give_input(g))
		moved = true;
	if (moved)
		notify(g);

	if (g->input_used < GUEST_INPUT_MAX)
		set_stalled(g, false);

	if (g->ring.faults != faults && faults == 0)
		note("domain %u (%s): the console ring's indexes are nonsense", g->domid, g->name);
}

/* Unmasks first: what the guest adds from here on fires again. */
static void unmask_and_serve(struct guest *g)
{
	ignore(evtchn_unmask(g->event.fd, (evtchn_port_t)g->port));
	serve(g);
}

static void set_held(struct guest *g, bool is_held)
{
	held += (int)is_held - (int)g->held;
	g->held = is_held;
}

bool guests_held(void)
{
	return held > 0;
}

static void event_ready(struct source *source, uint32_t events)
{
	struct guest *g = (struct guest *)((char *)source - offsetof(struct guest, event));
	int port = evtchn_pending(source->fd);

	(void)events;
	if (port <= 0)
		return;

	/* The port stays masked: it cannot fire again before guest_resume(). */
	set_held(g, !throttle_event(&g->throttle, clock_ms()));
	if (!g->held)
		unmask_and_serve(g);
}

int guest_resume(struct guest *g)
{
	int left;

	if (!g->held)
		return -1;

	left = throttle_left(&g->throttle, clock_ms());
	if (left > 0)
		return left;

	set_held(g, !throttle_event(&g->throttle, clock_ms()));
	if (!g->held)
		unmask_and_serve(g);
	return -1;
}

static void terminal_ready(struct source *source, uint32_t events)
{
	struct guest *g = (struct guest *)((char *)source - offsetof(struct guest, terminal));
	char text[GUEST_INPUT_MAX];
	size_t room = GUEST_INPUT_MAX - g->input_used;
	ssize_t n;

	(void)events;
	if (!room) {
		set_stalled(g, true);
		return;
	}

	n = read(source->fd, text, room);
	if (n > 0)
		guest_input(g, text, (size_t)n);
}

size_t guest_input(struct guest *g, const char *text, size_t length)
{
	size_t room = GUEST_INPUT_MAX - g->input_used;

	if (length > room)
		length = room;
	memcpy(g->input + g->input_used, text, length);
	g->input_used += length;
	if (give_input(g))
		notify(g);
	set_stalled(g, g->input_used == GUEST_INPUT_MAX);

	return length;
}

static int bind_event(struct guest *g, struct hospes_error *err)
{
	g->event.fd = evtchn_open();
	if (g->event.fd < 0)
		return error_set(err, g->event.fd, "cannot open /dev/xen/evtchn: %s",
				 strerror(-g->event.fd));

	g->port = evtchn_bind_interdomain(g->event.fd, (domid_t)g->domid,
					  (evtchn_port_t)g->remote_port);
	if (g->port < 0)
		return error_set(err, g->port, "cannot bind the console port %d of domain %u: %s",
				 g->remote_port, g->domid, strerror(-g->port));

	g->event.ready = event_ready;
	return events_add(&g->event, EPOLLIN);
}

static void open_terminal(struct guest *g)
{
	int rc = pty_open(&g->pty);

	if (rc) {
		note("domain %u (%s) gets no pseudo terminal: %s", g->domid, g->name,
		     strerror(-rc));
		return;
	}

	g->terminal.fd = g->pty.master;
	g->terminal.ready = terminal_ready;
	rc = events_add(&g->terminal, EPOLLIN);
	if (rc)
		note("domain %u (%s): its pseudo terminal is not read: %s", g->domid, g->name,
		     strerror(-rc));
}

struct guest *guest_open(const struct guest_place *place, struct privcmd *p,
			 struct hospes_error *err)
{
	struct guest *g = calloc(1, sizeof(*g));
	int rc;

	if (!g) {
		error_set(err, -ENOMEM, "out of memory");
		return NULL;
	}

	g->domid = place->domid;
	g->remote_port = place->port;
	g->event.fd = -1;
	g->log.file.fd = -1;
	g->pty.master = -1;
	g->pty.slave = -1;
	strncpy(g->name, place->name, CONFIG_NAME_MAX);

	rc = map_page(g, place, p, err);
	if (!rc)
		rc = bind_event(g, err);
	if (rc) {
		unmap_page(g, p);
		evtchn_close(g->event.fd);
		free(g);
		return NULL;
	}

	log_open(&g->log, g->name, g->domid, place->handle);
	open_terminal(g);
	serve(g); /* what it said before we came */
	return g;
}

void guest_rename(struct guest *g, const char *name)
{
	note("domain %u (%s) is called %s now", g->domid, g->name, name);
	snprintf(g->name, sizeof(g->name), "%s", name);
	log_rename(&g->log, g->name);
}

void guest_close(struct guest *g, struct privcmd *p)
{
	take_output(g);
	set_held(g, false);
	users->ended(g);
	events_remove(&g->event);
	evtchn_close(g->event.fd);
	unmap_page(g, p);
	if (g->pty.master >= 0)
		events_remove(&g->terminal);
	pty_close(&g->pty);
	log_close(&g->log);
	free(g);
}
