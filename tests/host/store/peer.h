/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the store share: peers that talk to a server through memory, and what the
 * server logs meanwhile.
 */
#ifndef TESTS_HOST_STORE_PEER_H
#define TESTS_HOST_STORE_PEER_H

#include <check.h>
#include <tests/host/suites_run.h>
#include <xenstore-like/daemon/log.h>
#include <xenstore-like/daemon/serve.h>

#define PEER_SPACE 65536

struct peer {
	struct conn conn;
	char sent[PEER_SPACE]; /* on its way to the server */
	size_t sent_len, sent_at;
	char got[PEER_SPACE]; /* from the server */
	size_t got_len, got_at;
	size_t room; /* bytes the server may still write */
	bool closed;
};

/* The last answer: its payload ends with a NUL that does not count. */
struct answer {
	struct xsd_sockmsg hdr;
	char payload[4097];
};

void peer_init(struct peer *peer, struct server *server, uint32_t domid);
void peer_put(struct peer *peer, uint32_t type, uint32_t tx, const void *payload, size_t len);
/* Serves the peer till nothing is left to do. */
enum conn_state peer_serve(struct peer *peer);
/* The next message from the server; false when there is none. */
bool peer_take(struct peer *peer, struct answer *answer);

/* One request and its answer; events before it are dropped. 0 or the answer's error as -errno. */
int peer_call(struct peer *peer, struct answer *answer, uint32_t type, uint32_t tx,
	      const void *payload, size_t len);
/* The same with a string literal, whose own NUL is the payload's last byte. */
#define CALL(peer, type, tx, literal) peer_call(peer, &answer, type, tx, literal, sizeof(literal))
/* Without that NUL: values. */
#define CALL_VALUE(peer, type, tx, literal) \
	peer_call(peer, &answer, type, tx, literal, sizeof(literal) - 1)

/* A value that is a string. */
int peer_write(struct peer *peer, struct answer *answer, uint32_t tx, const char *path,
	       const char *value);
#define WRITE(peer, tx, path, value) peer_write(peer, &answer, tx, path, value)

int peer_introduce(struct peer *peer, struct answer *answer, uint32_t domid, uint64_t mfn,
		   uint32_t port);
#define INTRODUCE(peer, domid, mfn, port) peer_introduce(peer, &answer, domid, mfn, port)

/* The next event as "path token"; NULL: none. */
const char *peer_event(struct peer *peer);

/* A transaction begins, and is to be committed. */
uint32_t peer_begin(struct peer *peer);
int peer_end(struct peer *peer, uint32_t tx);

/* Gives the guests 5 and 6 a home of their own, as a toolstack makes it. */
void homes_make(struct peer *root);

/* The server's own accounts of its nodes must agree with the tree. */
void accounts_are_right(struct peer *root);

/* Lines that the server logged. */
extern char logged[16384];
void log_catch(void);

#endif
