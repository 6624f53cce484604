/* SPDX-License-Identifier: MIT */
/*
 * One guest's console: the shared ring and its event channel on one side; log, pseudo terminal and
 * connected clients on the other. What is a guest, and when it ends, is decided in domains.c.
 */
#ifndef HOSPES_HOSPESD_GUEST_H
#define HOSPES_HOSPESD_GUEST_H

#include <stdbool.h>
#include <pvabi/xen.h>
#include <dom0-tools/base/error.h>
#include <dom0-tools/access/privcmd.h>
#include <dom0-tools/config/config.h>
#include "events.h"
#include "log.h"
#include "pty.h"
#include "ring.h"
#include "throttle.h"

struct client;
struct guest;

/* Callbacks to those who are connected to a guest's console; they stand above this file. */
struct guest_users {
	void (*output)(struct guest *g, const char *text, size_t length);
	void (*stalled)(struct guest *g); /* g->stalled has changed */
	void (*ended)(struct guest *g);
};

/* Input that the guest has not taken yet; its users are not read while it is full. */
#define GUEST_INPUT_MAX 1024

struct guest {
	struct guest *next;
	uint32_t domid;
	char name[CONFIG_NAME_MAX + 1];
	struct source event;    /* its event channel */
	struct source terminal; /* its pty */
	int remote_port, port;
	bool granted; /* how the page is mapped */
	struct console_ring ring;
	struct pty pty;
	struct guest_log log;
	struct client *clients; /* client.c's list */
	bool stalled;           /* input is full, users are not read */
	size_t input_used;
	char input[GUEST_INPUT_MAX];
	bool seen;      /* marks of domains.c */
	bool name_sign; /* its name may be another */
	struct throttle throttle;
	bool held; /* an event of it waits, masked, for the throttle's next period */
};

struct guest_place {
	uint32_t domid;
	const char *name;
	const uint8_t *handle;
	int port;        /* the guest's, from console/port */
	xen_pfn_t frame; /* from console/ring-ref */
};

/* What one takes: event channel, log, both sides of its terminal. */
#define GUEST_DESCRIPTORS 4

/* Before the first guest_open(). */
void guest_users_set(const struct guest_users *users);

/* Connects to the console of a domain. NULL with @err set on failure, and nothing is left. */
struct guest *guest_open(const struct guest_place *place, struct privcmd *p,
			 struct hospes_error *err);
/* Takes what is left in the ring, tells the clients, and lets go of everything. */
void guest_close(struct guest *g, struct privcmd *p);

/* It has another name from now on, and so has its log. */
void guest_rename(struct guest *g, const char *name);

/*
 * Serves a guest that was held, if its time has come. Milliseconds until then; -1: it is not held.
 */
int guest_resume(struct guest *g);
/* Whether any is. */
bool guests_held(void);

/* Input from a user: returns how much was taken. Less than given: stop reading until unstalled. */
size_t guest_input(struct guest *g, const char *text, size_t length);

#endif
