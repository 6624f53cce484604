/* SPDX-License-Identifier: MIT */
/*
 * The daemon's loop (see loop.h). epoll watches sockets edge-triggered: each is served until the
 * kernel has no more for it, or it is in the server's queue.
 */
#include "loop.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <dom0-tools/base/descriptors.h>
#include "domain.h"
#include "log.h"
#include "serve.h"
#include "state.h"
#include "xen.h"

/* How often the age of guests' open transactions is checked, however much else is to be done, and
 * whether what could not be written can be now. */
#define AGE_SECONDS 1
#define AGE_MS      (AGE_SECONDS * 1000)

/* Event channels looked at before the connections have their turns: a guest can signal as fast as
 * its signals are taken. */
#define PORTS_AT_ONCE 64

#define WAIT_FOR_EVER  (-1)
#define EVENTS_AT_ONCE 64
#define CLIENT_EVENTS  (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET)

/* who: what events from fd will carry. */
static int epoll_add(int epoll, int fd, uint32_t events, void *who)
{
	struct epoll_event event = { .events = events, .data.ptr = who };

	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

int loop_init(struct loop *loop)
{
	int rc;

	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll < 0)
		return -errno;

	rc = epoll_add(loop->epoll, loop->listener, EPOLLIN, &loop->listener);
	if (rc)
		return rc;

	rc = epoll_add(loop->epoll, loop->signals, EPOLLIN, &loop->signals);
	if (rc)
		return rc;

	if (loop->hypervisor)
		rc = epoll_add(loop->epoll, xen_fd(), EPOLLIN, &loop->hypervisor);
	return rc;
}

/* ---- events */

/* A resting listener gives no events: with clients that wait and no descriptor for them it would be
 * ready without end. */
static void listener_rest(struct loop *loop, bool rests)
{
	struct epoll_event event = {
		.events = rests ? 0 : EPOLLIN,
		.data.ptr = &loop->listener,
	};

	if (loop->listener_rests == rests)
		return;

	loop->listener_rests = rests;
	epoll_ctl(loop->epoll, EPOLL_CTL_MOD, loop->listener, &event);
}

/* Said once, until a client could be accepted again. */
static void listener_short(struct loop *loop)
{
	if (!loop->short_told)
		log_line("no descriptors are left for clients: raise LimitNOFILE of our service");
	loop->short_told = true;
	loop->rests_at = loop->server->seconds();
	listener_rest(loop, true);
}

static void clients_accept(struct loop *loop)
{
	struct socket_client *client;
	int rc;

	for (;;) {
		rc = socket_client_accept(loop->server, loop->listener, &loop->clients);
		if (descriptors_ran_out(rc))
			listener_short(loop);
		if (rc)
			return;

		loop->short_told = false;
		client = loop->clients;
		rc = epoll_add(loop->epoll, client->sock.fd, CLIENT_EVENTS, client);
		if (rc) {
			log_line("%s cannot be served: %s", client->conn.label, strerror(-rc));
			socket_client_end(client, &loop->clients);
		}
	}
}

static void ports_look(struct loop *loop)
{
	struct server *server = loop->server;

	for (unsigned int i = 0; i < PORTS_AT_ONCE; i++) {
		int port = xen_next_event();
		struct domain *d;

		if (port <= 0)
			return;

		d = domain_by_port(server, port);

		if (d)
			conn_wake(&d->conn);
		else if ((uint32_t)port == xen_death_port())
			domain_check_all(server);
	}
}

/* Tries again, once in a second. */
static void listener_go_on(struct loop *loop)
{
	if (loop->listener_rests && loop->server->seconds() != loop->rests_at)
		listener_rest(loop, false);
}

/* Waits, and queues the connections that have something to do. False when a signal asks to end. */
static bool events_take(struct loop *loop, int timeout)
{
	struct epoll_event events[EVENTS_AT_ONCE];
	int n = epoll_wait(loop->epoll, events, EVENTS_AT_ONCE, timeout);
	bool go_on = true, accept = false;

	for (int i = 0; i < n; i++) {
		void *who = events[i].data.ptr;

		if (who == &loop->listener)
			accept = true;
		else if (who == &loop->signals)
			go_on = false;
		else if (who == &loop->hypervisor)
			ports_look(loop);
		else
			conn_wake(&((struct socket_client *)who)->conn);
	}

	/* Last: a new client must not be given the memory of one that still has an event here. */
	if (accept)
		clients_accept(loop);
	return go_on;
}

/* ---- turns */

static void conn_turn(struct conn *conn, void *context)
{
	struct loop *loop = context;
	struct domain *d = conn_domain(conn);

	if (d)
		domain_serve(d);
	else
		socket_client_serve(conn_socket_client(conn), &loop->clients);
}

/* ---- between the turns */

static bool has_work(const struct server *server)
{
	return server->privileged.first || server->guests.first || server->news.first ||
	       server->forgets;
}

/* How long to wait for events, in ms. */
static int timeout_choose(const struct loop *loop)
{
	struct server *server = loop->server;

	if (has_work(server) || loop->saving)
		return 0;

	if (server->guest_txns || state_waits(server, loop->state))
		return AGE_MS;
	if (loop->listener_rests)
		return AGE_MS;

	return WAIT_FOR_EVER;
}

void loop_run(struct loop *loop)
{
	struct server *server = loop->server;
	bool go_on = true;

	while (go_on) {
		go_on = events_take(loop, timeout_choose(loop));
		server_round(server, conn_turn, loop);
		domains_age(server);
		listener_go_on(loop);

		/* What nobody was told of yet, such as a domain's death. */
		journal_commit(server);
		loop->saving = state_settle(server, loop->state);
	}

	socket_client_end_all(&loop->clients);
	if (loop->state->path && state_save(server, loop->state))
		log_line("%s: cannot be written; its journal is as good", loop->state->path);
}
