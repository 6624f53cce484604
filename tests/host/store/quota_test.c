/* SPDX-License-Identifier: MIT */
/*
 * Quotas: what one domain may hold, and that it says so in the log when it meets one.
 */
#include "world.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <xenstore-like/daemon/limits.h>
#include <xenstore-like/txn/quota.h>

static struct peer a, b;

static void setup(void)
{
	world_up();
	server.seconds = clock_read;

	peer_init(&a, &server, 5);
	peer_init(&b, &server, 6);

	homes_make(&root);
}

static void teardown(void)
{
	accounts_are_right(&root);

	conn_end(&a.conn);
	conn_end(&b.conn);
	world_down();
}

START_TEST(quota_nodes)
{
	char payload[64];
	int rc = 0, made = 0;

	while (!rc && made < 2000) {
		int n = snprintf(payload, sizeof(payload), "n%d", made) + 1;

		rc = peer_call(&a, &answer, XS_MKDIR, 0, payload, n);
		made += !rc;
	}

	ck_assert_int_eq(rc, -ENOSPC);

	/* The home itself counts. */
	ck_assert_int_eq(made, QUOTA_NODES_MAX - 1);

	ck_assert_ptr_nonnull(strstr(logged, "d5 met its quota of nodes"));
	ck_assert_int_eq(CALL(&b, XS_MKDIR, 0, "x"), 0);

	ck_assert_int_eq(CALL(&a, XS_RM, 0, "n1"), 0);
	ck_assert_int_eq(CALL(&a, XS_MKDIR, 0, "x"), 0);
	ck_assert_int_eq(CALL(&a, XS_MKDIR, 0, "y"), -ENOSPC);
	ck_assert_int_eq(CALL(&root, XS_MKDIR, 0, "/local/domain/5/y"), 0);
}
END_TEST

START_TEST(quota_nodes_in_txn)
{
	uint32_t t = peer_begin(&a);
	char payload[64];
	int rc = 0, made = 0;

	while (!rc && made < 2000) {
		int n = snprintf(payload, sizeof(payload), "n%d", made) + 1;

		rc = peer_call(&a, &answer, XS_MKDIR, t, payload, n);
		made += !rc;
	}

	ck_assert_int_eq(rc, -ENOSPC);
	ck_assert_int_lt(made, QUOTA_NODES_MAX);

	ck_assert_int_eq(CALL(&a, XS_TRANSACTION_END, t, "F"), 0);
	ck_assert_uint_eq(server.db.owned[5], 1);
}
END_TEST

static void make_many(struct peer *peer, uint32_t tx, char prefix, int count)
{
	char payload[64];

	for (int i = 0; i < count; i++) {
		int n = snprintf(payload, sizeof(payload), "%c%d", prefix, i) + 1;

		ck_assert_int_eq(peer_call(peer, &answer, XS_MKDIR, tx, payload, n), 0);
	}
}

/* Each has room when it makes its nodes; both together have not. */
START_TEST(quota_nodes_at_commit)
{
	const int count = QUOTA_NODES_MAX * 3 / 5 - 100;
	uint32_t t1 = peer_begin(&a), t2 = peer_begin(&a);

	make_many(&a, 0, 'x', 100);
	make_many(&a, t1, 'y', count);
	make_many(&a, t2, 'z', count);
	ck_assert_int_eq(peer_end(&a, t1), 0);
	ck_assert_int_eq(peer_end(&a, t2), -ENOSPC);
	ck_assert_uint_eq(server.db.owned[5], 1 + 100 + count);
}
END_TEST

START_TEST(quota_operations)
{
	uint32_t t = peer_begin(&a);
	char payload[64];
	int rc = -ENOENT, seen = 0;

	/* Each look at a node that is not there is recorded. */
	while (rc == -ENOENT && seen < 2 * QUOTA_TXN_OPS_MAX) {
		int n = snprintf(payload, sizeof(payload), "n%d", seen) + 1;

		rc = peer_call(&a, &answer, XS_READ, t, payload, n);
		seen++;
	}
	ck_assert_int_eq(rc, -ENOSPC);
	ck_assert_int_le(seen, QUOTA_TXN_OPS_MAX + 1);
	ck_assert_ptr_nonnull(strstr(logged, "operations in a transaction"));
	ck_assert_int_eq(CALL(&a, XS_TRANSACTION_END, t, "F"), 0);
}
END_TEST

START_TEST(quota_others)
{
	static char big[QUOTA_ENTRY_MAX + 3] = "x";
	uint32_t t[QUOTA_TXNS_MAX];
	char payload[64];

	ck_assert_int_eq(peer_call(&a, &answer, XS_WRITE, 0, big, QUOTA_ENTRY_MAX + 2), 0);
	ck_assert_int_eq(peer_call(&a, &answer, XS_WRITE, 0, big, QUOTA_ENTRY_MAX + 3), -ENOSPC);
	ck_assert_ptr_nonnull(strstr(logged, "entry size"));

	for (int i = 0; i < QUOTA_TXNS_MAX; i++)
		t[i] = peer_begin(&a);
	ck_assert_int_eq(CALL(&a, XS_TRANSACTION_START, 0, ""), -ENOSPC);
	for (int i = 0; i < QUOTA_TXNS_MAX; i++)
		ck_assert_int_eq(peer_end(&a, t[i]), 0);

	for (int i = 0; i < QUOTA_WATCHES_MAX; i++) {
		int n = snprintf(payload, sizeof(payload), "w%d", i);

		memcpy(payload + n, "\0t", 3);
		ck_assert_int_eq(peer_call(&a, &answer, XS_WATCH, 0, payload, n + 3), 0);
	}

	ck_assert_int_eq(CALL(&a, XS_WATCH, 0, "more\0t"), -ENOSPC);
	ck_assert_int_eq(CALL(&a, XS_RESET_WATCHES, 0, ""), 0);
	ck_assert_int_eq(CALL(&a, XS_WATCH, 0, "more\0t"), 0);

	ck_assert_int_eq(CALL(&a, XS_SET_PERMS, 0, "x\0n5\0r1\0r2\0r3\0r4\0r7"), -ENOSPC);
	ck_assert_int_eq(CALL(&a, XS_SET_PERMS, 0, "x\0n5\0r1\0r2\0r3\0r4"), 0);
}
END_TEST

START_TEST(txn_ages)
{
	uint32_t t = peer_begin(&a), privileged = peer_begin(&root);

	ck_assert_int_eq(WRITE(&a, t, "x", "1"), 0);
	ck_assert_int_eq(WRITE(&root, privileged, "/x", "1"), 0);

	clock_now += TXN_AGE_MAX_SECONDS;
	conn_age(&a.conn);
	conn_age(&root.conn);

	/* It goes on, but in vain. */
	ck_assert_int_eq(WRITE(&a, t, "y", "1"), 0);
	ck_assert_int_eq(CALL(&a, XS_READ, t, "y"), 0);

	ck_assert_int_eq(peer_end(&a, t), -EAGAIN);
	ck_assert_int_eq(CALL(&a, XS_READ, 0, "y"), -ENOENT);

	/* Domain 0 may take its time. */
	ck_assert_int_eq(peer_end(&root, privileged), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store quotas");
	TCase *tcase = tcase_create("quotas");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, quota_nodes);
	tcase_add_test(tcase, quota_nodes_in_txn);
	tcase_add_test(tcase, quota_nodes_at_commit);
	tcase_add_test(tcase, quota_operations);
	tcase_add_test(tcase, quota_others);
	tcase_add_test(tcase, txn_ages);
	suite_add_tcase(suite, tcase);
	return suites_run(suite);
}
