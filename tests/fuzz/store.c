/* SPDX-License-Identifier: MIT */
/*
 * Requests to the whole store: dom0 and two guests send what the input says, and time goes on. No
 * request may cost more work than a bound; the accounts agree; when all have gone, nothing is left.
 */
#include <string.h>
#include <xenstore-like/daemon/domain.h>
#include <xenstore-like/tree/work.h>
#include "fuzz.h"
#include "tests/host/store/fake_floor.h"
#include "tests/host/store/peer.h"

#define PEERS        3
#define REQUESTS_MAX 64
#define PAYLOAD_MAX  200

/* Of one request, and of the events that it makes; tests/host/store has the figure by request. */
#define WORK_MAX 4000000

static struct server server;
static struct peer peers[PEERS];
static uint64_t now;

/* In place of libcheck's (see build.mk), whose runner is not here: the peers' claims are ours. */
void fuzz_mark(const char *file, int line)
{
	(void)file, (void)line;
}

void fuzz_claim_failed(const char *file, int line, const char *claim, const char *msg, ...)
{
	fprintf(stderr, "%s:%d: not so: %s\n", file, line, claim);
	(void)msg;
	abort();
}

static uint64_t clock_read(void)
{
	return now;
}

/* Guests have no homes when they begin anew; dom0 makes them. */
static const uint32_t domids[PEERS] = { 0, 5, 6 };

/* One that broke the protocol comes again. */
static void peer_renew(unsigned int i)
{
	conn_end(&peers[i].conn);
	peer_init(&peers[i], &server, domids[i]);
}

static void request_send(struct fuzz_input *in)
{
	unsigned int i = fuzz_byte(in) % PEERS;
	uint32_t type = fuzz_byte(in) % (XS_TYPE_COUNT + 1);
	uint32_t tx = fuzz_byte(in) % 4;
	uint64_t before = work_done;
	struct peer *p = &peers[i];
	const uint8_t *payload;
	size_t len;

	now += fuzz_byte(in) % 16;
	payload = fuzz_take(in, fuzz_byte(in) % PAYLOAD_MAX, &len);
	/* Of dom0's this would be orders to the daemon. */
	if (i == 0 && type == XS_CONTROL)
		return;

	peer_put(p, type, tx, payload, len);
	if (peer_serve(p) == CONN_DEAD)
		peer_renew(i);
	fuzz_check(work_done - before <= WORK_MAX);

	/* Nobody reads the answers. */
	p->got_len = p->got_at = 0;
}

static void begin(void)
{
	log_catch();
	fake_reset();
	fuzz_check(server_init(&server, &fake_floor) == 0);
	server.seconds = clock_read;
	for (unsigned int i = 0; i < PEERS; i++)
		peer_init(&peers[i], &server, domids[i]);

	homes_make(&peers[0]);
}

static void end(void)
{
	accounts_are_right(&peers[0]);
	for (unsigned int i = 0; i < PEERS; i++)
		conn_end(&peers[i].conn);

	domain_drop_all(&server);
	fuzz_check(watch_table_is_empty(&server.watches));
	server_free(&server);
	fake_is_let_go();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };

	begin();
	for (unsigned int i = 0; i < REQUESTS_MAX && in.left > 0; i++)
		request_send(&in);
	end();
	return 0;
}
