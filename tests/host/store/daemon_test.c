/* SPDX-License-Identifier: MIT */
/*
 * The daemon itself, run beside this test without a hypervisor, and the client library against it.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xenstore-like/client/client.h>
#include "peer.h"

static char dir[] = "/tmp/store-daemon-XXXXXX";
static char socket_path[64];
static char program[512];
static pid_t daemon_pid;
static struct store *s, *s2;

static pid_t daemon_spawn(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		char *args[] = { program, "-F", "--no-domains", "-s", socket_path, NULL };
		int null = open("/dev/null", O_WRONLY);

		/* Its log is for people; what the sanitizers say is seen in its exit. */
		dup2(null, 2);
		execv(program, args);
		_exit(127);
	}
	return pid;
}

static struct store *open_wait(void)
{
	for (int i = 0; i < 400; i++) {
		struct store *store = store_open_path(socket_path);

		if (store)
			return store;
		usleep(25000);
	}
	ck_abort_msg("the daemon does not answer");
	return NULL;
}

static void daemon_start(void)
{
	daemon_pid = daemon_spawn();
	s = open_wait();
	s2 = open_wait();
}

static void daemon_stop(int sig)
{
	int status;

	store_close(s);
	store_close(s2);
	kill(daemon_pid, sig);
	ck_assert_int_eq(waitpid(daemon_pid, &status, 0), daemon_pid);
	if (sig == SIGTERM)
		ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
			      "the daemon ended with status %#x", status);
}

static void setup(void)
{
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 32);

	ck_assert_int_gt(n, 0);
	program[n] = '\0';
	strcat(dirname(program), "/hospes-stored");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(socket_path, sizeof(socket_path), "%s/socket", dir);
	daemon_start();
}

static void teardown(void)
{
	char path[128];

	daemon_stop(SIGTERM);
	snprintf(path, sizeof(path), "%s/state", dir);
	unlink(path);
	ck_assert_int_eq(rmdir(dir), 0);
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

	store_mkdir(s, STORE_NO_TXN, "/p");
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
	store_write_string(s, t, "/x", "1");
	store_write_string(s2, t2, "/x", "2");
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
	ck_assert_int_eq(store_control(s, (const char *[]){ "bogus" }, 1, &text), -ENOSYS);
}
END_TEST

START_TEST(second_daemon)
{
	pid_t pid = daemon_spawn();
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	ck_assert(store_exists(s, STORE_NO_TXN, "/tool/xenstored"));
}
END_TEST

/* Ended in order, or killed after a quiet moment: the next daemon has the same tree. */
START_TEST(restarted)
{
	struct store_event event;

	ck_assert_int_eq(store_write_string(s, STORE_NO_TXN, "/kept/x", "1"), 0);
	if (_i)
		usleep(600000);
	daemon_stop(_i ? SIGKILL : SIGTERM);
	daemon_start();
	value_is(s, STORE_NO_TXN, "/kept/x", "1");
	kill(daemon_pid, SIGKILL);
	ck_assert_int_eq(store_next_event(s, &event, true), -ECONNRESET);
	waitpid(daemon_pid, NULL, 0);
	store_close(s);
	store_close(s2);
	daemon_start();
}
END_TEST

static int raw_open(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, socket_path);
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
	tcase_add_test(tcase, flood);
	tcase_add_loop_test(tcase, garbage, 0, 5);
	tcase_set_timeout(tcase, 60);
	suite_add_tcase(suite, tcase);
	return suites_run(suite);
}
