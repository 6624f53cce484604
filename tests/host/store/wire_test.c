/* SPDX-License-Identifier: MIT */
/*
 * The wire parser and the ring with broken, cut and random input: no message is ever read past its
 * end, no index of a hostile domain is believed, and nobody else is disturbed.
 */
#include "peer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore-like/wire/xsring.h>
#include <xenstore-like/daemon/limits.h>
#include "fake_floor.h"

static struct server server;
static struct peer peer, other;
static struct answer answer;

static void setup(void)
{
	log_catch();
	ck_assert_int_eq(server_init(&server, &fake_floor), 0);
	peer_init(&peer, &server, 0);
	peer_init(&other, &server, 0);
}

static void teardown(void)
{
	conn_end(&peer.conn);
	conn_end(&other.conn);
	server_free(&server);
}

START_TEST(split)
{
	char *s[3];
	size_t rest;

	ck_assert_int_eq(wire_split((char[]){ "a\0b" }, 4, s, 2, NULL), 2);
	ck_assert_int_eq(wire_split((char[]){ "a\0b" }, 4, s, 3, NULL), 2);
	ck_assert_int_eq(wire_split((char[]){ "a\0b" }, 4, s, 1, NULL), -EINVAL);
	ck_assert_int_eq(wire_split((char[]){ "a\0b" }, 3, s, 2, NULL), -EINVAL);
	ck_assert_int_eq(wire_split((char[]){ "a\0b" }, 3, s, 2, &rest), 1);
	ck_assert_uint_eq(rest, 1);
	ck_assert_int_eq(wire_split((char[]){ "a\0b\0c" }, 6, s, 1, &rest), 1);
	ck_assert_uint_eq(rest, 4);
	ck_assert_int_eq(wire_split((char[]){ "" }, 0, s, 1, &rest), 0);
	ck_assert_int_eq(wire_split((char[]){ "" }, 1, s, 1, NULL), 1);
}
END_TEST

START_TEST(numbers)
{
	uint64_t n;

	ck_assert_int_eq(wire_number("18446744073709551615", UINT64_MAX, &n), 0);
	ck_assert_uint_eq(n, UINT64_MAX);
	ck_assert_int_eq(wire_number("18446744073709551616", UINT64_MAX, &n), -EINVAL);
	ck_assert_int_eq(wire_number("99999999999999999999", UINT64_MAX, &n), -EINVAL);
	ck_assert_int_eq(wire_number("10", 9, &n), -EINVAL);
	ck_assert_int_eq(wire_number("", 9, &n), -EINVAL);
	ck_assert_int_eq(wire_number("-1", 9, &n), -EINVAL);
	ck_assert_int_eq(wire_number("+1", 9, &n), -EINVAL);
	ck_assert_int_eq(wire_number("1 ", 9, &n), -EINVAL);
	ck_assert_int_eq(wire_number("0x1", 9, &n), -EINVAL);
}
END_TEST

/* One byte at a time is as good as all at once. */
START_TEST(bytewise)
{
	char all[4096];
	size_t len;

	peer_put(&peer, XS_WRITE, 0, "/a\0b", 4);
	peer_put(&peer, XS_READ, 0, "/a", 3);
	len = peer.sent_len;
	memcpy(all, peer.sent, len);
	peer.sent_len = 0;

	for (size_t i = 0; i < len; i++) {
		peer.sent[peer.sent_len++] = all[i];
		ck_assert_int_eq(peer_serve(&peer), CONN_IDLE);
	}

	ck_assert(peer_take(&peer, &answer));
	ck_assert(peer_take(&peer, &answer));
	ck_assert_uint_eq(answer.hdr.type, XS_READ);
	ck_assert_str_eq(answer.payload, "b");
}
END_TEST

START_TEST(too_long)
{
	char payload[XENSTORE_PAYLOAD_MAX + 1] = "/a";

	memset(payload + 3, 'x', sizeof(payload) - 3);
	ck_assert_int_eq(peer_call(&peer, &answer, XS_WRITE, 0, payload, XENSTORE_PAYLOAD_MAX), 0);

	peer_put(&peer, XS_WRITE, 0, payload, XENSTORE_PAYLOAD_MAX + 1);
	ck_assert_int_eq(peer_serve(&peer), CONN_DEAD);
	ck_assert_int_eq(peer.conn.error, -EPROTO);
}
END_TEST

/* Answers as long as a payload may be, and one that does not fit. */
START_TEST(full_answer)
{
	char payload[XENSTORE_PAYLOAD_MAX];

	memset(payload, 'x', sizeof(payload));
	memcpy(payload, "/a", 3);
	ck_assert_int_eq(peer_call(&peer, &answer, XS_WRITE, 0, payload, sizeof(payload)), 0);

	ck_assert_int_eq(CALL(&peer, XS_READ, 0, "/a"), 0);
	ck_assert_uint_eq(answer.hdr.len, XENSTORE_PAYLOAD_MAX - 3);
}
END_TEST

/* A peer that does not read gets no more requests served, and holds no more memory. */
START_TEST(never_reads)
{
	peer.room = 10;
	for (int i = 0; i < 100; i++)
		peer_put(&peer, XS_READ, 0, "/", 2);

	ck_assert_int_eq(peer_serve(&peer), CONN_BLOCKED);
	ck_assert_uint_eq(server.request_count, 1);
	ck_assert_int_eq(CALL(&other, XS_READ, 0, "/"), 0);

	peer.room = SIZE_MAX;
	ck_assert_int_eq(peer_serve(&peer), CONN_IDLE);
	ck_assert_uint_eq(server.request_count, 101);
}
END_TEST

/* A flood is served in turns. */
START_TEST(turns)
{
	for (int i = 0; i < 100; i++)
		peer_put(&peer, XS_READ, 0, "/", 2);
	ck_assert_int_eq(conn_serve(&peer.conn), CONN_MORE);
	ck_assert_uint_eq(server.request_count, REQUESTS_PER_TURN);
}
END_TEST

/* Who leaves the queue leaves it whole, from whichever place. */
START_TEST(queue)
{
	struct peer third;

	for (int leaves = 0; leaves < 2; leaves++) {
		peer_init(&third, &server, 0);
		conn_wake(&peer.conn);
		conn_wake(&third.conn);
		if (leaves == 0)
			conn_wake(&other.conn);
		conn_wake(&third.conn);
		conn_end(&third.conn);
		conn_wake(&other.conn);

		ck_assert_ptr_eq(conn_next(&server.privileged), &peer.conn);
		ck_assert_ptr_eq(conn_next(&server.privileged), &other.conn);
		ck_assert_ptr_null(conn_next(&server.privileged));
	}
}
END_TEST

/* Whatever bytes come, each connection ends idle, blocked or dead, and accounts stay right. */
START_TEST(random_bytes)
{
	srand(_i);
	for (int round = 0; round < 200; round++) {
		uint32_t len = rand() % 64;

		conn_end(&peer.conn);
		peer_init(&peer, &server, rand() % 3);

		for (int i = 0; i < 20; i++) {
			char payload[64];

			for (uint32_t b = 0; b < len; b++)
				payload[b] = rand() % 4 ? "/ab\0n0r5T1@"[rand() % 11] : rand();
			peer_put(&peer, rand() % 24, rand() % 2, payload, len);

			/* Sometimes a length that lies. */
			if (rand() % 50 == 0)
				peer.sent[peer.sent_len - len - 4 + rand() % 4] ^= 1 << rand() % 8;
		}

		peer_serve(&peer);
		peer.got_len = peer.got_at = 0;
		accounts_are_right(&other);
	}
}
END_TEST

START_TEST(ring_moves)
{
	static struct xenstore_domain_interface page;
	struct xsring ring;
	char in[64], out[64];

	/* Indexes may start anywhere and wrap around. */
	page.req_cons = page.req_prod = page.rsp_cons = page.rsp_prod = UINT32_MAX - 700;
	xsring_begin(&ring, &page);
	for (int i = 0; i < 3000; i++) {
		size_t len = 1 + i % 60, at = 0;

		for (size_t b = 0; b < len; b++)
			page.req[MASK_XENSTORE_IDX(page.req_prod++)] = in[b] = i + b;

		while (at < len) {
			int n = xsring_read(&ring, &page, out + at, len - at);

			ck_assert_int_gt(n, 0);
			at += n;
		}
		ck_assert_mem_eq(in, out, len);

		for (at = 0; at < len;) {
			int n = xsring_write(&ring, &page, in + at, len - at);

			ck_assert_int_gt(n, 0);
			at += n;
		}
		for (size_t b = 0; b < len; b++)
			ck_assert_int_eq(page.rsp[MASK_XENSTORE_IDX(page.rsp_cons++)], in[b]);
	}

	ck_assert_int_eq(xsring_read(&ring, &page, out, 1), 0);

	/* The other side sees what was read when it is told so, and not before. */
	ck_assert_uint_ne(page.req_cons, page.req_prod);
	ck_assert(xsring_consume(&ring, &page));
	ck_assert(!xsring_consume(&ring, &page));
	ck_assert_uint_eq(page.req_cons, page.req_prod);
}
END_TEST

START_TEST(ring_full)
{
	static struct xenstore_domain_interface page;
	char bytes[2 * XENSTORE_RING_SIZE] = "";
	struct xsring ring = { 0 };

	ck_assert_int_eq(xsring_write(&ring, &page, bytes, sizeof(bytes)), XENSTORE_RING_SIZE);

	ck_assert_int_eq(xsring_write(&ring, &page, bytes, 1), 0);

	page.rsp_cons += 5;
	ck_assert_int_eq(xsring_write(&ring, &page, bytes, sizeof(bytes)), 5);
}
END_TEST

START_TEST(ring_hostile)
{
	static struct xenstore_domain_interface page;
	static const uint32_t bad[] = { 1025, 4096, 0x7fffffff, 0x80000000, UINT32_MAX };
	struct xsring ring = { 0 };
	char bytes[8] = "";

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		page.req_prod = page.req_cons + bad[i];
		ck_assert_int_eq(xsring_read(&ring, &page, bytes, sizeof(bytes)), -EIO);

		page.rsp_cons = page.rsp_prod - bad[i];
		ck_assert_int_eq(xsring_write(&ring, &page, bytes, sizeof(bytes)), -EIO);
	}

	page.req_prod = page.req_cons + 1024;
	ck_assert_int_eq(xsring_read(&ring, &page, bytes, sizeof(bytes)), sizeof(bytes));

	/* Random indexes: never outside the page (the sanitizer watches). */
	for (int i = 0; i < 20000; i++) {
		struct xenstore_domain_interface *heap = malloc(sizeof(*heap));

		memset(heap, 0, sizeof(*heap));

		heap->req_cons = rand();
		heap->req_prod = heap->req_cons + rand() % 1100;
		heap->rsp_prod = (uint32_t)rand() << 1;
		heap->rsp_cons = heap->rsp_prod - rand() % 1100;

		xsring_begin(&ring, heap);
		ignore(xsring_read(&ring, heap, bytes, sizeof(bytes)));
		ignore(xsring_write(&ring, heap, bytes, sizeof(bytes)));
		free(heap);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store wire");
	TCase *tcase = tcase_create("wire");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, split);
	tcase_add_test(tcase, numbers);
	tcase_add_test(tcase, bytewise);
	tcase_add_test(tcase, too_long);
	tcase_add_test(tcase, full_answer);
	tcase_add_test(tcase, never_reads);
	tcase_add_test(tcase, turns);
	tcase_add_test(tcase, queue);
	tcase_add_loop_test(tcase, random_bytes, 0, 10);
	tcase_add_test(tcase, ring_moves);
	tcase_add_test(tcase, ring_full);
	tcase_add_test(tcase, ring_hostile);
	tcase_set_timeout(tcase, 60);
	suite_add_tcase(suite, tcase);
	return suites_run(suite);
}
