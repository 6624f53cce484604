/* SPDX-License-Identifier: MIT */
/*
 * The state file: a daemon that goes on where another ended, and files that are broken or lie.
 */
#include "peer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xenstore-like/daemon/state.h>
#include "fake_floor.h"

static struct server server;
static struct peer root;
static struct answer answer;
static char state_path[64];

static void setup(void)
{
	log_catch();
	fake_reset();
	ck_assert_int_eq(server_init(&server, &fake_floor), 0);
	peer_init(&root, &server, 0);
	snprintf(state_path, sizeof(state_path), "/tmp/store-state-%d", getpid());
}

static void teardown(void)
{
	conn_end(&root.conn);
	domain_drop_all(&server);
	server_free(&server);
	fake_is_let_go();
	unlink(state_path);
}

static void introduce(uint32_t domid, uint64_t mfn, uint32_t port)
{
	ck_assert_int_eq(INTRODUCE(&root, domid, mfn, port), 0);
}

static void serve_domain(uint32_t domid)
{
	struct conn *conn;

	if (domain_find(&server, domid))
		conn_wake(&domain_find(&server, domid)->conn);
	while ((conn = conn_next(&server.guests)))
		if (conn_domain(conn))
			domain_serve(conn_domain(conn));
}

/* The daemon ends and another goes on: nobody in a domain notices. */
static void restart(int expect)
{
	conn_end(&root.conn);
	domain_drop_all(&server);
	server_free(&server);
	ck_assert_int_eq(server_init(&server, &fake_floor), 0);
	ck_assert_int_eq(state_load(&server, state_path), expect);
	peer_init(&root, &server, 0);
}

START_TEST(state_kept)
{
	uint32_t type;
	struct domain *d;

	introduce(5, 1000, 7);
	introduce(6, 1000, 7);

	CALL_VALUE(&root, XS_WRITE, 0, "/local/domain/5/data/x\0\1\0\2");
	CALL(&root, XS_SET_PERMS, 0, "/local/domain/5/data\0n5\0r6");
	CALL(&root, XS_SET_PERMS, 0, "@releaseDomain\0n0\0r5");

	guest_send(5, XS_WATCH, "data\0t", 7);
	guest_send(5, XS_TRANSACTION_START, "", 1);
	serve_domain(5);

	while (guest_take(5, &type))
		;

	/* Half a request is in, when the daemon ends. */
	guest_send(5, XS_GET_DOMAIN_PATH, "5", 2);
	fake[5].page.req_prod -= 1;
	serve_domain(5);

	ck_assert_uint_eq(domain_find(&server, 5)->conn.in.have, 17);
	ck_assert_int_eq(state_save(&server, state_path), 0);

	restart(0);
	d = domain_find(&server, 5);
	ck_assert_ptr_nonnull(d);

	fake[5].page.req_prod += 1;
	serve_domain(5);
	ck_assert_str_eq(guest_take(5, &type), "/local/domain/5");

	/* The watch looks once more; then as ever. */
	ck_assert_str_eq(guest_take(5, &type), "data");
	ck_assert_uint_eq(type, XS_WATCH_EVENT);

	WRITE(&root, 0, "/local/domain/5/data/x", "2");
	serve_domain(5);
	ck_assert_str_eq(guest_take(5, &type), "data/x");

	CALL(&root, XS_GET_PERMS, 0, "/local/domain/5/data");
	ck_assert_mem_eq(answer.payload, "n5\0r6", 6);
	CALL(&root, XS_GET_PERMS, 0, "@releaseDomain");
	ck_assert_mem_eq(answer.payload, "n0\0r5", 6);

	accounts_are_right(&root);

	/* The transaction is there still, and in vain. */
	ck_assert_uint_eq(d->conn.txn_count, 1);
	ck_assert(d->conn.txns->doomed);
}
END_TEST

/* What the daemon knew of its domains it still knows. */
START_TEST(state_of_domains)
{
	uint32_t type, id;

	introduce(5, 1000, 7);
	introduce(6, 1000, 7);
	introduce(7, 1000, 7);
	ck_assert_int_eq(CALL(&root, XS_SET_TARGET, 0, "6\0005"), 0);
	fake[5].shutdown = true;
	domain_check_all(&server);
	fake[7].page.req_prod = 5000;
	serve_domain(7);

	domain_find(&server, 6)->conn.last_txn = 41;
	guest_send(6, XS_TRANSACTION_START, "", 1);
	serve_domain(6);
	id = atoi(guest_take(6, &type));
	ck_assert_int_eq(state_save(&server, state_path), 0);
	restart(0);

	/* A shutdown that was told is not told again. */
	CALL(&root, XS_WATCH, 0, "@releaseDomain\0t");
	ck_assert_ptr_nonnull(peer_event(&root));
	domain_check_all(&server);
	ck_assert_ptr_null(peer_event(&root));

	ck_assert_uint_eq(domain_find(&server, 6)->conn.watcher.who.target, 5);
	ck_assert(domain_find(&server, 7)->stopped);

	/* The next transaction has a number of its own. */
	guest_send(6, XS_TRANSACTION_START, "", 1);
	serve_domain(6);
	ck_assert_int_eq(atoi(guest_take(6, &type)), id + 1);
}
END_TEST

START_TEST(state_domain_gone)
{
	introduce(5, 1000, 7);
	CALL(&root, XS_MKDIR, 0, "/local/domain/5");
	CALL(&root, XS_SET_PERMS, 0, "/local/domain/5\0n5");

	ck_assert_int_eq(state_save(&server, state_path), 0);
	fake[5].exists = false;
	restart(0);

	ck_assert_ptr_null(domain_find(&server, 5));
	CALL(&root, XS_GET_PERMS, 0, "/local/domain/5");
	ck_assert_str_eq(answer.payload, "n0");
}
END_TEST

/* Half a message that would be more than whole: the reader would run off its end. */
START_TEST(state_lies)
{
	struct conn *conn;

	introduce(5, 1000, 7);
	conn = &domain_find(&server, 5)->conn;

	conn->in.hdr.len = 10;
	conn->in.have = sizeof(conn->in.hdr) + 20;
	ck_assert_int_eq(state_save(&server, state_path), 0);
	restart(-EBADMSG);

	introduce(5, 1000, 7);
	conn = &domain_find(&server, 5)->conn;

	conn->in.hdr.len = XENSTORE_PAYLOAD_MAX + 1;
	conn->in.have = sizeof(conn->in.hdr) + 20;
	ck_assert_int_eq(state_save(&server, state_path), 0);
	restart(-EBADMSG);
}
END_TEST

static size_t state_read(char *bytes, size_t size)
{
	FILE *file = fopen(state_path, "r");
	size_t len = fread(bytes, 1, size, file);

	fclose(file);
	return len;
}

static void state_write(const char *bytes, size_t len)
{
	FILE *file = fopen(state_path, "w");

	fwrite(bytes, 1, len, file);
	fclose(file);
}

/* Cut anywhere it is refused whole; with a byte changed anywhere it does no harm. */
START_TEST(state_broken)
{
	static char good[65536], bad[65536];
	size_t len;

	introduce(5, 1000, 7);
	WRITE(&root, 0, "/local/domain/5/data/x", "1");

	guest_send(5, XS_WATCH, "data\0t", 7);
	guest_send(5, XS_TRANSACTION_START, "", 1);
	serve_domain(5);
	fake[5].page.req_prod += 5;
	serve_domain(5);

	ck_assert_int_eq(state_save(&server, state_path), 0);
	len = state_read(good, sizeof(good));
	for (size_t cut = 0; cut < len; cut++) {
		state_write(good, cut);
		restart(-EBADMSG);
		ck_assert_ptr_null(server.domains);
	}

	for (size_t at = 0; at < len; at++) {
		memcpy(bad, good, len);
		bad[at] ^= 1 << at % 8;
		state_write(bad, len);

		conn_end(&root.conn);
		domain_drop_all(&server);
		server_free(&server);
		ck_assert_int_eq(server_init(&server, &fake_floor), 0);
		ignore(state_load(&server, state_path));

		peer_init(&root, &server, 0);
		serve_domain(5);

		accounts_are_right(&root);
	}

	unlink(state_path);
	restart(-ENOENT);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store state");
	TCase *tcase = tcase_create("state");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, state_kept);
	tcase_add_test(tcase, state_of_domains);
	tcase_add_test(tcase, state_domain_gone);
	tcase_add_test(tcase, state_lies);
	tcase_add_test(tcase, state_broken);
	tcase_set_timeout(tcase, 60);
	suite_add_tcase(suite, tcase);
	return suites_run(suite);
}
