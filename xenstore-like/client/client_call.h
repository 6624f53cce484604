/* SPDX-License-Identifier: MIT */
/*
 * Inside client/ only. Its files in reading order, each calling only those before it:
 * client_message (messages out and in), client_batch (many at a time), client_call (one request and
 * its answer), client_open, client_nodes and client_domains (what client.h offers).
 */
#ifndef XENSTORE_LIKE_CLIENT_CALL_H
#define XENSTORE_LIKE_CLIENT_CALL_H

#include <sys/types.h>
#include <sys/uio.h>
#include <xenstore-like/wire/wire.h>
#include "client.h"

/*
 * A batch is sent when it has so many bytes or requests, and all answers are read before the next
 * requests are sent. That is far less than sockets hold in either direction, so neither side ever
 * waits for the other to read.
 */
#define BATCH_BYTES    16384
#define BATCH_REQUESTS 64

#define MESSAGE_MAX (sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX)
#define AHEAD_BYTES 4096

struct event_item {
	struct event_item *next;
	struct store_event event;
};

struct batch {
	bool on;
	int rc;             /* the first failure, */
	char *failed;       /* and the path of its request */
	uint32_t first_req; /* of those in out */
	unsigned int count;
	char **values; /* where the answers go, if they are wanted */
	size_t len;
	char out[BATCH_BYTES + MESSAGE_MAX];
};

struct store {
	int fd;
	bool is_socket; /* the kernel's device takes one request at a time */
	int wait_ms;    /* for an answer */
	int dead;       /* an answer did not come in time: what all further calls return; or 0 */
	uint32_t last_req;
	struct event_item *events, **last_event;
	struct wire_in in;          /* the message that came last */
	size_t ahead_at, ahead_end; /* bytes that came along with others */
	char ahead[AHEAD_BYTES];
	struct batch batch;
};

/* ---- client_message.c. Each that returns int: 0 or a negative errno, unless said otherwise. */

/* Puts a message together in message, which has room for any. Its length, or -E2BIG. */
__must_check ssize_t message_make(char *message, struct xsd_sockmsg hdr, const struct iovec *parts,
				  unsigned int count);

/* Sends all of it. */
__must_check int message_send(struct store *s, const char *bytes, size_t len);

/* Reads messages until the answer to req_id is in s->in; events on the way are kept. */
__must_check int answer_wait(struct store *s, uint32_t req_id);

/* 0 or the error that the answer in s->in says; it must answer a request of that type. */
__must_check int answer_verdict(const struct store *s, uint32_t type);

/* A copy of the answer in s->in, followed by a NUL; NULL when out of memory. */
char *answer_copy(const struct store *s);

/* ---- client_batch.c */

/* Puts a request aside; sends all of them once there are enough. */
__must_check int batch_add(struct store *s, struct xsd_sockmsg hdr, const struct iovec *parts,
			   unsigned int count);

/* Sends what was put aside, and reads all the answers. Only failures of the connection are
 * returned; those of requests are kept for the batch's end. */
__must_check int batch_flush(struct store *s);

/* Keeps rc as the batch's failure, if it is one and the first; path (or NULL) is that of the
 * request. */
void batch_fail(struct batch *b, int rc, const char *path);

/* ---- client_call.c */

/* One request and its answer. The parts are put together as payload. *answer (if wanted) is
 * allocated, with a NUL after its len bytes. In a batch, a request whose answer is not wanted is
 * put aside. 0 or a negative errno, the daemon's own ones too. */
__must_check int client_call(struct store *s, enum xsd_sockmsg_type type, store_txn txn,
			     const struct iovec *parts, unsigned int count, char **answer,
			     size_t *len);

/* The same, and the payload is one string. */
__must_check int client_call_path(struct store *s, enum xsd_sockmsg_type type, store_txn txn,
				  const char *path, char **answer, size_t *len);

/* The string with its NUL, as a part of a payload. */
static inline struct iovec part_of(const char *string)
{
	return (struct iovec){ (char *)string, __builtin_strlen(string) + 1 };
}

#endif
