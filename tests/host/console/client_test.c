/* SPDX-License-Identifier: MIT */
/*
 * The client's side of a console, against a daemon that stands still: nobody waits for it without
 * end, and a session can be left.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <dom0-tools/base/clock.h>
#include <dom0-tools/base/must_check.h>
#include <dom0-tools/console/console.h>
#include <tests/host/scratch.h>
#include <tests/host/suites_run.h>

static void setup(void)
{
	scratch_make("hospes-client");
	setenv("HOSPES_RUN_DIR", scratch, 1);
}

/* A daemon that accepts clients and then stands still, as one that was stopped would. */
static int deaf_daemon(const char *answer)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), client;
	pid_t pid;

	console_socket_path(address.sun_path, sizeof(address.sun_path));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(fd, 8), 0);

	pid = fork();
	if (pid == 0) {
		while ((client = accept(fd, NULL, NULL)) >= 0)
			ignore(write(client, answer, strlen(answer)));
		_exit(0);
	}
	close(fd);
	return pid;
}

START_TEST(a_daemon_that_does_not_answer_is_not_waited_for)
{
	struct hospes_error err = { 0 };
	int64_t from = clock_ms();
	pid_t daemon;

	daemon = deaf_daemon("");
	ck_assert_int_eq(console_connect(5, true, &err), -ECONNREFUSED);
	ck_assert_ptr_nonnull(strstr(err.text, "hospesd does not answer"));
	ck_assert_int_le(clock_ms() - from, 60000);
	kill(daemon, SIGKILL);
}
END_TEST

/* Types more than a socket holds, and then ^]. */
static void user_types(int terminal)
{
	static char much[1024];

	memset(much, 'x', sizeof(much));
	for (int i = 0; i < 512; i++)
		ignore(write(terminal, much, sizeof(much)));
	ignore(write(terminal, "\x1d", 1));
}

START_TEST(a_console_that_takes_nothing_can_be_left)
{
	struct hospes_error err = { 0 };
	int master, slave, null = open("/dev/null", O_WRONLY);
	pid_t daemon, user;

	daemon = deaf_daemon("ok\n");
	ck_assert_int_eq(openpty(&master, &slave, NULL, NULL, NULL), 0);
	user = fork();
	if (user == 0) {
		/* When the terminal is raw: a line discipline would cut long lines. */
		sleep(1);
		user_types(master);
		_exit(0);
	}

	ck_assert_int_eq(console_interact(5, false, slave, null, &err), 0);
	kill(user, SIGKILL);
	kill(daemon, SIGKILL);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("client");
	TCase *t = tcase_create("client");

	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, setup, scratch_remove);
	tcase_add_test(t, a_daemon_that_does_not_answer_is_not_waited_for);
	tcase_add_test(t, a_console_that_takes_nothing_can_be_left);
	suite_add_tcase(s, t);

	return suites_run(s);
}
