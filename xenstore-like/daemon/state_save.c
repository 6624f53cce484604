/* SPDX-License-Identifier: MIT */
/*
 * Writing a snapshot (see state.h). state_load.c reads it.
 */
#include "state.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <xenstore-like/tree/path.h>
#include "domain.h"

/* So much is put together before it is written. */
#define WRITE_BYTES (64u << 10)

struct snapshot {
	struct record r;
	int fd;
	int rc; /* of the first write that failed */
	uint64_t len, sum;
};

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

/* Between two records. */
static void snapshot_pause(struct snapshot *s)
{
	if (s->r.len >= WRITE_BYTES)
		snapshot_flush(s);
}

/* The node and all below it. path has room for any path, and holds the node's own, of len bytes
 * ("" for the root). */
static void put_nodes(struct snapshot *s, const struct node *node, char *path, size_t len)
{
	struct record *r = &s->r;

	put_number(r, STATE_NODE);
	put_string(r, len ? path : "/");
	put_bytes(r, node->value, node->value_len);
	put_perms(r, node->perms);
	snapshot_pause(s);

	for (unsigned int i = 0; i < node->kid_count; i++) {
		const struct node *kid = node->kids[i];
		size_t n = strlen(kid->name) + 1;

		path[len] = '/';
		memcpy(path + len + 1, kid->name, n);
		put_nodes(s, kid, path, len + n);
		path[len] = '\0';
	}
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

int snapshot_write(const struct server *server, int fd, uint64_t *len, uint64_t *sum)
{
	struct snapshot s = { .fd = fd, .sum = RECORD_SUM_FIRST };
	char path[PATH_SPACE] = "";
	int rc;

	put_number(&s.r, server->db.gen);
	put_nodes(&s, server->db.root, path, 0);

	for (int i = 0; i < SPECIAL_COUNT; i++) {
		put_number(&s.r, STATE_SPECIAL);
		put_number(&s.r, i);
		put_perms(&s.r, server->db.special[i]);
	}

	for (const struct domain *d = server->domains; d; d = d->next) {
		put_domain(&s.r, d);
		snapshot_pause(&s);
	}

	put_number(&s.r, STATE_END);
	snapshot_flush(&s);

	rc = s.r.failed ? -ENOMEM : s.rc;
	record_free(&s.r);
	*len = s.len;
	*sum = s.sum;
	return rc;
}
