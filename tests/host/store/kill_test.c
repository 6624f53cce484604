/* SPDX-License-Identifier: MIT */
/*
 * A daemon that is killed at any instruction, again and again, while a guest talks to it through
 * its ring: the guest's stream goes on, each request is answered once and in its turn, and what was
 * answered is so. The daemon is a child process; the guest's page is in memory that both share.
 *
 * It dies by a signal from outside, and right before, right after and in the middle of what it
 * writes to a file or a ring: the linker puts the __wrap_ functions of this test in between.
 */
#include "peer.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xenstore-like/daemon/state.h>
#include "fake_floor.h"

#define GUEST 5

/* Requests of the guest that wait for their answers. */
#define UNDER_WAY 4

#define KEYS      16
#define VALUE_MAX 2000

#define KILLS       200
#define ANSWERS_MAX 40

static char state_path[64];

/* ---- the daemon's death */

/* One in so many chances is taken. */
#define CHANCES 400

static bool mortal;

static bool chance(void)
{
	return mortal && rand() % CHANCES == 0;
}

static void die_by_chance(void)
{
	if (chance())
		raise(SIGKILL);
}

ssize_t __real_write(int fd, const void *bytes, size_t len);
ssize_t __wrap_write(int fd, const void *bytes, size_t len);

ssize_t __wrap_write(int fd, const void *bytes, size_t len)
{
	ssize_t n;

	die_by_chance();
	if (chance()) {
		ignore(__real_write(fd, bytes, rand() % (len + 1)));
		raise(SIGKILL);
	}

	n = __real_write(fd, bytes, len);
	die_by_chance();
	return n;
}

int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);

int __wrap_rename(const char *from, const char *to)
{
	int rc;

	die_by_chance();
	rc = __real_rename(from, to);
	die_by_chance();
	return rc;
}

int __real_xsring_write(struct xsring *ring, struct xenstore_domain_interface *page,
			const void *from, size_t len);
int __wrap_xsring_write(struct xsring *ring, struct xenstore_domain_interface *page,
			const void *from, size_t len);

int __wrap_xsring_write(struct xsring *ring, struct xenstore_domain_interface *page,
			const void *from, size_t len)
{
	int n;

	/* A part is as good as the whole. */
	die_by_chance();
	if (mortal)
		len = 1 + rand() % len;
	n = __real_xsring_write(ring, page, from, len);
	die_by_chance();
	return n;
}

bool __real_xsring_consume(const struct xsring *ring, struct xenstore_domain_interface *page);
bool __wrap_xsring_consume(const struct xsring *ring, struct xenstore_domain_interface *page);

bool __wrap_xsring_consume(const struct xsring *ring, struct xenstore_domain_interface *page)
{
	bool moved;

	die_by_chance();
	moved = __real_xsring_consume(ring, page);
	die_by_chance();
	return moved;
}

/* ---- the daemon */

static void daemon_begin(struct server *server, struct state *state)
{
	static struct peer root;

	if (server_init(server, &fake_floor))
		_exit(2);

	if (state_load(server, state) == 0)
		return;

	peer_init(&root, server, 0);
	if (domain_introduce(server, GUEST, 1000, 7))
		_exit(3);
	homes_make(&root);
	conn_end(&root.conn);
}

/* Serves the guest until it is killed. Now and then a snapshot is made, in slices. */
static void daemon_run(unsigned int seed)
{
	static struct server server;
	struct state state = { .path = state_path };
	struct domain *d;

	srand(seed);
	mortal = seed != 0;
	daemon_begin(&server, &state);
	if (state_save(&server, &state))
		_exit(4);

	d = domain_find(&server, GUEST);
	for (;;) {
		conn_wake(&d->conn);
		if (conn_next(&server.guests) != &d->conn)
			_exit(5);
		domain_serve(d);
		if (d->stopped)
			_exit(6);

		if (rand() % 200 == 0)
			server.journal.written += 100u << 20;
		state_settle(&server, &state);
		journal_commit(&server);
	}
}

static pid_t daemon_fork(unsigned int seed)
{
	pid_t pid = fork();

	if (pid == 0)
		daemon_run(seed);
	return pid;
}

/* ---- the guest */

struct guest {
	char request[8192]; /* the one that is being put into the ring */
	size_t len, put;
	char answer[8192]; /* the one that is coming */
	size_t got;
	uint32_t asked, answered; /* numbers of requests */
	unsigned int key[64];     /* of the last requests, by their numbers */
	uint32_t type[64];
	size_t value_len[64];
	size_t written[KEYS]; /* the length of a key's value, as far as it was answered; 0: none */
};

static char value_byte(unsigned int key, size_t len, size_t at)
{
	return 'a' + (key + len + at) % 26;
}

/* Puts the next request together: a write, with a value of any length, or a read. */
static void guest_ask(struct guest *g)
{
	unsigned int key = rand() % KEYS;
	uint32_t number = ++g->asked;
	unsigned int slot = number % 64;
	struct xsd_sockmsg hdr = { .req_id = number };
	int path_len;

	path_len = sprintf(g->request + sizeof(hdr), "/local/domain/%d/k%u", GUEST, key) + 1;
	hdr.type = rand() % 3 ? XS_WRITE : XS_READ;
	hdr.len = path_len;
	if (hdr.type == XS_WRITE) {
		size_t len = 1 + rand() % VALUE_MAX;

		for (size_t i = 0; i < len; i++)
			g->request[sizeof(hdr) + path_len + i] = value_byte(key, len, i);
		hdr.len += len;
		g->value_len[slot] = len;
	}

	memcpy(g->request, &hdr, sizeof(hdr));
	g->key[slot] = key;
	g->type[slot] = hdr.type;
	g->len = sizeof(hdr) + hdr.len;
	g->put = 0;
}

static void guest_put(struct guest *g, struct xenstore_domain_interface *page)
{
	uint32_t prod = page->req_prod;
	uint32_t cons = __atomic_load_n(&page->req_cons, __ATOMIC_ACQUIRE);

	ck_assert_uint_le(prod - cons, XENSTORE_RING_SIZE);
	while (g->put < g->len && prod - cons < XENSTORE_RING_SIZE)
		page->req[MASK_XENSTORE_IDX(prod++)] = g->request[g->put++];
	__atomic_store_n(&page->req_prod, prod, __ATOMIC_SEQ_CST);
}

static void answer_check(struct guest *g)
{
	struct xsd_sockmsg hdr;
	const char *payload = g->answer + sizeof(hdr);
	unsigned int slot, key;

	memcpy(&hdr, g->answer, sizeof(hdr));
	ck_assert_uint_eq(hdr.req_id, g->answered + 1);
	g->answered++;

	slot = g->answered % 64;
	key = g->key[slot];
	if (g->type[slot] == XS_WRITE) {
		ck_assert_uint_eq(hdr.type, XS_WRITE);
		ck_assert_str_eq(payload, "OK");
		g->written[key] = g->value_len[slot];
		return;
	}

	/* In their order: a read sees the last write before it, and no later one. */
	if (!g->written[key]) {
		ck_assert_uint_eq(hdr.type, XS_ERROR);
		ck_assert_str_eq(payload, "ENOENT");
		return;
	}

	ck_assert_uint_eq(hdr.type, XS_READ);
	ck_assert_uint_eq(hdr.len, g->written[key]);
	for (size_t i = 0; i < hdr.len; i++)
		ck_assert_int_eq(payload[i], value_byte(key, hdr.len, i));
}

/* Takes what has come; checks each answer that is whole. */
static void guest_get(struct guest *g, struct xenstore_domain_interface *page)
{
	uint32_t cons = page->rsp_cons;
	uint32_t prod = __atomic_load_n(&page->rsp_prod, __ATOMIC_ACQUIRE);
	struct xsd_sockmsg hdr;

	ck_assert_uint_le(prod - cons, XENSTORE_RING_SIZE);
	while (cons != prod) {
		g->answer[g->got++] = page->rsp[MASK_XENSTORE_IDX(cons++)];
		if (g->got < sizeof(hdr))
			continue;

		memcpy(&hdr, g->answer, sizeof(hdr));
		ck_assert_uint_le(hdr.len, XENSTORE_PAYLOAD_MAX);
		if (g->got < sizeof(hdr) + hdr.len)
			continue;

		answer_check(g);
		g->got = 0;
	}
	__atomic_store_n(&page->rsp_cons, cons, __ATOMIC_SEQ_CST);
}

static void guest_turn(struct guest *g, struct xenstore_domain_interface *page)
{
	if (g->put == g->len && g->asked - g->answered < UNDER_WAY)
		guest_ask(g);

	guest_put(g, page);
	guest_get(g, page);
}

static bool is_alive(pid_t pid)
{
	siginfo_t info = { 0 };

	ck_assert_int_eq(waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT), 0);
	return info.si_pid == 0;
}

static void pid_end(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
		      "the daemon ended by itself: status %#x", status);
}

START_TEST(killed_again_and_again)
{
	static struct guest g;
	struct xenstore_domain_interface *page;
	struct state state = { .path = state_path };

	fake_reset();
	page = &fake[GUEST].page;
	snprintf(state_path, sizeof(state_path), "/tmp/store-kill-%d", getpid());
	srand(7);

	for (int i = 0; i < KILLS; i++) {
		pid_t pid = daemon_fork(i);
		uint32_t enough = g.answered + rand() % ANSWERS_MAX;

		while (g.answered < enough && is_alive(pid))
			guest_turn(&g, page);
		pid_end(pid);
	}

	state_remove(&state);
	ck_assert_uint_gt(g.answered, KILLS / 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store, killed");
	TCase *tcase = tcase_create("killed");

	tcase_add_test(tcase, killed_again_and_again);
	tcase_set_timeout(tcase, 120);
	suite_add_tcase(suite, tcase);
	return suites_run(suite);
}
