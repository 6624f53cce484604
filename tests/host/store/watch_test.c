/* SPDX-License-Identifier: MIT */
/*
 * Watches: who hears what, in which words, and that what waits for a reader stays bounded.
 */
#include "peer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <xenstore-like/daemon/limits.h>
#include "fake_floor.h"

static struct server server;
static struct peer root, a, b;
static struct answer answer;

#define EVENT(peer, text)                             \
	do {                                          \
		const char *event = peer_event(peer); \
		ck_assert_ptr_nonnull(event);         \
		ck_assert_str_eq(event, text);        \
	} while (0)
#define NO_EVENT(peer) ck_assert_ptr_null(peer_event(peer))

static void setup(void)
{
	log_catch();
	ck_assert_int_eq(server_init(&server, &fake_floor), 0);

	peer_init(&root, &server, 0);
	peer_init(&a, &server, 5);
	peer_init(&b, &server, 0);

	CALL(&root, XS_MKDIR, 0, "/local/domain/5");
	CALL(&root, XS_SET_PERMS, 0, "/local/domain/5\0n5");
}

static void teardown(void)
{
	conn_end(&a.conn);
	conn_end(&b.conn);
	conn_end(&root.conn);

	ck_assert(watch_table_is_empty(&server.watches));
	server_free(&server);
}

START_TEST(first_event)
{
	ck_assert_int_eq(CALL(&b, XS_WATCH, 0, "/not/there\0t"), 0);
	EVENT(&b, "/not/there t");
	NO_EVENT(&b);

	ck_assert_int_eq(CALL(&b, XS_WATCH, 0, "/not/there\0t"), -EEXIST);
	ck_assert_int_eq(CALL(&b, XS_WATCH, 0, "/not/there\0u"), 0);
	EVENT(&b, "/not/there u");

	ck_assert_int_eq(CALL(&b, XS_UNWATCH, 0, "/not/there\0v"), -ENOENT);

	/* Some clients name a transaction, even one that has ended: watches belong to none. */
	ck_assert_int_eq(CALL(&b, XS_WATCH, 99, "/not/there\0w"), 0);
	ck_assert_int_eq(CALL(&b, XS_UNWATCH, 99, "/not/there\0w"), 0);

	ck_assert_int_eq(CALL(&b, XS_UNWATCH, 0, "/not/there\0t"), 0);

	WRITE(&root, 0, "/not/there", "x");
	EVENT(&b, "/not/there u");
	NO_EVENT(&b);
}
END_TEST

START_TEST(at_and_below)
{
	CALL(&b, XS_WATCH, 0, "/x\0t");
	EVENT(&b, "/x t");

	WRITE(&root, 0, "/x/y/z", "1");
	EVENT(&b, "/x/y/z t");

	WRITE(&root, 0, "/xx", "1");
	NO_EVENT(&b);

	CALL(&root, XS_SET_PERMS, 0, "/x/y\0n0\0r5");
	EVENT(&b, "/x/y t");

	CALL(&root, XS_MKDIR, 0, "/x/y");
	NO_EVENT(&b);

	CALL(&root, XS_RM, 0, "/x/y");
	EVENT(&b, "/x/y t");
	CALL(&root, XS_RM, 0, "/x/y");
	NO_EVENT(&b);

	CALL(&root, XS_WATCH, 0, "/\0r");
	EVENT(&root, "/ r");
	WRITE(&b, 0, "/q", "1");
	EVENT(&root, "/q r");
}
END_TEST

/* A watch below a node that is removed hears of its own path, if something was there. */
START_TEST(removed_above)
{
	WRITE(&root, 0, "/x/y/z", "1");

	CALL(&b, XS_WATCH, 0, "/x/y/z\0there");
	EVENT(&b, "/x/y/z there");

	CALL(&b, XS_WATCH, 0, "/x/y/q\0not");
	EVENT(&b, "/x/y/q not");

	CALL(&root, XS_RM, 0, "/x");
	EVENT(&b, "/x/y/z there");
	NO_EVENT(&b);
}
END_TEST

START_TEST(relative)
{
	ck_assert_int_eq(CALL(&a, XS_WATCH, 0, "device\0t"), 0);
	EVENT(&a, "device t");

	WRITE(&root, 0, "/local/domain/5/device/vif/0", "1");
	EVENT(&a, "device/vif/0 t");

	ck_assert_int_eq(CALL(&a, XS_UNWATCH, 0, "device\0t"), 0);
	WRITE(&root, 0, "/local/domain/5/device/vif/0", "2");
	NO_EVENT(&a);
}
END_TEST

START_TEST(only_what_one_may_see)
{
	CALL(&a, XS_WATCH, 0, "/\0t");
	EVENT(&a, "/ t");

	WRITE(&root, 0, "/secret", "1");
	NO_EVENT(&a);

	CALL(&root, XS_RM, 0, "/secret");
	NO_EVENT(&a);

	WRITE(&root, 0, "/shown", "1");
	CALL(&root, XS_SET_PERMS, 0, "/shown\0n0\0r5");
	EVENT(&a, "/shown t");

	CALL(&root, XS_RM, 0, "/shown");
	EVENT(&a, "/shown t");

	CALL(&a, XS_WATCH, 0, "@releaseDomain\0s");
	EVENT(&a, "@releaseDomain s");

	watch_fire_special(&server.watches, &server.db, SPECIAL_RELEASE);
	NO_EVENT(&a);

	CALL(&root, XS_SET_PERMS, 0, "@releaseDomain\0n0\0r5");
	watch_fire_special(&server.watches, &server.db, SPECIAL_RELEASE);
	EVENT(&a, "@releaseDomain s");
	watch_fire_special(&server.watches, &server.db, SPECIAL_INTRODUCE);
	NO_EVENT(&a);
}
END_TEST

START_TEST(by_transaction)
{
	uint32_t t = peer_begin(&root);

	CALL(&b, XS_WATCH, 0, "/x\0t");
	EVENT(&b, "/x t");

	WRITE(&root, t, "/x/1", "1");
	WRITE(&root, t, "/x/2", "1");
	NO_EVENT(&b);

	ck_assert_int_eq(peer_end(&root, t), 0);
	EVENT(&b, "/x/1 t");
	EVENT(&b, "/x/2 t");
	NO_EVENT(&b);

	t = peer_begin(&root);
	WRITE(&root, t, "/x/3", "1");
	CALL(&root, XS_TRANSACTION_END, t, "F");
	NO_EVENT(&b);
}
END_TEST

START_TEST(same_event_once)
{
	CALL(&b, XS_WATCH, 0, "/x\0t");
	EVENT(&b, "/x t");

	for (int i = 0; i < 1000; i++)
		WRITE(&root, 0, "/x/1", "1");

	ck_assert_uint_eq(b.conn.watcher.event_count, 1);
	EVENT(&b, "/x/1 t");
	NO_EVENT(&b);
}
END_TEST

START_TEST(bounded)
{
	char payload[64];
	unsigned int events = 0;

	CALL(&b, XS_WATCH, 0, "/x\0t");
	CALL(&b, XS_WATCH, 0, "/\0u");
	peer_serve(&b);
	for (int i = 0; i < 3000; i++) {
		int n = snprintf(payload, sizeof(payload), "/x/%d", i) + 1;

		peer_call(&root, &answer, XS_MKDIR, 0, payload, n);
	}

	ck_assert_uint_le(b.conn.watcher.event_count, EVENTS_PENDING_MAX + 2);

	while (peer_take(&b, &answer))
		;
	while (peer_event(&b))
		events++;

	ck_assert_uint_eq(events, EVENTS_PENDING_MAX + 2);
	ck_assert_ptr_nonnull(strstr(logged, "folded"));
}
END_TEST

START_TEST(unwatch_drops)
{
	CALL(&b, XS_WATCH, 0, "/x\0t");
	CALL(&b, XS_WATCH, 0, "/y\0t");

	while (peer_event(&b))
		;

	WRITE(&root, 0, "/x", "1");
	WRITE(&root, 0, "/y", "1");

	ck_assert_int_eq(watch_remove(&b.conn.watcher, "/x", "t"), 0);
	EVENT(&b, "/y t");
	NO_EVENT(&b);

	WRITE(&root, 0, "/y", "2");
	EVENT(&b, "/y t");
}
END_TEST

/* The last event that waits is dropped; the next one goes behind those that are left. */
START_TEST(unwatch_drops_the_last)
{
	CALL(&b, XS_WATCH, 0, "/x\0t");
	CALL(&b, XS_WATCH, 0, "/y\0t");
	while (peer_event(&b))
		;

	WRITE(&root, 0, "/y", "1");
	WRITE(&root, 0, "/x", "1");
	ck_assert_int_eq(watch_remove(&b.conn.watcher, "/x", "t"), 0);
	WRITE(&root, 0, "/y/2", "1");
	EVENT(&b, "/y t");
	EVENT(&b, "/y/2 t");
	NO_EVENT(&b);
}
END_TEST

/* A peer that asks and asks has its events in between. */
START_TEST(events_between_requests)
{
	CALL(&b, XS_WATCH, 0, "/x\0t");
	EVENT(&b, "/x t");
	WRITE(&root, 0, "/x/1", "1");

	for (int i = 0; i < 2 * REQUESTS_PER_TURN; i++)
		peer_put(&b, XS_READ, 0, "/", 2);
	ck_assert_int_eq(conn_serve(&b.conn), CONN_MORE);

	ck_assert(peer_take(&b, &answer));
	ck_assert_uint_eq(answer.hdr.type, XS_READ);
	ck_assert(peer_take(&b, &answer));
	ck_assert_uint_eq(answer.hdr.type, XS_WATCH_EVENT);
}
END_TEST

START_TEST(longest)
{
	char payload[XENSTORE_PAYLOAD_MAX];
	const size_t path = XENSTORE_ABS_PATH_MAX - 1,
		     token = XENSTORE_PAYLOAD_MAX - XENSTORE_ABS_PATH_MAX - 2;

	memset(payload, 'x', sizeof(payload));

	payload[0] = '/';
	payload[path] = '\0';
	payload[path + 1 + token] = '\0';

	ck_assert_int_eq(peer_call(&b, &answer, XS_WATCH, 0, payload, path + token + 2), 0);
	ck_assert_ptr_nonnull(peer_event(&b));

	payload[path + 1 + token] = 'x';
	payload[path + 2 + token] = '\0';
	ck_assert_int_eq(peer_call(&b, &answer, XS_WATCH, 0, payload, path + token + 3), -EINVAL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store watches");
	TCase *tcase = tcase_create("watches");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, first_event);
	tcase_add_test(tcase, at_and_below);
	tcase_add_test(tcase, removed_above);
	tcase_add_test(tcase, relative);
	tcase_add_test(tcase, only_what_one_may_see);
	tcase_add_test(tcase, by_transaction);
	tcase_add_test(tcase, same_event_once);
	tcase_add_test(tcase, bounded);
	tcase_add_test(tcase, unwatch_drops);
	tcase_add_test(tcase, unwatch_drops_the_last);
	tcase_add_test(tcase, events_between_requests);
	tcase_add_test(tcase, longest);
	suite_add_tcase(suite, tcase);
	return suites_run(suite);
}
