/* SPDX-License-Identifier: MIT */
/*
 * Writing a snapshot (see state.h). state_load.c reads it.
 */
#include "state.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <xenstore-like/tree/path.h>
#include <xenstore-like/tree/work.h>
#include "domain.h"

/* So much is put together before it is written. */
#define WRITE_BYTES (64u << 10)

/* So many bytes are put together, checked and written in a step of work (tree/work.h). */
#define CHECKED_BYTES 4

static void snapshot_flush(struct snapshot *s)
{
	const char *at = s->r.bytes;
	size_t left = s->r.len;

	s->sum = record_sum(s->sum, at, left);
	s->len += left;
	s->r.len = 0;

	while (left && !s->rc) {
		ssize_t n = write(s->fd, at, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			s->rc = -errno;
			return;
		}

		at += n;
		left -= n;
	}
}

static void put_node(struct snapshot *s, const struct node *node)
{
	struct record *r = &s->r;

	put_number(r, STATE_NODE);
	put_string(r, s->path);
	put_bytes(r, node->value, node->value_len);
	put_perms(r, node->perms);
}

static void put_watches(struct record *r, const struct watcher *watcher)
{
	const struct watch *watch = watcher->watches;

	/* The oldest first, as they were made. */
	while (watch && watch->next)
		watch = watch->next;

	put_number(r, watcher->watch_count);
	for (; watch; watch = watch->prev) {
		put_string(r, watch->path);
		put_string(r, watch->token);
		put_number(r, watch->strip);
	}

	put_number(r, watcher->event_count);
	for (const struct watch_event *e = watcher->events; e; e = e->next) {
		put_string(r, e->watch->path);
		put_string(r, e->watch->token);
		put_string(r, e->path);
	}
}

/* How far the ring was read, the part of the next request that has come with it, and the message
 * that is sent, with its place in the ring: the ring itself tells how much of it is out. */
void put_stream(struct record *r, const struct domain *d)
{
	const struct wire_in *in = &d->conn.in;
	const struct wire_out *out = &d->conn.out;
	size_t hdr_len = in->have, payload_len = 0;

	if (hdr_len > sizeof(in->hdr)) {
		hdr_len = sizeof(in->hdr);
		payload_len = in->have - hdr_len;
	}

	put_number(r, d->ring.req_cons);
	put_number(r, d->ring.rsp_prod - out->done);
	put_bytes(r, &in->hdr, hdr_len);
	put_bytes(r, in->payload, payload_len);
	put_bytes(r, out->bytes, out->len);
}

static void put_txns(struct record *r, const struct conn *conn)
{
	put_number(r, conn->last_txn);
	put_number(r, conn->txn_count);
	for (const struct txn *txn = conn->txns; txn; txn = txn->next)
		put_number(r, txn->id);
}

static void put_domain(struct record *r, const struct domain *d)
{
	put_number(r, STATE_DOMAIN);
	put_number(r, d->domid);
	put_number(r, d->mfn);
	put_number(r, d->remote_port);
	put_number(r, d->shutdown);
	put_number(r, d->stopped);
	put_number(r, d->conn.watcher.who.target);

	put_stream(r, d);
	put_txns(r, &d->conn);
	put_watches(r, &d->conn.watcher);
}

/* All but the nodes, as it is now. */
static void put_rest(struct record *r, const struct server *server)
{
	for (int i = 0; i < SPECIAL_COUNT; i++) {
		put_number(r, STATE_SPECIAL);
		put_number(r, i);
		put_perms(r, server->db.special[i]);
	}

	for (const struct domain *d = server->domains; d; d = d->next)
		put_domain(r, d);

	put_number(r, STATE_END);
}

void snapshot_begin(struct snapshot *s, const struct server *server, int fd)
{
	memset(s, 0, sizeof(*s));
	s->fd = fd;
	s->sum = RECORD_SUM_FIRST;
	s->root = node_get(server->db.root);
	s->node = s->root;
	strcpy(s->path, "/");

	put_number(&s->r, server->db.gen);
	put_rest(&s->rest, server);
}

/* Puts nodes together until there is enough to write, or no more of them. */
static void nodes_go_on(struct snapshot *s)
{
	while (s->node && s->r.len < WRITE_BYTES) {
		put_node(s, s->node);
		s->node = tree_next(s->root, s->path);
	}
}

/* The same with what comes behind the nodes. */
static void rest_go_on(struct snapshot *s)
{
	size_t len = s->rest.len - s->rest_at;

	if (len > WRITE_BYTES)
		len = WRITE_BYTES;

	put_raw(&s->r, s->rest.bytes + s->rest_at, len);
	s->rest_at += len;
}

int snapshot_go_on(struct snapshot *s, uint64_t steps)
{
	const uint64_t end = work_done + steps;

	while (s->node || s->rest_at < s->rest.len) {
		if (s->node)
			nodes_go_on(s);
		else
			rest_go_on(s);

		work_add(s->r.len / CHECKED_BYTES);
		snapshot_flush(s);
		if (s->r.failed || s->rest.failed)
			return -ENOMEM;
		if (s->rc)
			return s->rc;
		if (work_done >= end)
			return 1;
	}
	return 0;
}

void snapshot_end(struct snapshot *s)
{
	record_free(&s->r);
	record_free(&s->rest);
	node_put(s->root);
	s->root = NULL;
}
