/* SPDX-License-Identifier: MIT */
/*
 * Guests that do their worst within their quotas: what each request costs the daemon is counted in
 * steps of work and bytes of memory, so that the verdict is the same on every machine.
 */
#include "world.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <xenstore-like/daemon/limits.h>
#include <xenstore-like/tree/work.h>
#include <xenstore-like/txn/quota.h>
#include "fake_floor.h"

#define CROWD 8

static struct peer a, crowd[CROWD];
static char payload[XENSTORE_PAYLOAD_MAX];

static void setup(void)
{
	world_up();
	server.seconds = clock_read;

	peer_init(&a, &server, 5);
	for (int i = 0; i < CROWD; i++)
		peer_init(&crowd[i], &server, 10 + i);

	homes_make(&root);
}

static void teardown(void)
{
	accounts_are_right(&root);

	for (int i = 0; i < CROWD; i++)
		conn_end(&crowd[i].conn);
	conn_end(&a.conn);
	world_down();
}

START_TEST(depth)
{
	/* The home itself has three parts. */
	const unsigned int most = QUOTA_DEPTH_MAX - 3;
	size_t len;

	len = deep_path(payload, most + 1);
	ck_assert_int_eq(peer_call(&a, &answer, XS_MKDIR, 0, payload, len), -ENOSPC);
	ck_assert_ptr_nonnull(strstr(logged, "d5 met its quota of parts of a path"));
	memcpy(payload + len, "t", 2);
	ck_assert_int_eq(peer_call(&a, &answer, XS_WATCH, 0, payload, len + 2), -ENOSPC);

	len = deep_path(payload, most);
	ck_assert_int_eq(peer_call(&a, &answer, XS_MKDIR, 0, payload, len), 0);
	memcpy(payload + len, "t", 2);
	ck_assert_int_eq(peer_call(&a, &answer, XS_WATCH, 0, payload, len + 2), 0);

	/* Domain 0 is not bound. */
	memcpy(payload, "/", 1);
	len = deep_path(payload + 1, 990) + 1;
	ck_assert_int_eq(peer_call(&root, &answer, XS_MKDIR, 0, payload, len), 0);
}
END_TEST

/* A missing node, as deep as a message can say: to look for the nearest one costs no more than to
 * read the path. */
START_TEST(deep_lookup)
{
	uint64_t before = work_done;
	size_t len = deep_path(payload, 900);

	ck_assert_int_eq(peer_call(&a, &answer, XS_READ, 0, payload, len), -ENOENT);
	ck_assert_uint_lt(work_done - before, 2000);
}
END_TEST

/* Guests with as many watches as they may have, which never read their events. */
static void crowd_watches(void)
{
	for (int i = 0; i < CROWD; i++) {
		for (int j = 0; j < QUOTA_WATCHES_MAX; j++) {
			int n = snprintf(payload, sizeof(payload), "/shown%c%d", 0, j) + 1;

			ck_assert_int_eq(peer_call(&crowd[i], &answer, XS_WATCH, 0, payload, n), 0);
		}
		crowd[i].room = 0;
	}
}

START_TEST(watchers_that_never_read)
{
	uint64_t before, most = 0;

	ck_assert_int_eq(CALL(&root, XS_MKDIR, 0, "/shown"), 0);
	ck_assert_int_eq(CALL(&root, XS_SET_PERMS, 0, "/shown\0r0"), 0);
	crowd_watches();

	for (int i = 0; i < 3000; i++) {
		int n = snprintf(payload, sizeof(payload), "/shown/%d", i) + 1;

		before = work_done;
		ck_assert_int_eq(peer_call(&root, &answer, XS_MKDIR, 0, payload, n), 0);
		peer_serve(&root);
		if (work_done - before > most)
			most = work_done - before;
	}

	/* A few steps for each watch that is fired; none for each event that waits. */
	ck_assert_uint_lt(most, CROWD * QUOTA_WATCHES_MAX * 8);
	for (int i = 0; i < CROWD; i++)
		ck_assert_uint_le(crowd[i].conn.watcher.event_bytes, EVENTS_BYTES_MAX + 65536);
}
END_TEST

/* Firing many watches for many changes goes in slices, in the turns of who made them. */
START_TEST(news_in_slices)
{
	enum conn_state state;
	uint64_t before;
	uint32_t tx;

	ck_assert_int_eq(CALL(&root, XS_MKDIR, 0, "/shown"), 0);
	ck_assert_int_eq(CALL(&root, XS_SET_PERMS, 0, "/shown\0b0"), 0);
	crowd_watches();

	tx = peer_begin(&a);
	for (int i = 0; i < 500; i++) {
		int n = snprintf(payload, sizeof(payload), "/shown/%d", i) + 1;

		ck_assert_int_eq(peer_call(&a, &answer, XS_MKDIR, tx, payload, n), 0);
	}

	peer_put(&a, XS_TRANSACTION_END, tx, "T", 2);
	peer_put(&a, XS_MKDIR, 0, "after", 6);
	do {
		before = work_done;
		state = conn_serve(&a.conn);
		ck_assert_uint_lt(work_done - before, WORK_SLICE * 3);
	} while (state == CONN_MORE);
	ck_assert_ptr_null(a.conn.news.first);
}
END_TEST

/* Who changed something and went away at once: the watches fire all the same. */
START_TEST(news_of_the_gone)
{
	ck_assert_int_eq(CALL(&root, XS_WATCH, 0, "/x\0t"), 0);
	while (peer_event(&root))
		;

	/* Its turn ends with the last request. */
	peer_init(&crowd[0], &server, 0);
	for (int i = 1; i < REQUESTS_PER_TURN; i++)
		peer_put(&crowd[0], XS_READ, 0, "/", 2);
	peer_put(&crowd[0], XS_MKDIR, 0, "/x", 3);
	ck_assert_int_eq(conn_serve(&crowd[0].conn), CONN_MORE);
	conn_end(&crowd[0].conn);
	ck_assert_ptr_null(peer_event(&root));

	while (!server_announce(&server, &server.news))
		;
	ck_assert_str_eq(peer_event(&root), "/x t");
}
END_TEST

/* Very many watches of one connection: none of its calls searches through them. */
START_TEST(very_many_watches)
{
	static struct watcher many;
	uint64_t before;

	watcher_init(&many, (struct who){ 0, DOMID_NONE });
	for (int i = 0; i < 65000; i++) {
		snprintf(payload, sizeof(payload), "/w/%d", i);
		ck_assert_int_eq(watch_add(&server.watches, &many, payload, "t", 0), 0);
	}

	before = work_done;
	ck_assert_int_eq(watch_add(&server.watches, &many, "/w/more", "t", 0), 0);
	ck_assert_uint_lt(work_done - before, 100);

	/* Nor does what happens elsewhere. */
	before = work_done;
	ck_assert_int_eq(WRITE(&a, 0, "v/x", "1"), 0);
	ck_assert_int_eq(CALL(&a, XS_RM, 0, "v"), 0);
	ck_assert_uint_lt(work_done - before, 500);

	before = work_done;
	ck_assert_int_eq(watch_remove(&many, "/w/30000", "t"), 0);
	ck_assert_int_eq(watch_remove(&many, "/w/30000", "t"), -ENOENT);
	ck_assert_uint_lt(work_done - before, 100);
	watcher_reset(&many);
}
END_TEST

static unsigned int lines_logged(void)
{
	unsigned int lines = 0;

	for (const char *at = logged; *at; at++)
		lines += *at == '\n';
	return lines;
}

/* A ring that is broken and made anew, as fast as can be. */
START_TEST(log_flood)
{
	struct xenstore_domain_interface *page = &fake[6].page;

	ck_assert_int_eq(INTRODUCE(&root, 6, 1000, 7), 0);
	for (int i = 0; i < 10000; i++) {
		page->req_prod = page->req_cons + 5000;
		domain_serve(domain_find(&server, 6));
		page->connection = XENSTORE_RECONNECT;
		domain_serve(domain_find(&server, 6));
	}
	ck_assert_uint_eq(lines_logged(), LOG_BURST);

	/* Later there may be one more, which says how many there were. */
	clock_now += LOG_EACH_SECONDS;
	page->req_prod = page->req_cons + 5000;
	domain_serve(domain_find(&server, 6));
	ck_assert_uint_eq(lines_logged(), LOG_BURST + 1);
	ck_assert_ptr_nonnull(strstr(logged, "(9990 lines like this were left out)"));
}
END_TEST

/* More nodes than one domain can own, made by many below the node of one. */
START_TEST(remove_what_others_made)
{
	ck_assert_int_eq(CALL(&a, XS_MKDIR, 0, "open"), 0);
	ck_assert_int_eq(CALL(&a, XS_SET_PERMS, 0, "open\0b5"), 0);
	for (int i = 0; i < 5; i++) {
		for (int j = 0; j < 900; j++) {
			int n = snprintf(payload, sizeof(payload), "/local/domain/5/open/%d-%d", i,
					 j);

			ck_assert_int_eq(peer_call(&crowd[i], &answer, XS_MKDIR, 0, payload, n + 1),
					 0);
		}
	}

	ck_assert_int_eq(CALL(&a, XS_RM, 0, "open"), -ENOSPC);
	ck_assert_ptr_nonnull(strstr(logged, "nodes removed at once"));
	ck_assert_int_eq(CALL(&root, XS_RM, 0, "/local/domain/5/open"), 0);
}
END_TEST

static void turn(struct conn *conn, void *context)
{
	(void)context;
	if (conn_serve(conn) == CONN_MORE)
		conn_wake(conn);
}

/* All guests at once have the dearest things to do: in each round domain 0 has its turn first, and
 * waits for no more than a slice and a request. */
START_TEST(rounds)
{
	uint64_t before, most = 0;
	unsigned int count = 0;

	ck_assert_int_eq(CALL(&root, XS_MKDIR, 0, "/c"), 0);
	ck_assert_int_eq(CALL(&root, XS_SET_PERMS, 0, "/c\0b0"), 0);
	for (int i = 0; i < CROWD; i++) {
		uint32_t tx = peer_begin(&crowd[i]);
		size_t len = snprintf(payload, sizeof(payload), "/c/%d/", i);

		len += deep_path(payload + len, QUOTA_DEPTH_MAX - 2);
		for (int j = 0; j < 1000; j++)
			ck_assert_int_eq(peer_call(&crowd[i], &answer, XS_WRITE, tx, payload, len),
					 0);
		peer_put(&crowd[i], XS_TRANSACTION_END, tx, "T", 2);
		conn_wake(&crowd[i].conn);
	}

	do {
		peer_put(&root, XS_READ, 0, "/", 2);
		conn_wake(&root.conn);
		before = work_done;
		server_round(&server, turn, NULL);
		if (work_done - before > most)
			most = work_done - before;

		ck_assert(peer_take(&root, &answer));
		ck_assert_uint_eq(answer.hdr.type, XS_READ);
		count++;
	} while (server.guests.first);

	ck_assert_uint_ge(count, CROWD);
	ck_assert_uint_lt(most, WORK_SLICE + WORK_REQUEST_MAX);
}
END_TEST

static const char *perms_text(const char *path)
{
	ck_assert_int_eq(peer_call(&root, &answer, XS_GET_PERMS, 0, path, strlen(path) + 1), 0);
	return answer.payload;
}

/* A guest that dies beside very many nodes of others: all are looked at, but not at once. */
START_TEST(death_in_slices)
{
	uint64_t before;
	unsigned int rounds = 0;

	ck_assert_int_eq(INTRODUCE(&root, 6, 1000, 7), 0);
	for (int i = 0; i < 50000; i++) {
		snprintf(payload, sizeof(payload), "/many/%d/%d", i / 500, i);
		ck_assert_int_eq(WRITE(&root, 0, payload, ""), 0);
	}
	ck_assert_int_eq(CALL(&root, XS_MKDIR, 0, "/zz/of"), 0);
	ck_assert_int_eq(CALL(&root, XS_MKDIR, 0, "/zz/to"), 0);
	ck_assert_int_eq(CALL(&root, XS_SET_PERMS, 0, "/zz/of\0n6\0r5"), 0);

	before = work_done;
	fake[6].dying = true;
	domain_check_all(&server);
	ck_assert_uint_lt(work_done - before, WORK_SLICE * 2);
	ck_assert_ptr_nonnull(server.forgets);

	/* What is made for its successor meanwhile stays. */
	ck_assert_int_eq(CALL(&root, XS_SET_PERMS, 0, "/zz/to\0n6"), 0);
	for (; server.forgets; rounds++) {
		before = work_done;
		server_round(&server, turn, NULL);
		ck_assert_uint_lt(work_done - before, WORK_SLICE * 2);

		/* The node that it stands at may go. */
		if (rounds == 2)
			ck_assert_int_eq(CALL(&root, XS_RM, 0, "/many/0"), 0);
	}
	ck_assert_uint_gt(rounds, 5);
	ck_assert_str_eq(perms_text("/zz/of"), "n0");
	ck_assert_str_eq(perms_text("/zz/to"), "n6");
}
END_TEST

/* The successor comes before all is forgotten. */
START_TEST(death_and_successor)
{
	ck_assert_int_eq(INTRODUCE(&root, 6, 1000, 7), 0);
	for (int i = 0; i < 50000; i++) {
		snprintf(payload, sizeof(payload), "/many/%d/%d", i / 500, i);
		ck_assert_int_eq(WRITE(&root, 0, payload, ""), 0);
	}
	ck_assert_int_eq(CALL(&root, XS_MKDIR, 0, "/zz"), 0);
	ck_assert_int_eq(CALL(&root, XS_SET_PERMS, 0, "/zz\0n6"), 0);

	ck_assert_int_eq(CALL(&root, XS_RELEASE, 0, "6"), 0);
	ck_assert_ptr_nonnull(server.forgets);
	ck_assert_int_eq(INTRODUCE(&root, 6, 1000, 7), 0);
	ck_assert_ptr_null(server.forgets);
	ck_assert_str_eq(perms_text("/zz"), "n0");
}
END_TEST

/* Domain 0's connections are in a queue of their own. */
START_TEST(queues)
{
	conn_wake(&a.conn);
	conn_wake(&root.conn);
	ck_assert_ptr_eq(conn_next(&server.privileged), &root.conn);
	ck_assert_ptr_null(conn_next(&server.privileged));
	ck_assert_ptr_eq(conn_next(&server.guests), &a.conn);
	ck_assert_uint_eq(server.guests.count, 0);
}
END_TEST

START_TEST(quotas_by_option)
{
	ck_assert_int_eq(quota_set("watches=2"), 0);
	ck_assert_int_eq(CALL(&a, XS_WATCH, 0, "1\0t"), 0);
	ck_assert_int_eq(CALL(&a, XS_WATCH, 0, "2\0t"), 0);
	ck_assert_int_eq(CALL(&a, XS_WATCH, 0, "3\0t"), -ENOSPC);
	ck_assert_int_eq(CALL(&root, XS_CONTROL, 0, "quota"), 0);
	ck_assert_ptr_nonnull(strstr(answer.payload, "watches 2\n"));
	ck_assert_int_eq(quota_set("watches=128"), 0);

	ck_assert_int_eq(quota_set("wishes=1"), -ENOENT);
	ck_assert_int_eq(quota_set("watches"), -EINVAL);
	ck_assert_int_eq(quota_set("watches=0"), -EINVAL);
	ck_assert_int_eq(quota_set("watches=-1"), -EINVAL);
	ck_assert_int_eq(quota_set("watches=1x"), -EINVAL);
	ck_assert_int_eq(quota_set("watches=99999999999"), -EINVAL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store, hostile");
	TCase *tcase = tcase_create("hostile");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, depth);
	tcase_add_test(tcase, deep_lookup);
	tcase_add_test(tcase, watchers_that_never_read);
	tcase_add_test(tcase, news_in_slices);
	tcase_add_test(tcase, news_of_the_gone);
	tcase_add_test(tcase, very_many_watches);
	tcase_add_test(tcase, log_flood);
	tcase_add_test(tcase, remove_what_others_made);
	tcase_add_test(tcase, rounds);
	tcase_add_test(tcase, death_in_slices);
	tcase_add_test(tcase, death_and_successor);
	tcase_add_test(tcase, queues);
	tcase_add_test(tcase, quotas_by_option);
	tcase_set_timeout(tcase, 120);
	suite_add_tcase(suite, tcase);
	return suites_run(suite);
}
