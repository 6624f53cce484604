/* SPDX-License-Identifier: MIT */
/*
 * Domains and their rings: introduction, requests through the page, broken rings, reconnecting,
 * death.
 */
#include "peer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "fake_floor.h"

static struct server server;
static struct peer root;
static struct answer answer;

static void setup(void)
{
	log_catch();
	fake_reset();
	ck_assert_int_eq(server_init(&server, &fake_floor), 0);
	peer_init(&root, &server, 0);
}

static void teardown(void)
{
	conn_end(&root.conn);
	domain_drop_all(&server);
	server_free(&server);
	fake_is_let_go();
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

START_TEST(introduction)
{
	CALL(&root, XS_WATCH, 0, "@introduceDomain\0t");
	ck_assert_ptr_nonnull(peer_event(&root));

	introduce(5, 1000, 7);
	ck_assert_str_eq(peer_event(&root), "@introduceDomain t");
	ck_assert_int_eq(fake[5].mapped, 1);
	ck_assert_int_eq(fake[5].bound, 1);
	ck_assert_uint_eq(fake[5].page.server_features, 3);

	CALL(&root, XS_IS_DOMAIN_INTRODUCED, 0, "5");
	ck_assert_str_eq(answer.payload, "T");
	CALL(&root, XS_IS_DOMAIN_INTRODUCED, 0, "6");
	ck_assert_str_eq(answer.payload, "F");

	CALL(&root, XS_GET_DOMAIN_PATH, 0, "5");
	ck_assert_str_eq(answer.payload, "/local/domain/5");

	/* Again the same, and with a new port and page: never two of anything. */
	introduce(5, 1000, 7);
	introduce(5, 1000, 8);
	introduce(5, 1001, 8);
	ck_assert_int_eq(fake[5].mapped, 1);
	ck_assert_int_eq(fake[5].bound, 1);

	ck_assert_int_eq(CALL(&root, XS_RELEASE, 0, "5"), 0);
	ck_assert_int_eq(CALL(&root, XS_RELEASE, 0, "5"), -ENOENT);
	ck_assert_int_eq(fake[5].mapped, 0);
}
END_TEST

START_TEST(introduction_refused)
{
	fake[6].exists = false;
	fake[7].dying = true;

	ck_assert_int_eq(INTRODUCE(&root, 6, 1, 1), -ENOENT);
	ck_assert_int_eq(INTRODUCE(&root, 7, 1, 1), -ENOENT);

	ck_assert_int_eq(INTRODUCE(&root, 5, FAKE_BAD, 1), -EINVAL);
	ck_assert_int_eq(INTRODUCE(&root, 5, 1, FAKE_BAD), -EINVAL);

	ck_assert_int_eq(INTRODUCE(&root, 0, 1, 1), -EINVAL);
	ck_assert_int_eq(INTRODUCE(&root, 40000, 1, 1), -EINVAL);
	ck_assert_int_eq(CALL(&root, XS_INTRODUCE, 0, "5\0001"), -EINVAL);
	ck_assert_int_eq(INTRODUCE(&root, 5, 1, 0), -EINVAL);

	ck_assert_ptr_nonnull(strstr(logged, "cannot be mapped"));
}
END_TEST

START_TEST(ring_requests)
{
	uint32_t type;

	introduce(5, 1000, 7);
	WRITE(&root, 0, "/local/domain/5/name", "guest");
	CALL(&root, XS_SET_PERMS, 0, "/local/domain/5/name\0n0\0r5");

	guest_send(5, XS_READ, "name", 5);
	guest_send(5, XS_READ, "/nope", 6);
	serve_domain(5);

	ck_assert_str_eq(guest_take(5, &type), "guest");
	ck_assert_uint_eq(type, XS_READ);
	ck_assert_str_eq(guest_take(5, &type), "EACCES");
	ck_assert_uint_eq(type, XS_ERROR);

	ck_assert_int_gt(fake[5].notified, 0);
	fake[5].notified = 0;
	serve_domain(5);
	ck_assert_int_eq(fake[5].notified, 0);
}
END_TEST

START_TEST(ring_stalled)
{
	introduce(5, 1000, 7);
	introduce(6, 1000, 7);

	/* Domain 5 sends and never reads: its ring fills up, others are served. */
	for (int i = 0; i < 500; i++) {
		if (fake[5].page.req_prod - fake[5].page.req_cons < 900)
			guest_send(5, XS_READ, "/", 2);
		serve_domain(5);
	}

	ck_assert_uint_eq(fake[5].page.rsp_prod - fake[5].page.rsp_cons, XENSTORE_RING_SIZE);

	guest_send(6, XS_READ, "/", 2);
	serve_domain(6);
	ck_assert_uint_ne(fake[6].page.rsp_prod, 0);
}
END_TEST

START_TEST(ring_broken)
{
	uint32_t type;

	introduce(5, 1000, 7);

	fake[5].page.req_prod = 5000;
	serve_domain(5);
	ck_assert_uint_eq(fake[5].page.error, XENSTORE_ERROR_RINGIDX);
	ck_assert(domain_find(&server, 5)->stopped);

	fake[5].page.req_prod = fake[5].page.req_cons;

	guest_send(5, XS_GET_DOMAIN_PATH, "5", 2);
	serve_domain(5);
	ck_assert_ptr_null(guest_take(5, &type));

	/* It may ask to begin again. */
	fake[5].page.connection = XENSTORE_RECONNECT;
	serve_domain(5);
	ck_assert_uint_eq(fake[5].page.connection, XENSTORE_CONNECTED);
	ck_assert_uint_eq(fake[5].page.error, XENSTORE_ERROR_NONE);
	ck_assert_uint_eq(fake[5].page.req_prod, 0);
	guest_send(5, XS_GET_DOMAIN_PATH, "5", 2);
	serve_domain(5);
	ck_assert_str_eq(guest_take(5, &type), "/local/domain/5");

	/* A message too long is the other way to break it. */
	fake[5].page.req_prod += 16;
	memset(fake[5].page.req, 0xff, 1024);
	serve_domain(5);
	ck_assert_uint_eq(fake[5].page.error, XENSTORE_ERROR_PROTO);
}
END_TEST

START_TEST(reconnect_forgets)
{
	struct domain *d;
	uint32_t type;

	introduce(5, 1000, 7);
	d = domain_find(&server, 5);

	guest_send(5, XS_WATCH, "x\0t", 4);
	guest_send(5, XS_TRANSACTION_START, "", 1);
	fake[5].page.req_prod += 7;
	serve_domain(5);

	ck_assert_uint_eq(d->conn.watcher.watch_count, 1);
	ck_assert_uint_eq(d->conn.txn_count, 1);

	fake[5].page.connection = XENSTORE_RECONNECT;
	serve_domain(5);
	ck_assert_uint_eq(d->conn.watcher.watch_count, 0);
	ck_assert_uint_eq(d->conn.txn_count, 0);
	ck_assert_ptr_null(guest_take(5, &type));

	guest_send(5, XS_GET_DOMAIN_PATH, "5", 2);
	serve_domain(5);
	ck_assert_str_eq(guest_take(5, &type), "/local/domain/5");
}
END_TEST

START_TEST(death)
{
	introduce(5, 1000, 7);
	introduce(6, 1000, 7);

	CALL(&root, XS_MKDIR, 0, "/local/domain/5");
	CALL(&root, XS_SET_PERMS, 0, "/local/domain/5\0n5");

	CALL(&root, XS_WATCH, 0, "@releaseDomain\0t");
	ck_assert_ptr_nonnull(peer_event(&root));

	domain_check_all(&server);
	ck_assert_ptr_null(peer_event(&root));

	/* Shutting down is told once; dying ends the connection. */
	fake[5].shutdown = true;
	domain_check_all(&server);
	ck_assert_str_eq(peer_event(&root), "@releaseDomain t");
	ck_assert_ptr_nonnull(domain_find(&server, 5));
	domain_check_all(&server);
	ck_assert_ptr_null(peer_event(&root));

	fake[5].dying = true;
	domain_check_all(&server);
	ck_assert_str_eq(peer_event(&root), "@releaseDomain t");
	ck_assert_ptr_null(domain_find(&server, 5));
	ck_assert_ptr_nonnull(domain_find(&server, 6));
	ck_assert_int_eq(fake[5].mapped, 0);

	CALL(&root, XS_GET_PERMS, 0, "/local/domain/5");
	ck_assert_str_eq(answer.payload, "n0");

	/* A resumed domain's next shutdown is told again. */
	fake[6].shutdown = true;
	domain_check_all(&server);
	ck_assert_str_eq(peer_event(&root), "@releaseDomain t");

	ck_assert_int_eq(CALL(&root, XS_RESUME, 0, "6"), 0);
	domain_check_all(&server);
	ck_assert_str_eq(peer_event(&root), "@releaseDomain t");

	fake[6].exists = false;
	domain_check_all(&server);
	ck_assert_ptr_null(domain_find(&server, 6));
}
END_TEST

/* Our own domain does not die before us, whatever the hypervisor says. */
START_TEST(own_domain)
{
	ck_assert_int_eq(domain_introduce(&server, 0, 0, 1), 0);
	fake[0].exists = false;
	domain_check_all(&server);
	ck_assert_ptr_nonnull(domain_find(&server, 0));
	ck_assert_int_eq(CALL(&root, XS_RELEASE, 0, "0"), -EINVAL);
}
END_TEST

/* With another page or port begins another conversation. */
START_TEST(moved)
{
	struct domain *d;

	introduce(5, 1000, 7);
	d = domain_find(&server, 5);
	guest_send(5, XS_WATCH, "x\0t", 4);
	serve_domain(5);
	ck_assert_uint_eq(d->conn.watcher.watch_count, 1);

	introduce(5, 1000, 7);
	ck_assert_uint_eq(d->conn.watcher.watch_count, 1);
	introduce(5, 1000, 8);
	ck_assert_uint_eq(d->conn.watcher.watch_count, 0);

	fake[5].page.req_prod = fake[5].page.req_cons + 5000;
	serve_domain(5);
	ck_assert(d->stopped);
	introduce(5, 1001, 8);
	ck_assert(!d->stopped);
}
END_TEST

START_TEST(target)
{
	uint32_t type;

	introduce(5, 1000, 7);
	introduce(6, 1000, 7);

	CALL(&root, XS_MKDIR, 0, "/local/domain/5");
	CALL(&root, XS_SET_PERMS, 0, "/local/domain/5\0n5");

	ck_assert_int_eq(CALL(&root, XS_SET_TARGET, 0, "6\0009"), -ENOENT);
	ck_assert_int_eq(CALL(&root, XS_SET_TARGET, 0, "6\0000"), -EINVAL);
	ck_assert_int_eq(CALL(&root, XS_SET_TARGET, 0, "6\0005"), 0);

	guest_send(6, XS_WRITE, "/local/domain/5/x\0v", 19);
	serve_domain(6);
	ck_assert_str_eq(guest_take(6, &type), "OK");

	CALL(&root, XS_RELEASE, 0, "5");

	/* A new domain of the same number is not the one that domain 6 acted for. */
	CALL(&root, XS_SET_PERMS, 0, "/local/domain/5/x\0n5");
	guest_send(6, XS_READ, "/local/domain/5/x", 18);
	serve_domain(6);
	ck_assert_str_eq(guest_take(6, &type), "EACCES");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store domains");
	TCase *tcase = tcase_create("domains");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, introduction);
	tcase_add_test(tcase, introduction_refused);
	tcase_add_test(tcase, ring_requests);
	tcase_add_test(tcase, ring_stalled);
	tcase_add_test(tcase, ring_broken);
	tcase_add_test(tcase, reconnect_forgets);
	tcase_add_test(tcase, death);
	tcase_add_test(tcase, own_domain);
	tcase_add_test(tcase, moved);
	tcase_add_test(tcase, target);
	tcase_set_timeout(tcase, 60);
	suite_add_tcase(suite, tcase);
	return suites_run(suite);
}
