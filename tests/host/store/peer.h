/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the store share: peers that talk to a server through memory, and a floor whose
 * domains, pages and ports are arrays here.
 */
#ifndef TESTS_HOST_STORE_PEER_H
#define TESTS_HOST_STORE_PEER_H

#include <check.h>
#include <xenstore-like/daemon/domain.h>
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

/* One request; its answer, events before it dropped. 0 or the answer's error as -errno. */
int peer_call(struct peer *peer, struct answer *answer, uint32_t type, uint32_t tx,
	      const void *payload, size_t len);
/* The same with a string literal, whose own NUL is the payload's last byte. */
#define CALL(peer, type, tx, literal) peer_call(peer, &answer, type, tx, literal, sizeof(literal))
/* Without that NUL: values. */
#define CALL_VALUE(peer, type, tx, literal) \
	peer_call(peer, &answer, type, tx, literal, sizeof(literal) - 1)

/* The next event as "path token"; NULL: none. */
const char *peer_event(struct peer *peer);
uint32_t peer_begin(struct peer *peer);
int peer_end(struct peer *peer, uint32_t tx);

/* The floor of these tests. */
#define FAKE_DOMAINS 16
struct fake_domain {
	bool exists, shutdown, dying;
	struct xenstore_domain_interface page;
	int mapped, bound, notified;
};
extern struct fake_domain fake[FAKE_DOMAINS];
extern const struct floor fake_floor;
void fake_reset(void);

/* Lines that the server logged. */
extern char logged[16384];
void log_catch(void);

int suites_run(Suite *suite);

#endif
