/* SPDX-License-Identifier: MIT */
/*
 * Guests that do their worst by transactions, within their quotas: what it costs the daemon is
 * counted in steps of work and bytes of memory, so that the verdict is the same on every machine.
 */
#include "world.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <xenstore-like/daemon/limits.h>
#include <xenstore-like/tree/work.h>
#include <xenstore-like/txn/quota.h>
#include "fake_floor.h"

/* Memory that a guest makes the daemon hold: its quota, and the events that wait for it. */
#define HELD_MAX (QUOTA_BYTES_MAX + EVENTS_BYTES_MAX + 8192)

static struct peer a;
static char payload[XENSTORE_PAYLOAD_MAX];

static void setup(void)
{
	world_up();
	server.seconds = clock_read;

	peer_init(&a, &server, 5);
	homes_make(&root);
}

static void teardown(void)
{
	accounts_are_right(&root);

	conn_end(&a.conn);
	world_down();
}

/* What the guest is charged with now. */
static size_t held(const struct peer *peer)
{
	const struct conn *conn = &peer->conn;

	return server.db.bytes[conn->watcher.who.domid] + conn_bytes(conn) +
	       conn->watcher.event_bytes;
}

/* One deep node, written again and again in one transaction. */
START_TEST(deep_commit)
{
	size_t len = deep_path(payload, QUOTA_DEPTH_MAX - 3);
	uint32_t tx;
	uint64_t before;
	int rc = 0;

	ck_assert_int_eq(peer_call(&a, &answer, XS_MKDIR, 0, payload, len), 0);
	ck_assert_int_eq(CALL(&root, XS_WATCH, 0, "/local\0t"), 0);
	while (peer_event(&root))
		;

	tx = peer_begin(&a);
	for (int i = 0; i < 1020 && !rc; i++)
		rc = peer_call(&a, &answer, XS_WRITE, tx, payload, len + 8);

	before = work_done;
	ck_assert_int_eq(peer_end(&a, tx), 0);
	peer_serve(&a);
	ck_assert_uint_lt(work_done - before, WORK_REQUEST_MAX);

	/* And all of it is one event. */
	ck_assert_ptr_nonnull(peer_event(&root));
	ck_assert_ptr_null(peer_event(&root));
}
END_TEST

/* Ten transactions, full of long values: their memory is charged to who began them. */
START_TEST(txn_memory)
{
	uint32_t tx[QUOTA_TXNS_MAX];
	int refused = 0;

	for (int i = 0; i < QUOTA_TXNS_MAX; i++)
		tx[i] = peer_begin(&a);

	for (int i = 0; i < QUOTA_TXNS_MAX; i++) {
		for (int j = 0; j < 512; j++) {
			int n = snprintf(payload, sizeof(payload), "n%d", j) + 1;
			int rc = peer_call(&a, &answer, XS_WRITE, tx[i], payload, n + 2048);

			refused += rc == -ENOSPC;
			ck_assert(rc == 0 || rc == -ENOSPC);
			ck_assert_uint_le(held(&a), HELD_MAX);
		}
	}

	ck_assert_int_gt(refused, 0);
	ck_assert_ptr_nonnull(strstr(logged, "d5 met its quota of bytes of memory"));
	for (int i = 0; i < QUOTA_TXNS_MAX; i++)
		ck_assert_int_eq(CALL(&a, XS_TRANSACTION_END, tx[i], "F"), 0);
	ck_assert_uint_lt(held(&a), 4096);
}
END_TEST

static void rewrite_all(int nodes)
{
	for (int i = 0; i < nodes; i++) {
		int n = snprintf(payload, sizeof(payload), "n%d", i) + 1;

		ck_assert_int_eq(peer_call(&a, &answer, XS_WRITE, 0, payload, n + 2048), 0);
	}
}

static unsigned int doomed_count(const struct conn *conn)
{
	unsigned int count = 0;

	for (const struct txn *txn = conn->txns; txn; txn = txn->next)
		count += txn->doomed;
	return count;
}

/* Each transaction keeps the version that it began with: who changes all in between gives them
 * up. */
START_TEST(txn_versions)
{
	for (int i = 0; i < QUOTA_TXNS_MAX; i++) {
		peer_begin(&a);
		rewrite_all(500);
		ck_assert_uint_le(a.conn.displaced, QUOTA_BYTES_MAX);
	}

	ck_assert_uint_ge(doomed_count(&a.conn), QUOTA_TXNS_MAX - 3);
	ck_assert_ptr_nonnull(strstr(logged, "keeps too much"));
}
END_TEST

/* The same by two: the one that keeps versions is not the one that makes them. */
START_TEST(txn_versions_of_others)
{
	uint32_t type;

	ck_assert_int_eq(INTRODUCE(&root, 6, 1000, 7), 0);
	guest_send(6, XS_TRANSACTION_START, "", 1);
	domain_serve(domain_find(&server, 6));
	ck_assert_ptr_nonnull(guest_take(6, &type));

	for (int i = 0; i < 80; i++) {
		rewrite_all(500);
		domains_age(&server);
	}
	ck_assert_uint_eq(doomed_count(&domain_find(&server, 6)->conn), 1);
}
END_TEST

/* A transaction's age is looked at however busy the daemon is. */
START_TEST(txn_age_when_busy)
{
	ck_assert_int_eq(INTRODUCE(&root, 6, 1000, 7), 0);
	guest_send(6, XS_TRANSACTION_START, "", 1);
	domain_serve(domain_find(&server, 6));

	clock_now += TXN_AGE_MAX_SECONDS - 1;
	domains_age(&server);
	ck_assert_uint_eq(doomed_count(&domain_find(&server, 6)->conn), 0);
	clock_now++;
	domains_age(&server);
	ck_assert_uint_eq(doomed_count(&domain_find(&server, 6)->conn), 1);
}
END_TEST

START_TEST(reset_ends_transactions)
{
	uint32_t tx = peer_begin(&a);

	ck_assert_int_eq(WRITE(&a, tx, "x", "1"), 0);
	ck_assert_int_eq(CALL(&a, XS_RESET_WATCHES, 0, ""), 0);
	ck_assert_uint_eq(a.conn.txn_count, 0);
	ck_assert_uint_eq(server.guest_txns, 0);
	ck_assert_int_eq(peer_end(&a, tx), -ENOENT);

	/* Also when it is asked for inside one of them. */
	tx = peer_begin(&a);
	ck_assert_int_eq(CALL(&a, XS_RESET_WATCHES, tx, ""), 0);
	ck_assert_uint_eq(a.conn.txn_count, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store, hostile transactions");
	TCase *tcase = tcase_create("hostile");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, deep_commit);
	tcase_add_test(tcase, txn_memory);
	tcase_add_test(tcase, txn_versions);
	tcase_add_test(tcase, txn_versions_of_others);
	tcase_add_test(tcase, txn_age_when_busy);
	tcase_add_test(tcase, reset_ends_transactions);
	tcase_set_timeout(tcase, 120);
	suite_add_tcase(suite, tcase);
	return suites_run(suite);
}
