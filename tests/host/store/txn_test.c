/* SPDX-License-Identifier: MIT */
/*
 * Operations through a connection: permissions, transactions with and without conflict.
 */
#include "world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore-like/txn/forget.h>

static struct peer a, b;

static void setup(void)
{
	world_up();
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

START_TEST(read_and_write)
{
	ck_assert_int_eq(CALL_VALUE(&root, XS_WRITE, 0, "/x/y\0va\0lue"), 0);
	ck_assert_str_eq(answer.payload, "OK");

	ck_assert_int_eq(CALL(&root, XS_READ, 0, "/x/y"), 0);
	ck_assert_uint_eq(answer.hdr.len, 6);
	ck_assert_mem_eq(answer.payload, "va\0lue", 6);

	ck_assert_int_eq(CALL(&root, XS_READ, 0, "/x"), 0);
	ck_assert_uint_eq(answer.hdr.len, 0);

	ck_assert_int_eq(CALL(&root, XS_DIRECTORY, 0, "/x"), 0);
	ck_assert_str_eq(answer.payload, "y");

	ck_assert_int_eq(CALL(&root, XS_READ, 0, "/nope"), -ENOENT);
	ck_assert_int_eq(CALL_VALUE(&root, XS_READ, 0, "/x"), -EINVAL);
	ck_assert_int_eq(CALL(&root, XS_READ, 0, "/x\0/y"), -EINVAL);

	ck_assert_int_eq(CALL(&root, XS_RM, 0, "/x"), 0);
	ck_assert_int_eq(CALL(&root, XS_RM, 0, "/x"), 0);
	ck_assert_int_eq(CALL(&root, XS_RM, 0, "/x/y"), -ENOENT);
	ck_assert_int_eq(CALL(&root, XS_RM, 0, "/"), -EINVAL);

	ck_assert_int_eq(CALL(&root, XS_READ, 0, "@releaseDomain"), -EINVAL);

	ck_assert_int_eq(peer_call(&root, &answer, 99, 0, "", 1), -ENOSYS);
	ck_assert_int_eq(peer_call(&root, &answer, 20, 0, "", 1), -ENOSYS);
}
END_TEST

START_TEST(permissions)
{
	ck_assert_int_eq(WRITE(&a, 0, "mine", "1"), 0);
	ck_assert_int_eq(CALL(&root, XS_GET_PERMS, 0, "/local/domain/5/mine"), 0);
	ck_assert_str_eq(answer.payload, "n5");

	/* The other guest may neither read, nor write, nor find out what is there. */
	ck_assert_int_eq(CALL(&b, XS_READ, 0, "/local/domain/5/mine"), -EACCES);
	ck_assert_int_eq(CALL(&b, XS_READ, 0, "/local/domain/5/nope"), -EACCES);
	ck_assert_int_eq(WRITE(&b, 0, "/local/domain/5/mine", "2"), -EACCES);
	ck_assert_int_eq(WRITE(&b, 0, "/local/domain/5/new", "2"), -EACCES);
	ck_assert_int_eq(CALL(&b, XS_RM, 0, "/local/domain/5/mine"), -EACCES);
	ck_assert_int_eq(CALL(&b, XS_DIRECTORY, 0, "/local/domain/5"), -EACCES);
	ck_assert_int_eq(CALL(&b, XS_GET_PERMS, 0, "/local/domain/5/mine"), -EACCES);
	ck_assert_int_eq(CALL(&b, XS_SET_PERMS, 0, "/local/domain/5/mine\0b6"), -EACCES);
	ck_assert_int_eq(CALL(&a, XS_MKDIR, 0, "/tool/x"), -EACCES);

	/* Then it is let in. */
	ck_assert_int_eq(CALL(&a, XS_SET_PERMS, 0, "mine\0n5\0r6"), 0);
	ck_assert_int_eq(CALL(&b, XS_READ, 0, "/local/domain/5/mine"), 0);
	ck_assert_int_eq(WRITE(&b, 0, "/local/domain/5/mine", "2"), -EACCES);
	ck_assert_int_eq(CALL(&a, XS_SET_PERMS, 0, "mine\0n5\0w6"), 0);
	ck_assert_int_eq(CALL(&b, XS_READ, 0, "/local/domain/5/mine"), -EACCES);
	ck_assert_int_eq(WRITE(&b, 0, "/local/domain/5/mine", "2"), 0);

	/* What it makes there is its own. */
	ck_assert_int_eq(WRITE(&b, 0, "/local/domain/5/mine/b", "2"), 0);
	ck_assert_int_eq(CALL(&root, XS_GET_PERMS, 0, "/local/domain/5/mine/b"), 0);
	ck_assert_mem_eq(answer.payload, "n6\0w6", 6);

	/* An owner cannot give a node away, domain 0 can. */
	ck_assert_int_eq(CALL(&a, XS_SET_PERMS, 0, "mine\0n6"), -EPERM);
	ck_assert_int_eq(CALL(&root, XS_SET_PERMS, 0, "/local/domain/5/mine\0n6"), 0);

	ck_assert_int_eq(CALL(&a, XS_SET_PERMS, 0, "@releaseDomain\0n0\0r5"), -EACCES);
	ck_assert_int_eq(CALL(&a, XS_GET_PERMS, 0, "@releaseDomain"), -EACCES);
	ck_assert_int_eq(CALL(&root, XS_SET_PERMS, 0, "@releaseDomain\0n0\0r5"), 0);
	ck_assert_int_eq(CALL(&a, XS_GET_PERMS, 0, "@releaseDomain"), 0);
}
END_TEST

START_TEST(permissions_need_the_owner)
{
	ck_assert_int_eq(WRITE(&a, 0, "mine", "1"), 0);
	ck_assert_int_eq(CALL(&a, XS_SET_PERMS, 0, "mine\0n5\0b6"), 0);

	/* Who may write the node still may not say who else may. */
	ck_assert_int_eq(WRITE(&b, 0, "/local/domain/5/mine", "2"), 0);
	ck_assert_int_eq(CALL(&b, XS_SET_PERMS, 0, "/local/domain/5/mine\0b5"), -EACCES);
}
END_TEST

START_TEST(privileged_operations)
{
	ck_assert_int_eq(INTRODUCE(&a, 7, 1, 1), -EACCES);
	ck_assert_int_eq(CALL(&a, XS_RELEASE, 0, "6"), -EACCES);
	ck_assert_int_eq(CALL(&a, XS_RESUME, 0, "6"), -EACCES);
	ck_assert_int_eq(CALL(&a, XS_SET_TARGET, 0, "5\0006"), -EACCES);
	ck_assert_int_eq(CALL(&a, XS_CONTROL, 0, "help"), -EACCES);
}
END_TEST

START_TEST(txn_isolation)
{
	uint32_t t = peer_begin(&root);

	ck_assert_int_eq(WRITE(&root, t, "/x", "in"), 0);
	ck_assert_int_eq(CALL(&root, XS_READ, t, "/x"), 0);
	ck_assert_str_eq(answer.payload, "in");

	ck_assert_int_eq(CALL(&root, XS_READ, 0, "/x"), -ENOENT);

	ck_assert_int_eq(CALL(&root, XS_TRANSACTION_START, t, ""), -EBUSY);
	ck_assert_int_eq(CALL(&root, XS_READ, t + 1, "/x"), -ENOENT);
	ck_assert_int_eq(CALL(&root, XS_TRANSACTION_END, t, "X"), -EINVAL);

	ck_assert_int_eq(peer_end(&root, t), 0);
	ck_assert_int_eq(CALL(&root, XS_READ, 0, "/x"), 0);
	ck_assert_int_eq(peer_end(&root, t), -ENOENT);

	t = peer_begin(&root);
	ck_assert_int_eq(WRITE(&root, t, "/x", "gone"), 0);
	ck_assert_int_eq(CALL(&root, XS_TRANSACTION_END, t, "F"), 0);
	ck_assert_int_eq(CALL(&root, XS_READ, 0, "/x"), 0);
	ck_assert_str_eq(answer.payload, "in");

	ck_assert_int_eq(CALL(&root, XS_TRANSACTION_END, 0, "T"), -ENOENT);
}
END_TEST

/* Two transactions side by side; the first to end always wins, the second as the table says. */
struct pair {
	uint32_t type1;
	const char *payload1;
	uint32_t type2;
	const char *payload2;
	int second;
};

#define W(path) XS_WRITE, path "\0v"
#define R(path) XS_READ, path
#define L(path) XS_DIRECTORY, path
#define D(path) XS_RM, path
#define M(path) XS_MKDIR, path
#define P(path) XS_SET_PERMS, path "\0n0"

static const struct pair pairs[] = {
	/* Different nodes, also new ones of the same parent, never conflict. */
	{ W("/p/a"), W("/p/b"), 0 },
	{ W("/p/new1"), W("/p/new2"), 0 },
	{ W("/p/new1"), R("/p/a"), 0 },
	{ W("/p/new1"), R("/p"), 0 },
	{ W("/p/a"), L("/p"), 0 },
	{ W("/p/a/deep/x"), R("/p/a"), 0 },
	{ D("/p/a"), R("/p/b"), 0 },
	{ P("/p/a"), R("/p/a"), 0 },
	{ W("/p/a"), P("/p/a"), 0 },
	/* Writing blind: the later one stands. */
	{ W("/p/a"), W("/p/a"), 0 },
	{ D("/p/a/kid"), D("/p/a"), 0 },
	{ W("/p/a/more"), D("/p/a"), 0 },
	/* Where one has read what the other changed, the other wins. */
	{ W("/p/a"), R("/p/a"), -EAGAIN },
	{ D("/p/a"), R("/p/a"), -EAGAIN },
	{ D("/p"), R("/p/a"), -EAGAIN },
	{ W("/p/new1"), L("/p"), -EAGAIN },
	{ D("/p/a"), L("/p"), -EAGAIN },
	{ W("/p/new1"), R("/p/new1"), -EAGAIN },
	{ W("/p/new1"), W("/p/new1"), -EAGAIN },
	{ M("/p/new1"), W("/p/new1/x"), -EAGAIN },
	{ W("/p/new1/x"), W("/p/new1/y"), -EAGAIN },
	{ D("/p/a"), W("/p/a"), -EAGAIN },
	{ D("/p/a"), W("/p/a/new"), -EAGAIN },
	{ P("/p"), W("/p/new1"), -EAGAIN },
	{ P("/p/a"), P("/p/a"), -EAGAIN },
};

static size_t payload_len(uint32_t type, const char *payload)
{
	size_t len = strlen(payload) + 1;

	if (type == XS_WRITE)
		return len + 1;
	return type == XS_SET_PERMS ? len + 3 : len;
}

START_TEST(txn_pairs)
{
	const struct pair *p = &pairs[_i];
	struct peer other;
	uint32_t t1, t2;
	int rc;

	peer_init(&other, &server, 0);
	WRITE(&root, 0, "/p/a", "old");
	WRITE(&root, 0, "/p/a/kid", "old");
	WRITE(&root, 0, "/p/b", "old");

	t1 = peer_begin(&root);
	t2 = peer_begin(&other);

	peer_call(&root, &answer, p->type1, t1, p->payload1, payload_len(p->type1, p->payload1));
	peer_call(&other, &answer, p->type2, t2, p->payload2, payload_len(p->type2, p->payload2));
	WRITE(&other, t2, "/result", "yes");

	ck_assert_int_eq(peer_end(&root, t1), 0);
	rc = peer_end(&other, t2);
	ck_assert_msg(rc == p->second, "%s and then %s: %d", p->payload1, p->payload2, rc);

	/* All or nothing. */
	ck_assert_int_eq(CALL(&root, XS_READ, 0, "/result"), rc ? -ENOENT : 0);
	conn_end(&other.conn);
}
END_TEST

START_TEST(txn_against_plain)
{
	uint32_t t = peer_begin(&root);

	CALL(&root, XS_READ, t, "/x");
	WRITE(&root, 0, "/y", "1");
	ck_assert_int_eq(peer_end(&root, t), 0);
	t = peer_begin(&root);
	CALL(&root, XS_READ, t, "/y");
	WRITE(&root, 0, "/y", "2");
	ck_assert_int_eq(peer_end(&root, t), -EAGAIN);
}
END_TEST

/* What a guest was let see is not to be relied on once it is not let see it any more. */
START_TEST(txn_rests_on_permissions)
{
	uint32_t t;

	WRITE(&root, 0, "/shown", "1");
	CALL(&root, XS_SET_PERMS, 0, "/shown\0n0\0r5");

	t = peer_begin(&a);
	ck_assert_int_eq(CALL(&a, XS_READ, t, "/shown"), 0);
	CALL(&root, XS_SET_PERMS, 0, "/shown\0n0");
	ck_assert_int_eq(peer_end(&a, t), -EAGAIN);
}
END_TEST

/* Remove, make again, change permissions: all made again on a tree that moved on. */
START_TEST(txn_replay)
{
	uint32_t t;

	WRITE(&root, 0, "/p/a/kid", "old");

	t = peer_begin(&root);
	ck_assert_int_eq(CALL(&root, XS_RM, t, "/p/a"), 0);
	ck_assert_int_eq(CALL(&root, XS_READ, t, "/p/a/kid"), -ENOENT);

	ck_assert_int_eq(WRITE(&root, t, "/p/a/x/y", "new"), 0);
	ck_assert_int_eq(CALL(&root, XS_SET_PERMS, t, "/p/a/x\0n5"), 0);

	WRITE(&root, 0, "/elsewhere", "1");
	ck_assert_int_eq(peer_end(&root, t), 0);

	ck_assert_int_eq(CALL(&root, XS_READ, 0, "/p/a/kid"), -ENOENT);
	ck_assert_int_eq(CALL(&root, XS_READ, 0, "/p/a/x/y"), 0);
	ck_assert_str_eq(answer.payload, "new");
	ck_assert_int_eq(CALL(&root, XS_READ, 0, "/elsewhere"), 0);
	ck_assert_uint_eq(server.db.owned[5], 2);
}
END_TEST

static int forget_now(uint32_t domid)
{
	struct forget f;

	forget_begin(&f, &server.db, domid);
	return forget_all(&f, &server.db);
}

START_TEST(forget_domain)
{
	WRITE(&a, 0, "mine/deep", "1");
	CALL(&a, XS_SET_PERMS, 0, "mine\0n5\0r6");
	CALL(&root, XS_SET_PERMS, 0, "/local/domain/6\0n6\0b5\0r7");
	CALL(&root, XS_SET_PERMS, 0, "@releaseDomain\0n0\0r5");

	ck_assert_int_eq(forget_now(5), 0);
	ck_assert_int_eq(CALL(&a, XS_GET_PERMS, 0, "@releaseDomain"), -EACCES);
	ck_assert_uint_eq(server.db.owned[5], 0);

	/* A new domain 5 inherits nothing, the nodes are there still. */
	ck_assert_int_eq(CALL(&a, XS_READ, 0, "mine/deep"), -EACCES);
	ck_assert_int_eq(CALL(&a, XS_READ, 0, "/local/domain/6"), -EACCES);
	ck_assert_int_eq(CALL(&root, XS_READ, 0, "/local/domain/5/mine/deep"), 0);
	ck_assert_int_eq(CALL(&b, XS_READ, 0, "/local/domain/5/mine"), 0);
	ck_assert_int_eq(CALL(&root, XS_GET_PERMS, 0, "/local/domain/6"), 0);
	ck_assert_mem_eq(answer.payload, "n6\0r7", 6);
}
END_TEST

/* A transaction holds the old version, so forgetting has to copy what it changes. */
START_TEST(forget_domain_beside_txn)
{
	uint32_t t;

	WRITE(&a, 0, "mine/deep/1", "1");
	WRITE(&a, 0, "mine/deep/2", "1");
	WRITE(&root, 0, "/z", "1");
	CALL(&root, XS_SET_PERMS, 0, "/z\0n0\0r5");

	t = peer_begin(&root);
	ck_assert_int_eq(forget_now(5), 0);
	ck_assert_uint_eq(server.db.owned[5], 0);

	ck_assert_int_eq(CALL(&root, XS_GET_PERMS, 0, "/local/domain/5/mine/deep/1"), 0);
	ck_assert_str_eq(answer.payload, "n0");
	ck_assert_int_eq(CALL(&root, XS_GET_PERMS, 0, "/local/domain/5/mine/deep/2"), 0);
	ck_assert_str_eq(answer.payload, "n0");
	ck_assert_int_eq(CALL(&root, XS_GET_PERMS, 0, "/z"), 0);
	ck_assert_uint_eq(answer.hdr.len, sizeof("n0"));

	/* What it sees is as it was, and so it cannot be committed. */
	ck_assert_int_eq(CALL(&root, XS_GET_PERMS, t, "/z"), 0);
	ck_assert_mem_eq(answer.payload, "n0\0r5", 6);
	ck_assert_int_eq(peer_end(&root, t), -EAGAIN);
}
END_TEST

START_TEST(directory_part)
{
	char payload[64], gen[24];
	unsigned int names = 0, offset = 0, parts = 0;
	bool all = false;

	for (int i = 0; i < 500; i++) {
		int n = snprintf(payload, sizeof(payload), "/d/a_name_of_some_length_%d", i) + 1;

		ck_assert_int_eq(peer_call(&root, &answer, XS_MKDIR, 0, payload, n), 0);
	}

	ck_assert_int_eq(CALL(&root, XS_DIRECTORY, 0, "/d"), -E2BIG);

	while (!all) {
		int n = snprintf(payload, sizeof(payload), "/d%c%u", 0, offset) + 1;
		size_t at;

		ck_assert_int_eq(peer_call(&root, &answer, XS_DIRECTORY_PART, 0, payload, n), 0);
		if (parts++)
			ck_assert_str_eq(answer.payload, gen);

		strcpy(gen, answer.payload);
		at = strlen(gen) + 1;
		while (at < answer.hdr.len) {
			size_t len = strlen(answer.payload + at) + 1;

			all = len == 1;
			names += !all;
			offset += all ? 0 : len;
			at += len;
		}
	}

	ck_assert_uint_eq(names, 500);
	ck_assert_uint_gt(parts, 2);
	ck_assert_int_eq(CALL(&root, XS_DIRECTORY_PART, 0, "/d\0x"), -EINVAL);
	ck_assert_int_eq(CALL(&root, XS_DIRECTORY_PART, 0, "/d\0004000000000"), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store transactions");
	TCase *tcase = tcase_create("transactions");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, read_and_write);
	tcase_add_test(tcase, permissions);
	tcase_add_test(tcase, permissions_need_the_owner);
	tcase_add_test(tcase, privileged_operations);
	tcase_add_test(tcase, txn_isolation);
	tcase_add_loop_test(tcase, txn_pairs, 0, sizeof(pairs) / sizeof(pairs[0]));
	tcase_add_test(tcase, txn_against_plain);
	tcase_add_test(tcase, txn_rests_on_permissions);
	tcase_add_test(tcase, txn_replay);
	tcase_add_test(tcase, forget_domain);
	tcase_add_test(tcase, forget_domain_beside_txn);
	tcase_add_test(tcase, directory_part);
	suite_add_tcase(suite, tcase);
	return suites_run(suite);
}
