/* SPDX-License-Identifier: MIT */
/*
 * Requests sent many at a time, against a running daemon: all are carried out in their order, the
 * first failure is told with its path, events that come meanwhile are kept.
 */
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pvabi/io/xs_wire.h>
#include <xenstore-like/client/client.h>
#include <tests/host/suites_run.h>
#include "daemon_run.h"

static struct store *s, *other;

static void setup(void)
{
	daemon_folder_make();
	daemon_start(false);
	s = daemon_connect();
	other = daemon_connect();
}

static void teardown(void)
{
	store_close(s);
	store_close(other);
	daemon_stop(SIGTERM);
	daemon_folder_remove();
}

static void value_is(struct store *store, const char *path, const char *expected)
{
	char *value;

	ck_assert_int_eq(store_read(store, STORE_NO_TXN, path, &value, NULL), 0);
	ck_assert_str_eq(value, expected);
	free(value);
}

START_TEST(all_are_carried_out_in_order)
{
	struct store_perm perm = { 5, STORE_NONE };
	struct store_perm *perms;
	unsigned int count;
	const char *path;

	store_batch_begin(s);
	ck_assert_int_eq(store_write_string(s, STORE_NO_TXN, "/b/x", "1"), 0);
	ck_assert_int_eq(store_set_permissions(s, STORE_NO_TXN, "/b", &perm, 1), 0);
	ck_assert_int_eq(store_write_string(s, STORE_NO_TXN, "/b/x", "2"), 0);
	ck_assert_int_eq(store_write_string(s, STORE_NO_TXN, "/b/y", "3"), 0);
	ck_assert_int_eq(store_rm(s, STORE_NO_TXN, "/b/y"), 0);

	ck_assert_int_eq(store_batch_end(s, &path), 0);
	ck_assert_str_eq(path, "");

	value_is(other, "/b/x", "2");
	ck_assert(!store_exists(other, STORE_NO_TXN, "/b/y"));

	ck_assert_int_eq(store_get_permissions(s, STORE_NO_TXN, "/b", &perms, &count), 0);
	ck_assert_uint_eq(perms[0].domid, 5);
	free(perms);
}
END_TEST

/* More than fits in one go, in number and in bytes. */
START_TEST(many_and_large_ones)
{
	static char value[2000];
	char path[32], *back;
	size_t len;

	store_batch_begin(s);

	for (int i = 0; i < 1000; i++) {
		memset(value, 'a' + i % 26, sizeof(value));
		snprintf(path, sizeof(path), "/many/%d", i);
		ck_assert_int_eq(store_write(s, STORE_NO_TXN, path, value,
					     i % 3 ? (size_t)i % 7 : sizeof(value)),
				 0);
	}

	ck_assert_int_eq(store_batch_end(s, NULL), 0);

	for (int i = 0; i < 1000; i++) {
		snprintf(path, sizeof(path), "/many/%d", i);
		ck_assert_int_eq(store_read(other, STORE_NO_TXN, path, &back, &len), 0);
		ck_assert_uint_eq(len, i % 3 ? (size_t)i % 7 : sizeof(value));
		ck_assert(len == 0 || back[len - 1] == 'a' + i % 26);
		free(back);
	}
}
END_TEST

START_TEST(the_first_failure_is_told)
{
	static char large[XENSTORE_PAYLOAD_MAX + 1];
	const char *path;

	store_batch_begin(s);
	ck_assert_int_eq(store_write_string(s, STORE_NO_TXN, "/f/a", "1"), 0);
	ck_assert_int_eq(store_write_string(s, STORE_NO_TXN, "/f//b", "1"), 0);
	ck_assert_int_eq(store_rm(s, STORE_NO_TXN, "/no/parent/at/all"), 0);
	ck_assert_int_eq(store_write_string(s, STORE_NO_TXN, "/f/c", "1"), 0);

	ck_assert_int_eq(store_batch_end(s, &path), -EINVAL);
	ck_assert_str_eq(path, "/f//b");

	value_is(s, "/f/a", "1");
	value_is(s, "/f/c", "1");

	/* The next batch knows nothing of it; what cannot even be sent fails, the rest goes on. */
	store_batch_begin(s);
	ck_assert_int_eq(store_write_string(s, STORE_NO_TXN, "/f/d", "1"), 0);
	ck_assert_int_eq(store_write(s, STORE_NO_TXN, "/f/e", large, sizeof(large)), -E2BIG);
	ck_assert_int_eq(store_write_string(s, STORE_NO_TXN, "/f/f", "1"), 0);

	ck_assert_int_eq(store_batch_end(s, NULL), -E2BIG);
	value_is(s, "/f/d", "1");
	value_is(s, "/f/f", "1");
}
END_TEST

START_TEST(questions_come_after_what_was_put_aside)
{
	char *value;

	store_batch_begin(s);
	ck_assert_int_eq(store_write_string(s, STORE_NO_TXN, "/q", "1"), 0);
	value_is(s, "/q", "1");
	ck_assert(store_exists(s, STORE_NO_TXN, "/q"));

	ck_assert_int_eq(store_rm(s, STORE_NO_TXN, "/q"), 0);
	ck_assert_int_eq(store_read(s, STORE_NO_TXN, "/q", &value, NULL), -ENOENT);

	ck_assert_int_eq(store_write_string(s, STORE_NO_TXN, "/q//", "1"), 0);
	ck_assert(!store_exists(s, STORE_NO_TXN, "/q"));
	ck_assert_int_eq(store_batch_end(s, NULL), -EINVAL);
}
END_TEST

START_TEST(transactions_take_batches)
{
	store_txn t;

	ck_assert_int_eq(store_transaction_start(s, &t), 0);

	store_batch_begin(s);
	ck_assert_int_eq(store_write_string(s, t, "/t/a", "1"), 0);
	ck_assert_int_eq(store_write_string(s, t, "/t/b", "1"), 0);
	ck_assert_int_eq(store_batch_end(s, NULL), 0);

	ck_assert(!store_exists(other, STORE_NO_TXN, "/t/a"));

	ck_assert_int_eq(store_transaction_end(s, t, true), 0);
	value_is(other, "/t/b", "1");
}
END_TEST

/* Each write fires a watch of the same connection: events and answers come mixed. */
START_TEST(events_are_kept)
{
	struct store_event event;
	char path[32];
	unsigned int events = 0;

	ck_assert_int_eq(store_watch(s, "/w", "token"), 0);

	store_batch_begin(s);
	for (int i = 0; i < 300; i++) {
		snprintf(path, sizeof(path), "/w/%d", i);
		ck_assert_int_eq(store_write_string(s, STORE_NO_TXN, path, "x"), 0);
	}

	ck_assert_int_eq(store_batch_end(s, NULL), 0);
	value_is(s, "/w/299", "x"); /* the daemon sends what waits first or last: both do */

	while (events < 301 && store_next_event(s, &event, true) == 0) {
		ck_assert_str_eq(event.token, "token");
		store_event_free(&event);
		events++;
	}

	ck_assert_int_eq(store_next_event(s, &event, false), -EAGAIN);
}
END_TEST

START_TEST(many_values_at_once)
{
	char texts[200][32], *paths[200], *values[200], expected[16];

	store_batch_begin(s);

	for (int i = 0; i < 200; i++) {
		paths[i] = texts[i];
		snprintf(texts[i], sizeof(texts[i]), "/v/%d", i);
		snprintf(expected, sizeof(expected), "%d", i);
		if (i % 5)
			ck_assert_int_eq(store_write_string(s, STORE_NO_TXN, paths[i], expected),
					 0);
	}

	ck_assert_int_eq(store_batch_end(s, NULL), 0);
	ck_assert_int_eq(store_read_many(s, paths, 200, values), 0);

	for (int i = 0; i < 200; i++) {
		snprintf(expected, sizeof(expected), "%d", i);
		ck_assert_int_eq(values[i] != NULL, i % 5 != 0);
		ck_assert(!values[i] || strcmp(values[i], expected) == 0);
		free(values[i]);
	}

	ck_assert_int_eq(store_read_many(s, paths, 0, values), 0);
	value_is(s, "/v/1", "1");
}
END_TEST

START_TEST(a_daemon_that_dies_ends_the_batch)
{
	char *path = "/v", *value = "x";

	store_batch_begin(s);
	ck_assert_int_eq(store_write_string(s, STORE_NO_TXN, "/d", "1"), 0);

	daemon_stop(SIGKILL);

	ck_assert_int_lt(store_batch_end(s, NULL), 0);
	ck_assert_int_lt(store_read_many(s, &path, 1, &value), 0);
	ck_assert_ptr_null(value);

	daemon_start(false);
	store_close(daemon_connect());
}
END_TEST

#define CHILDREN 700

struct seen {
	unsigned int count;
	char last[16];
};

static void child_seen(void *context, const char *kid, const char *value)
{
	struct seen *seen = context;

	ck_assert_int_gt(strcmp(kid, seen->last), 0);
	snprintf(seen->last, sizeof(seen->last), "%s", kid);
	ck_assert_int_eq(strncmp(value, "guest-", 6), 0);
	ck_assert_str_eq(value + 6, kid);
	seen->count++;
}

/* More than one answer holds, some without that node. */
START_TEST(each_child)
{
	struct seen seen = { 0 };
	char path[64];

	store_batch_begin(s);
	for (int i = 0; i < CHILDREN; i++) {
		snprintf(path, sizeof(path), "/all/%d/%s", i, i % 7 ? "name" : "other");
		ck_assert_int_eq(store_printf(s, STORE_NO_TXN, path, "guest-%d", i), 0);
	}
	ck_assert_int_eq(store_batch_end(s, NULL), 0);

	ck_assert_int_eq(store_each(s, "/all", "name", child_seen, &seen), 0);
	ck_assert_uint_eq(seen.count, CHILDREN - CHILDREN / 7);
	ck_assert_int_eq(store_each(s, "/none", "name", child_seen, &seen), -ENOENT);
}
END_TEST

static void line_seen(void *context, const char *kid, const char *value)
{
	(void)kid;
	snprintf(context, 256, "%s", value);
}

/* A value is one line whatever it holds, and no answer is too long for it. */
START_TEST(each_value_is_a_line)
{
	char text[3000], line[256];

	ck_assert_int_eq(store_write(s, STORE_NO_TXN, "/all/1/name", "a\nb\0c\x7f", 6), 0);
	ck_assert_int_eq(store_each(s, "/all", "name", line_seen, line), 0);
	ck_assert_str_eq(line, "a?b?c?");

	memset(text, 'x', sizeof(text));
	ck_assert_int_eq(store_write(s, STORE_NO_TXN, "/all/1/name", text, sizeof(text)), 0);
	ck_assert_int_eq(store_each(s, "/all", "name", line_seen, line), 0);
	ck_assert_uint_eq(strlen(line), 255);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("batch");
	TCase *tc = tcase_create("batch");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, all_are_carried_out_in_order);
	tcase_add_test(tc, many_and_large_ones);
	tcase_add_test(tc, the_first_failure_is_told);
	tcase_add_test(tc, questions_come_after_what_was_put_aside);
	tcase_add_test(tc, transactions_take_batches);
	tcase_add_test(tc, events_are_kept);
	tcase_add_test(tc, many_values_at_once);
	tcase_add_test(tc, each_child);
	tcase_add_test(tc, each_value_is_a_line);
	tcase_add_test(tc, a_daemon_that_dies_ends_the_batch);
	suite_add_tcase(suite, tc);

	return suites_run(suite);
}
