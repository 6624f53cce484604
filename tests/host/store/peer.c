/* SPDX-License-Identifier: MIT */
/*
 * Peers in memory (see peer.h).
 */
#include "peer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All requests have this number. */
#define REQ_ID 77

char logged[16384];

static int mem_read(struct conn *conn, void *to, size_t len)
{
	struct peer *peer = (struct peer *)conn;
	size_t n = peer->sent_len - peer->sent_at;

	if (!n)
		return peer->closed ? -ECONNRESET : 0;

	if (n > len)
		n = len;

	memcpy(to, peer->sent + peer->sent_at, n);
	peer->sent_at += n;
	return n;
}

static int mem_write(struct conn *conn, const void *from, size_t len)
{
	struct peer *peer = (struct peer *)conn;
	size_t n = len < peer->room ? len : peer->room;

	ck_assert_uint_le(peer->got_len + n, PEER_SPACE);

	memcpy(peer->got + peer->got_len, from, n);
	peer->got_len += n;
	peer->room -= n;
	return n;
}

static const struct transport memory = { mem_read, mem_write, NULL, false };

void peer_init(struct peer *peer, struct server *server, uint32_t domid)
{
	memset(peer, 0, sizeof(*peer));

	conn_init(&peer->conn, server, &memory, (struct who){ domid, DOMID_NONE });
	peer->room = SIZE_MAX;
}

void peer_put(struct peer *peer, uint32_t type, uint32_t tx, const void *payload, size_t len)
{
	struct xsd_sockmsg hdr = { type, REQ_ID, tx, len };

	if (peer->sent_at == peer->sent_len)
		peer->sent_at = peer->sent_len = 0;

	ck_assert_uint_le(peer->sent_len + sizeof(hdr) + len, PEER_SPACE);
	memcpy(peer->sent + peer->sent_len, &hdr, sizeof(hdr));
	if (len)
		memcpy(peer->sent + peer->sent_len + sizeof(hdr), payload, len);

	peer->sent_len += sizeof(hdr) + len;
}

enum conn_state peer_serve(struct peer *peer)
{
	enum conn_state state;

	do
		state = conn_serve(&peer->conn);
	while (state == CONN_MORE);
	return state;
}

bool peer_take(struct peer *peer, struct answer *answer)
{
	size_t left = peer->got_len - peer->got_at;

	if (left < sizeof(answer->hdr)) {
		if (!left)
			peer->got_len = peer->got_at = 0;
		return false;
	}

	memcpy(&answer->hdr, peer->got + peer->got_at, sizeof(answer->hdr));
	ck_assert_uint_le(answer->hdr.len, 4096);

	if (left < sizeof(answer->hdr) + answer->hdr.len)
		return false;

	memcpy(answer->payload, peer->got + peer->got_at + sizeof(answer->hdr), answer->hdr.len);
	answer->payload[answer->hdr.len] = '\0';

	peer->got_at += sizeof(answer->hdr) + answer->hdr.len;
	return true;
}

int peer_call(struct peer *peer, struct answer *answer, uint32_t type, uint32_t tx,
	      const void *payload, size_t len)
{
	peer_serve(peer);
	while (peer_take(peer, answer))
		;

	peer_put(peer, type, tx, payload, len);

	/* Just this request and its answer: events that follow stay. */
	ignore(conn_serve(&peer->conn));
	do
		ck_assert_msg(peer_take(peer, answer), "no answer to request %u", type);
	while (answer->hdr.type == XS_WATCH_EVENT);

	ck_assert_uint_eq(answer->hdr.req_id, REQ_ID);
	ck_assert_uint_eq(answer->hdr.tx_id, tx);

	if (answer->hdr.type == XS_ERROR)
		return -wire_error_number(answer->payload);

	ck_assert_uint_eq(answer->hdr.type, type);
	return 0;
}

int peer_write(struct peer *peer, struct answer *answer, uint32_t tx, const char *path,
	       const char *value)
{
	char payload[XENSTORE_PAYLOAD_MAX];
	size_t path_len = strlen(path) + 1, len = strlen(value);

	ck_assert_uint_le(path_len + len, sizeof(payload));
	memcpy(payload, path, path_len);
	memcpy(payload + path_len, value, len);
	return peer_call(peer, answer, XS_WRITE, tx, payload, path_len + len);
}

int peer_introduce(struct peer *peer, struct answer *answer, uint32_t domid, uint64_t mfn,
		   uint32_t port)
{
	char payload[64];
	int len;

	len = snprintf(payload, sizeof(payload), "%u%c%llu%c%u", domid, 0, (unsigned long long)mfn,
		       0, port);
	return peer_call(peer, answer, XS_INTRODUCE, 0, payload, len + 1);
}

void homes_make(struct peer *root)
{
	struct answer answer;

	ck_assert_int_eq(CALL(root, XS_MKDIR, 0, "/local/domain/5"), 0);
	ck_assert_int_eq(CALL(root, XS_MKDIR, 0, "/local/domain/6"), 0);
	ck_assert_int_eq(CALL(root, XS_SET_PERMS, 0, "/local/domain/5\0n5"), 0);
	ck_assert_int_eq(CALL(root, XS_SET_PERMS, 0, "/local/domain/6\0n6"), 0);
}

void accounts_are_right(struct peer *root)
{
	struct answer answer;

	ck_assert_int_eq(CALL(root, XS_CONTROL, 0, "check"), 0);
	ck_assert_msg(strncmp(answer.payload, "right", 5) == 0, "%s", answer.payload);
}

const char *peer_event(struct peer *peer)
{
	static char text[8192];
	struct answer answer;

	peer_serve(peer);
	if (!peer_take(peer, &answer))
		return NULL;

	ck_assert_uint_eq(answer.hdr.type, XS_WATCH_EVENT);
	snprintf(text, sizeof(text), "%s %s", answer.payload,
		 answer.payload + strlen(answer.payload) + 1);
	return text;
}

uint32_t peer_begin(struct peer *peer)
{
	struct answer answer;

	ck_assert_int_eq(peer_call(peer, &answer, XS_TRANSACTION_START, 0, "", 1), 0);
	return atoi(answer.payload);
}

int peer_end(struct peer *peer, uint32_t tx)
{
	struct answer answer;

	return peer_call(peer, &answer, XS_TRANSACTION_END, tx, "T", 2);
}

static void log_keep(const char *line)
{
	size_t len = strlen(logged);

	snprintf(logged + len, sizeof(logged) - len, "%s\n", line);
}

void log_catch(void)
{
	logged[0] = '\0';
	log_output = log_keep;
}
