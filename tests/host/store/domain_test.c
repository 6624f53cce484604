/* SPDX-License-Identifier: MIT */
/*
 * Domains and their rings: introduction, requests through the page, broken rings, reconnecting,
 * death; and the state file, whole and broken.
 */
#include "peer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xenstore-like/daemon/state.h>

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
	for (int i = 0; i < FAKE_DOMAINS; i++) {
		ck_assert_int_eq(fake[i].mapped, 0);
		ck_assert_int_eq(fake[i].bound, 0);
	}
	unlink(state_path);
}

static void introduce(const char *payload, size_t len)
{
	ck_assert_int_eq(peer_call(&root, &answer, XS_INTRODUCE, 0, payload, len), 0);
}
#define INTRODUCE(literal) introduce(literal, sizeof(literal))

static void serve_domain(uint32_t domid)
{
	struct conn *conn;

	if (domain_find(&server, domid))
		conn_wake(&domain_find(&server, domid)->conn);
	while ((conn = conn_next(&server)))
		if (conn_domain(conn))
			domain_serve(conn_domain(conn));
}

static void guest_send(uint32_t domid, uint32_t type, const char *payload, size_t len)
{
	struct xenstore_domain_interface *page = &fake[domid].page;
	struct xsd_sockmsg hdr = { type, 3, 0, len };
	char message[1024];

	memcpy(message, &hdr, sizeof(hdr));
	memcpy(message + sizeof(hdr), payload, len);
	for (size_t i = 0; i < sizeof(hdr) + len; i++)
		page->req[MASK_XENSTORE_IDX(page->req_prod++)] = message[i];
}

/* The payload of the next message in the domain's ring; its type in *type. */
static const char *guest_take(uint32_t domid, uint32_t *type)
{
	struct xenstore_domain_interface *page = &fake[domid].page;
	static char message[2048];
	size_t len = 0, want = sizeof(struct xsd_sockmsg);

	while (len < want && page->rsp_cons != page->rsp_prod) {
		message[len++] = page->rsp[MASK_XENSTORE_IDX(page->rsp_cons++)];
		if (len == sizeof(struct xsd_sockmsg))
			want += ((struct xsd_sockmsg *)message)->len;
	}
	if (len < want)
		return NULL;
	message[len] = '\0';
	*type = ((struct xsd_sockmsg *)message)->type;
	return message + sizeof(struct xsd_sockmsg);
}

START_TEST(introduction)
{
	CALL(&root, XS_WATCH, 0, "@introduceDomain\0t");
	ck_assert_ptr_nonnull(peer_event(&root));
	INTRODUCE("5\0"
		  "1000\0"
		  "7");
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
	INTRODUCE("5\0"
		  "1000\0"
		  "7");
	INTRODUCE("5\0"
		  "1000\0"
		  "8");
	INTRODUCE("5\0"
		  "1001\0"
		  "8");
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
	ck_assert_int_eq(CALL(&root, XS_INTRODUCE, 0,
			      "6\0"
			      "1\0"
			      "1"),
			 -ENOENT);
	ck_assert_int_eq(CALL(&root, XS_INTRODUCE, 0,
			      "7\0"
			      "1\0"
			      "1"),
			 -ENOENT);
	ck_assert_int_eq(CALL(&root, XS_INTRODUCE, 0,
			      "5\0"
			      "666\0"
			      "1"),
			 -EINVAL);
	ck_assert_int_eq(CALL(&root, XS_INTRODUCE, 0,
			      "5\0"
			      "1\0"
			      "666"),
			 -EINVAL);
	ck_assert_int_eq(CALL(&root, XS_INTRODUCE, 0,
			      "0\0"
			      "1\0"
			      "1"),
			 -EINVAL);
	ck_assert_int_eq(CALL(&root, XS_INTRODUCE, 0,
			      "40000\0"
			      "1\0"
			      "1"),
			 -EINVAL);
	ck_assert_int_eq(CALL(&root, XS_INTRODUCE, 0,
			      "5\0"
			      "1"),
			 -EINVAL);
	ck_assert_int_eq(CALL(&root, XS_INTRODUCE, 0,
			      "5\0"
			      "1\0"
			      "0"),
			 -EINVAL);
	ck_assert_ptr_nonnull(strstr(logged, "cannot be mapped"));
}
END_TEST

START_TEST(ring_requests)
{
	uint32_t type;

	INTRODUCE("5\0"
		  "1000\0"
		  "7");
	CALL_VALUE(&root, XS_WRITE, 0, "/local/domain/5/name\0guest");
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
	INTRODUCE("5\0"
		  "1000\0"
		  "7");
	INTRODUCE("6\0"
		  "1000\0"
		  "7");
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

	INTRODUCE("5\0"
		  "1000\0"
		  "7");
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

	INTRODUCE("5\0"
		  "1000\0"
		  "7");
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
	INTRODUCE("5\0"
		  "1000\0"
		  "7");
	INTRODUCE("6\0"
		  "1000\0"
		  "7");
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

START_TEST(target)
{
	uint32_t type;

	INTRODUCE("5\0"
		  "1000\0"
		  "7");
	INTRODUCE("6\0"
		  "1000\0"
		  "7");
	CALL(&root, XS_MKDIR, 0, "/local/domain/5");
	CALL(&root, XS_SET_PERMS, 0, "/local/domain/5\0n5");
	ck_assert_int_eq(CALL(&root, XS_SET_TARGET, 0,
			      "6\0"
			      "9"),
			 -ENOENT);
	ck_assert_int_eq(CALL(&root, XS_SET_TARGET, 0,
			      "6\0"
			      "0"),
			 -EINVAL);
	ck_assert_int_eq(CALL(&root, XS_SET_TARGET, 0,
			      "6\0"
			      "5"),
			 0);
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

	INTRODUCE("5\0"
		  "1000\0"
		  "7");
	INTRODUCE("6\0"
		  "1000\0"
		  "7");
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
	CALL_VALUE(&root, XS_WRITE, 0,
		   "/local/domain/5/data/x\0"
		   "2");
	serve_domain(5);
	ck_assert_str_eq(guest_take(5, &type), "data/x");
	CALL(&root, XS_GET_PERMS, 0, "/local/domain/5/data");
	ck_assert_mem_eq(answer.payload, "n5\0r6", 6);
	CALL(&root, XS_GET_PERMS, 0, "@releaseDomain");
	ck_assert_mem_eq(answer.payload, "n0\0r5", 6);
	CALL(&root, XS_CONTROL, 0, "check");
	ck_assert_msg(strncmp(answer.payload, "right", 5) == 0, "%s", answer.payload);
	/* The transaction is there still, and in vain. */
	ck_assert_uint_eq(d->conn.txn_count, 1);
	ck_assert(d->conn.txns->doomed);
}
END_TEST

START_TEST(state_domain_gone)
{
	INTRODUCE("5\0"
		  "1000\0"
		  "7");
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

	INTRODUCE("5\0"
		  "1000\0"
		  "7");
	conn = &domain_find(&server, 5)->conn;
	conn->in.hdr.len = 10;
	conn->in.have = sizeof(conn->in.hdr) + 20;
	ck_assert_int_eq(state_save(&server, state_path), 0);
	restart(-EBADMSG);
	INTRODUCE("5\0"
		  "1000\0"
		  "7");
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

	INTRODUCE("5\0"
		  "1000\0"
		  "7");
	CALL_VALUE(&root, XS_WRITE, 0,
		   "/local/domain/5/data/x\0"
		   "1");
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
		CALL(&root, XS_CONTROL, 0, "check");
		ck_assert_msg(strncmp(answer.payload, "right", 5) == 0, "%s", answer.payload);
	}
	unlink(state_path);
	restart(-ENOENT);
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
	tcase_add_test(tcase, target);
	tcase_add_test(tcase, state_kept);
	tcase_add_test(tcase, state_domain_gone);
	tcase_add_test(tcase, state_lies);
	tcase_add_test(tcase, state_broken);
	tcase_set_timeout(tcase, 60);
	suite_add_tcase(suite, tcase);
	return suites_run(suite);
}
