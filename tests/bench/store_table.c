/* SPDX-License-Identifier: MIT */
/*
 * Prints what the dearest requests of guests cost the store, in steps of its own count and in time
 * on this machine, and how long others wait while a large state is saved. Tests hold the steps
 * (tests/host/store/hostile_test.c); the times are for docs/store.md.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <tests/host/store/fake_floor.h>
#include <tests/host/store/peer.h>
#include <xenstore-like/daemon/limits.h>
#include <xenstore-like/daemon/state.h>
#include <xenstore-like/tree/work.h>
#include <xenstore-like/txn/quota.h>

#define CROWD       8
#define LARGE_NODES 68000

static struct server server;
static struct peer root, crowd[CROWD];
static struct answer answer;
static char payload[XENSTORE_PAYLOAD_MAX];

static double began_us;
static uint64_t began_work;

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}

static void begin(void)
{
	began_us = now_us();
	began_work = work_done;
}

static void end(const char *what)
{
	double us = now_us() - began_us;

	printf("| %s | %llu | %.0f |\n", what, (unsigned long long)(work_done - began_work), us);
}

/* A request for which there is nothing to check: a failure would be one of the tests. */
static void ask(struct peer *peer, uint32_t type, uint32_t tx, size_t len)
{
	ck_assert_int_eq(peer_call(peer, &answer, type, tx, payload, len), 0);
}

static size_t deep_path(int number)
{
	size_t len = sprintf(payload, "/c/%d", number);

	while (path_depth(payload) < QUOTA_DEPTH_MAX)
		len += sprintf(payload + len, "/x");
	return len + 1;
}

static void deep_commit(void)
{
	size_t len = deep_path(0);
	uint32_t tx = peer_begin(&crowd[0]);

	for (int i = 0; i < 1000; i++)
		ask(&crowd[0], XS_WRITE, tx, len);

	begin();
	ck_assert_int_eq(peer_end(&crowd[0], tx), 0);
	peer_serve(&crowd[0]);
	end("commit of 1000 writes to a node 64 parts deep");
}

static void watched_write(void)
{
	for (int i = 0; i < CROWD; i++) {
		for (int j = 0; j < QUOTA_WATCHES_MAX; j++) {
			size_t len = sprintf(payload, "/c%c%d", 0, j) + 1;

			ask(&crowd[i], XS_WATCH, 0, len);
		}
		crowd[i].room = 0;
	}

	for (int i = 0; i < 3000; i++)
		ask(&root, XS_MKDIR, 0, sprintf(payload, "/c/%d", 100 + i) + 1);

	begin();
	ask(&root, XS_WRITE, 0, sprintf(payload, "/c/100") + 1);
	peer_serve(&root);
	end("write seen by 8 guests with 128 watches each, none of which reads");
}

static void many_watches(void)
{
	static struct watcher many;

	watcher_init(&many, (struct who){ 0, DOMID_NONE });
	for (int i = 0; i < WATCHES_PRIVILEGED_MAX; i++) {
		sprintf(payload, "/w/%d", i);
		ignore(watch_add(&server.watches, &many, payload, "t", 0));
	}

	begin();
	ignore(watch_remove(&many, "/w/30000", "t"));
	ignore(watch_add(&server.watches, &many, "/w/30000", "t", 0));
	end("one of 65536 watches removed and made again");
	watcher_reset(&many);
}

static void large_state(void)
{
	char path[64];
	struct state state = { .path = path };

	snprintf(path, sizeof(path), "/tmp/store-bench-%d", getpid());
	memset(payload, 'v', sizeof(payload));
	for (int i = 0; i < LARGE_NODES; i++) {
		int n = sprintf(payload, "/large/%d/%d", i / 1000, i) + 1;

		payload[n] = 'v';
		ask(&root, XS_WRITE, 0, n + 4000);
	}

	ignore(state_save(&server, &state));
	server.journal.written += 1ul << 40;
	begin();
	state_settle(&server, &state);
	end("a snapshot of 280 MB begins");

	begin();
	state_settle(&server, &state);
	end("a slice of it");
	state_stop(&state);
	state_remove(&state);
}

START_TEST(table)
{
	ck_assert_int_eq(server_init(&server, &fake_floor), 0);
	peer_init(&root, &server, 0);
	for (int i = 0; i < CROWD; i++)
		peer_init(&crowd[i], &server, 10 + i);

	ask(&root, XS_MKDIR, 0, sprintf(payload, "/c") + 1);
	memcpy(payload, "/c\0b0", sizeof("/c\0b0"));
	ask(&root, XS_SET_PERMS, 0, sizeof("/c\0b0"));

	puts("| what | steps | us |\n|---|---|---|");
	deep_commit();
	watched_write();
	many_watches();
	large_state();
	fflush(stdout);
}
END_TEST

/* A test only because libcheck's assertions, which peer.c has, want to be in one. */
int main(void)
{
	Suite *suite = suite_create("store table");
	TCase *tcase = tcase_create("table");

	tcase_add_test(tcase, table);
	tcase_set_timeout(tcase, 120);
	suite_add_tcase(suite, tcase);
	return suites_run(suite);
}
