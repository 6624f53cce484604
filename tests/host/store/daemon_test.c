/* SPDX-License-Identifier: MIT */
/*
 * The daemon itself, run beside this test without a hypervisor, and the client library against it.
 */
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xenstore-like/client/client.h>
#include <tests/host/suites_run.h>
#include "daemon_run.h"

static struct store *s, *s2;

static void connect_both(void)
{
	s = daemon_connect();
	s2 = daemon_connect();
}

static void close_both(void)
{
	store_close(s);
	store_close(s2);
}

static void setup(void)
{
	daemon_folder_make();
	daemon_start(true);
	connect_both();
}

static void teardown(void)
{
	close_both();
	daemon_stop(SIGTERM);
	daemon_folder_remove();
}

static void value_is(struct store *store, store_txn txn, const char *path, const char *expected)
{
	char *value;
	size_t len;

	ck_assert_int_eq(store_read(store, txn, path, &value, &len), 0);
	ck_assert_uint_eq(len, strlen(expected));
	ck_assert_str_eq(value, expected);
	free(value);
}

START_TEST(nodes)
{
	uint64_t number;
	char *value, **names;
	unsigned int count;

	ck_assert_int_eq(store_write_string(s, STORE_NO_TXN, "/a/b", "hello"), 0);
	value_is(s2, STORE_NO_TXN, "/a/b", "hello");

	ck_assert_int_eq(store_printf(s, STORE_NO_TXN, "/a/n", "%d", 42), 0);
	ck_assert_int_eq(store_read_number(s, STORE_NO_TXN, "/a/n", &number), 0);
	ck_assert_uint_eq(number, 42);
	ck_assert_int_eq(store_read_number(s, STORE_NO_TXN, "/a/b", &number), -EINVAL);

	ck_assert_int_eq(store_read(s, STORE_NO_TXN, "/nope", &value, NULL), -ENOENT);

	ck_assert_int_eq(store_mkdir(s, STORE_NO_TXN, "/a/empty"), 0);
	ck_assert_int_eq(store_directory(s, STORE_NO_TXN, "/a", &names, &count), 0);
	ck_assert_uint_eq(count, 3);
	ck_assert_str_eq(names[0], "b");
	ck_assert_str_eq(names[2], "n");
	ck_assert_ptr_null(names[3]);
	free(names);

	ck_assert_int_eq(store_directory(s, STORE_NO_TXN, "/a/empty", &names, &count), 0);
	ck_assert_uint_eq(count, 0);
	free(names);

	ck_assert(store_exists(s, STORE_NO_TXN, "/a/b"));
	ck_assert_int_eq(store_rm(s, STORE_NO_TXN, "/a"), 0);
	ck_assert(!store_exists(s, STORE_NO_TXN, "/a/b"));
}
END_TEST

START_TEST(long_list)
{
	char path[64], **names;
	unsigned int count;

	for (int i = 0; i < 700; i++) {
		snprintf(path, sizeof(path), "/d/a_name_of_some_length_%d", i);
		ck_assert_int_eq(store_mkdir(s, STORE_NO_TXN, path), 0);
	}

	ck_assert_int_eq(store_directory(s, STORE_NO_TXN, "/d", &names, &count), 0);
	ck_assert_uint_eq(count, 700);

	for (unsigned int i = 1; i < count; i++)
		ck_assert_int_lt(strcmp(names[i - 1], names[i]), 0);
	free(names);
}
END_TEST

START_TEST(permissions)
{
	struct store_perm perms[] = { { 0, STORE_NONE }, { 5, STORE_READ }, { 6, STORE_BOTH } };
	struct store_perm *got;
	unsigned int count;

	ck_assert_int_eq(store_mkdir(s, STORE_NO_TXN, "/p"), 0);
	ck_assert_int_eq(store_set_permissions(s, STORE_NO_TXN, "/p", perms, 3), 0);

	ck_assert_int_eq(store_get_permissions(s, STORE_NO_TXN, "/p", &got, &count), 0);
	ck_assert_uint_eq(count, 3);
	ck_assert_mem_eq(got, perms, sizeof(perms));
	free(got);
}
END_TEST

START_TEST(transactions)
{
	store_txn t, t2;

	ck_assert_int_eq(store_transaction_start(s, &t), 0);
	ck_assert_int_eq(store_transaction_start(s2, &t2), 0);

	ck_assert(!store_exists(s, t, "/x"));
	ck_assert_int_eq(store_write_string(s, t, "/x", "1"), 0);
	ck_assert_int_eq(store_write_string(s2, t2, "/x", "2"), 0);

	ck_assert_int_eq(store_transaction_end(s2, t2, true), 0);
	ck_assert_int_eq(store_transaction_end(s, t, true), -EAGAIN);
	value_is(s, STORE_NO_TXN, "/x", "2");
}
END_TEST

START_TEST(watches)
{
	struct store_event event;

	ck_assert_int_eq(store_watch(s, "/w", "token"), 0);
	ck_assert_int_eq(store_write_string(s2, STORE_NO_TXN, "/w/x", "1"), 0);

	/* Events that came while this call waited for its answer are not lost. */
	ck_assert(!store_exists(s, STORE_NO_TXN, "/nope"));

	ck_assert_int_eq(store_next_event(s, &event, true), 0);
	ck_assert_str_eq(event.path, "/w");
	ck_assert_str_eq(event.token, "token");
	store_event_free(&event);

	ck_assert_int_eq(store_next_event(s, &event, true), 0);
	ck_assert_str_eq(event.path, "/w/x");
	store_event_free(&event);

	ck_assert_int_eq(store_next_event(s, &event, false), -EAGAIN);

	ck_assert_int_eq(store_unwatch(s, "/w", "token"), 0);
	ck_assert_int_eq(store_unwatch(s, "/w", "token"), -ENOENT);

	ck_assert_int_eq(store_write_string(s2, STORE_NO_TXN, "/w/x", "2"), 0);
	ck_assert_int_eq(store_next_event(s, &event, false), -EAGAIN);
}
END_TEST

START_TEST(domains)
{
	bool introduced;
	char *text;

	ck_assert_int_eq(store_introduce_domain(s, 5, 1000, 7), -ENOENT);
	ck_assert_int_eq(store_release_domain(s, 5), -ENOENT);

	ck_assert_int_eq(store_is_domain_introduced(s, 5, &introduced), 0);
	ck_assert(!introduced);

	ck_assert_int_eq(store_get_domain_path(s, 5, &text), 0);
	ck_assert_str_eq(text, "/local/domain/5");
	free(text);

	ck_assert_int_eq(store_control(s, (const char *[]){ "check" }, 1, &text), 0);
	ck_assert_msg(strncmp(text, "right", 5) == 0, "%s", text);
	free(text);
	ck_assert_int_eq(store_control(s, (const char *[]){ "bogus" }, 1, &text), -EINVAL);
}
END_TEST

START_TEST(second_daemon)
{
	pid_t pid = daemon_spawn(true);
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	ck_assert(store_exists(s, STORE_NO_TXN, "/tool/xenstored"));
}
END_TEST

/* Ended in order, or killed at once: the next daemon has the same tree. */
START_TEST(restarted)
{
	struct store_event event;

	ck_assert_int_eq(store_write_string(s, STORE_NO_TXN, "/kept/x", "1"), 0);

	close_both();
	daemon_stop(_i ? SIGKILL : SIGTERM);

	daemon_start(true);
	connect_both();
	value_is(s, STORE_NO_TXN, "/kept/x", "1");

	/* A client sees the end of its connection, and connects again. */
	kill(daemon_pid, SIGKILL);
	ck_assert_int_eq(store_next_event(s, &event, true), -ECONNRESET);
	waitpid(daemon_pid, NULL, 0);
	close_both();
	daemon_start(true);
	connect_both();
}
END_TEST

/* Writes numbers until the daemon is gone. The last one that was answered. */
static uint64_t write_until_killed(struct store *store, uint64_t number)
{
	while (store_printf(store, STORE_NO_TXN, "/kill/number", "%lu", number + 1) == 0)
		number++;
	return number;
}

/* Killed at any moment of its work: what it had answered is there, and nothing that was not
 * asked. */
START_TEST(killed)
{
	uint64_t answered = 0, found;
	pid_t killer;

	srand(1);
	ck_assert_int_eq(store_printf(s, STORE_NO_TXN, "/kill/number", "0"), 0);
	for (int i = 0; i < 30; i++) {
		pid_t victim = daemon_pid;

		killer = fork();
		if (killer == 0) {
			usleep(1000 + rand() % 20000 + 700 * i);
			kill(victim, SIGKILL);
			_exit(0);
		}

		answered = write_until_killed(s, answered);
		waitpid(killer, NULL, 0);
		waitpid(daemon_pid, NULL, 0);
		close_both();
		daemon_start(true);
		connect_both();

		ck_assert_int_eq(store_read_number(s, STORE_NO_TXN, "/kill/number", &found), 0);
		ck_assert_uint_ge(found, answered);
		ck_assert_uint_le(found, answered + 1);
		answered = found;
	}
	ck_assert_uint_gt(answered, 100);
}
END_TEST

/* What is there but cannot be used is not given up without being told to. */
START_TEST(damaged_state)
{
	char name[128];
	int status;
	pid_t pid;

	ck_assert_int_eq(store_write_string(s, STORE_NO_TXN, "/kept/x", "1"), 0);
	close_both();
	daemon_stop(SIGKILL);

	for (int slot = 0; slot < 3; slot++) {
		snprintf(name, sizeof(name), "%.*s/state.%d",
			 (int)(strrchr(daemon_socket, '/') - daemon_socket), daemon_socket, slot);
		if (truncate(name, 10))
			ck_assert_int_eq(errno, ENOENT);
	}

	pid = daemon_spawn(true);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 1);

	daemon_empty = true;
	daemon_start(true);
	daemon_empty = false;
	connect_both();
	ck_assert(!store_exists(s, STORE_NO_TXN, "/kept/x"));
}
END_TEST

#define FULL_BYTES (64u << 10)
#define FULL_NODES 40

/* No file of the daemon's may grow beyond that. */
static void file_limit(rlim_t bytes)
{
	const struct rlimit limit = { bytes, RLIM_INFINITY };

	ck_assert_int_eq(prlimit(daemon_pid, RLIMIT_FSIZE, &limit, NULL), 0);
}

/* The disk is full for a while: all are served on, and when there is room again the state is saved
 * though nobody asks for anything. */
START_TEST(full_disk)
{
	char value[4000], path[32];

	memset(value, 'v', sizeof(value));
	file_limit(FULL_BYTES);
	for (int i = 0; i < FULL_NODES; i++) {
		snprintf(path, sizeof(path), "/full/%d", i);
		ck_assert_int_eq(store_write(s, STORE_NO_TXN, path, value, sizeof(value)), 0);
	}

	file_limit(RLIM_INFINITY);
	sleep(13);

	close_both();
	daemon_stop(SIGKILL);
	daemon_start(true);
	connect_both();
	for (int i = 0; i < FULL_NODES; i++) {
		snprintf(path, sizeof(path), "/full/%d", i);
		ck_assert(store_exists(s, STORE_NO_TXN, path));
	}
}
END_TEST

/* A daemon that stands still: each wait for it ends, and the handle is of no use then. */
START_TEST(no_answer)
{
	struct store_event event;
	char *value;

	store_set_wait(s, 300);
	kill(daemon_pid, SIGSTOP);
	ck_assert_int_eq(store_read(s, STORE_NO_TXN, "/tool", &value, NULL), -ETIMEDOUT);

	/* The answer to that comes late, and must not be taken for one to this. */
	kill(daemon_pid, SIGCONT);
	ck_assert_int_eq(store_write_string(s, STORE_NO_TXN, "/x", "1"), -ETIMEDOUT);
	ck_assert_int_eq(store_next_event(s, &event, false), -ETIMEDOUT);

	close_both();
	connect_both();
	ck_assert(store_exists(s, STORE_NO_TXN, "/tool"));
}
END_TEST

/* Requests that nobody takes fill the socket; to send more has its limit too. */
START_TEST(no_reader)
{
	static char value[4000];
	int rc = 0;

	store_set_wait(s, 300);
	kill(daemon_pid, SIGSTOP);
	store_batch_begin(s);
	for (int i = 0; i < 1000 && !rc; i++)
		rc = store_write(s, STORE_NO_TXN, "/x", value, sizeof(value));
	ck_assert_int_eq(rc, -ETIMEDOUT);
	ck_assert_int_eq(store_batch_end(s, NULL), -ETIMEDOUT);

	kill(daemon_pid, SIGCONT);
	close_both();
	connect_both();
}
END_TEST

/* Of a daemon that was killed the socket is left: that is said at once. */
START_TEST(nobody_listens)
{
	daemon_stop(SIGKILL);
	ck_assert_ptr_null(store_open_path(daemon_socket));
	ck_assert_int_eq(errno, ECONNREFUSED);

	close_both();
	daemon_start(true);
	connect_both();
}
END_TEST

static int raw_open(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, daemon_socket);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* A client that floods and never reads is held back; the others are served. */
START_TEST(flood)
{
	uint32_t request[] = { 2 /* read */, 1, 0, 10 };
	char message[26] = "................/flood/it";
	char *big = calloc(1, 4000);
	int fd = raw_open(), sent = 0;

	ck_assert_int_eq(store_write(s, STORE_NO_TXN, "/flood/it", big, 4000), 0);
	free(big);

	memcpy(message, request, sizeof(request));
	while (send(fd, message, sizeof(message), MSG_DONTWAIT) == sizeof(message))
		sent++;
	ck_assert_int_gt(sent, 100);

	for (int i = 0; i < 100; i++)
		ck_assert(store_exists(s, STORE_NO_TXN, "/tool"));

	close(fd);
	ck_assert(store_exists(s, STORE_NO_TXN, "/tool"));
}
END_TEST

START_TEST(garbage)
{
	char bytes[256];

	srand(_i);

	for (int i = 0; i < 100; i++) {
		int fd = raw_open();

		for (size_t b = 0; b < sizeof(bytes); b++)
			bytes[b] = rand() % 3 ? 0 : rand();

		send(fd, bytes, rand() % sizeof(bytes), MSG_NOSIGNAL);
		close(fd);
	}

	ck_assert(store_exists(s, STORE_NO_TXN, "/tool"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store daemon");
	TCase *tcase = tcase_create("daemon");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, nodes);
	tcase_add_test(tcase, long_list);
	tcase_add_test(tcase, permissions);
	tcase_add_test(tcase, transactions);
	tcase_add_test(tcase, watches);
	tcase_add_test(tcase, domains);
	tcase_add_test(tcase, second_daemon);
	tcase_add_loop_test(tcase, restarted, 0, 2);
	tcase_add_test(tcase, killed);
	tcase_add_test(tcase, no_answer);
	tcase_add_test(tcase, no_reader);
	tcase_add_test(tcase, nobody_listens);
	tcase_add_test(tcase, damaged_state);
	tcase_add_test(tcase, full_disk);
	tcase_add_test(tcase, flood);
	tcase_add_loop_test(tcase, garbage, 0, 5);
	tcase_set_timeout(tcase, 60);
	suite_add_tcase(suite, tcase);

	return suites_run(suite);
}
