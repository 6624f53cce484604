/* SPDX-License-Identifier: MIT */
/*
 * The socket of happenings: who listens gets them, those from before too if he wants; one that does
 * not read loses some and learns how many, delays nobody and costs a bounded amount of memory; what
 * is no request ends the connection.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <dom0-tools/console/feed.h>
#include <dom0-tools/hospesd/events.h>
#include <dom0-tools/hospesd/feed.h>
#include <dom0-tools/hospesd/note.h>
#include <tests/host/scratch.h>
#include <tests/host/suites_run.h>

/* More than the kernel's buffers and the backlog hold together. */
#define FLOOD 20000

static struct hospes_error err;
static int notes;

void note(const char *fmt, ...)
{
	(void)fmt;
	notes++;
}

static void setup(void)
{
	scratch_make("feed-test");
	setenv("HOSPES_RUN_DIR", scratch, 1);
	ck_assert_int_eq(events_init(), 0);
	ck_assert_msg(feed_listen(&err) == 0, "%s", err.text);
}

static void serve(void)
{
	while (events_step(20) > 0)
		continue;
}

static void happen(unsigned int domid)
{
	struct happening h = { .what = "started", .name = "lx", .domid = domid };

	feed_tell(&h);
}

static FILE *listen_from(unsigned int last)
{
	int fd = feed_connect(last, &err);

	ck_assert_msg(fd >= 0, "%s", err.text);
	serve();
	return fdopen(fd, "r");
}

static void expect(FILE *from, const char *words)
{
	char line[FEED_LINE_MAX] = "";

	ck_assert_ptr_nonnull(fgets(line, sizeof(line), from));
	ck_assert_msg(strstr(line, words) != NULL, "%s", line);
}

START_TEST(who_listens_is_told)
{
	FILE *one = listen_from(0), *two = listen_from(0);

	ck_assert(feed_has_clients());
	happen(5);
	happen(6);
	expect(one, "\"domid\":5");
	expect(one, "\"domid\":6");
	expect(two, "\"domid\":5");
	fclose(one);
	fclose(two);
	serve();
	ck_assert(!feed_has_clients());
	ck_assert_int_eq(notes, 2);
}
END_TEST

START_TEST(the_last_ones_are_remembered)
{
	FILE *from;

	for (unsigned int i = 1; i <= FEED_HISTORY + 3; i++)
		happen(i);

	from = listen_from(2);
	expect(from, "\"domid\":258");
	expect(from, "\"domid\":259");
	fclose(from);

	from = listen_from(100000);
	expect(from, "\"domid\":4}");
	fclose(from);
	serve();
}
END_TEST

START_TEST(a_slow_reader_learns_what_it_lost)
{
	FILE *slow = listen_from(0);
	char line[FEED_LINE_MAX];
	unsigned int got = 0;
	unsigned long lost = 0;

	for (unsigned int i = 0; i < FLOOD; i++)
		happen(5);
	happen(6);

	while (lost == 0) {
		ck_assert_ptr_nonnull(fgets(line, sizeof(line), slow));
		if (sscanf(line, "{\"event\":\"lost\",\"count\":%lu}", &lost) != 1)
			got++;
		ck_assert_int_ge(events_step(0), 0);
	}

	ck_assert_uint_gt(got, 0);
	ck_assert_uint_eq(got + lost, FLOOD + 1);
	happen(7);
	expect(slow, "\"domid\":7");
	fclose(slow);
	serve();
}
END_TEST

START_TEST(nonsense_ends_the_connection)
{
	static const char *const requests[] = {
		"events\n",
		"console 5 live\n",
		"events 1 2\n",
		"\n",
		"0123456789012345678901234567890123456789",
	};
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char byte;

	feed_socket_path(address.sun_path, sizeof(address.sun_path));
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_gt(send(fd, requests[_i], strlen(requests[_i]), 0), 0);
	serve();
	ck_assert(!feed_has_clients());
	ck_assert_int_le(read(fd, &byte, 1), 0);
	close(fd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("feed");
	TCase *t = tcase_create("feed");

	suite_add_tcase(suite, t);
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, scratch_remove);
	tcase_add_test(t, who_listens_is_told);
	tcase_add_test(t, the_last_ones_are_remembered);
	tcase_add_test(t, a_slow_reader_learns_what_it_lost);
	tcase_add_loop_test(t, nonsense_ends_the_connection, 0, 5);

	return suites_run(suite);
}
