/* SPDX-License-Identifier: MIT */
/*
 * The daemon's log, to which its workers write too: whoever rotates it, the others go on in the
 * new file; it stays bounded while the daemon lives; no guest's name leads to it; what it quotes is
 * made printable.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <dom0-tools/base/file.h>
#include <dom0-tools/config/config.h>
#include <dom0-tools/console/console.h>
#include <dom0-tools/base/logfile.h>
#include <dom0-tools/hospesd/note.h>
#include <tests/host/scratch.h>
#include <tests/host/suites_run.h>

/* Of the daemon's log, with its name's ".1". */
#define BOUND (2 * 256 * 1024)

static char path[320], old[330];

static void setup(void)
{
	scratch_make("hospes-note");
	setenv("HOSPES_LOG_DIR", scratch, 1);
	console_daemon_log_path(path, sizeof(path));
	snprintf(old, sizeof(old), "%s.1", path);
	note_open(false);
}

static bool holds(const char *file, const char *what)
{
	static char text[BOUND];

	return file_read_text(file, text, sizeof(text)) >= 0 && strstr(text, what) != NULL;
}

static off_t size_of(const char *file)
{
	struct stat st;

	return stat(file, &st) == 0 ? st.st_size : 0;
}

/* As a worker does: a process of its own that opens the same log and fills it past its bound. */
static void worker_rotates(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		note_open(false);
		for (int i = 0; i < 300; i++)
			note("%01000d", i);
		_exit(0);
	}

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

START_TEST(the_daemon_follows_two_rotations)
{
	note("before");
	worker_rotates();
	worker_rotates();
	ck_assert(!holds(path, "before") && !holds(old, "before"));
	note("after");
	ck_assert(holds(path, "after"));
}
END_TEST

START_TEST(it_is_bounded_while_the_daemon_lives)
{
	for (int i = 0; i < 2000; i++)
		note("%01000d", i);
	ck_assert_int_le(size_of(path) + size_of(old), BOUND);
	ck_assert(holds(path, "1999"));
}
END_TEST

/* Writers that come to the bound together lose no line, but those that the bound takes. */
START_TEST(rotating_together_loses_nothing)
{
	pid_t pid = fork();
	int status;

	for (int i = 0; i < 100; i++)
		note("%s %d %01000d", pid == 0 ? "child" : "parent", i, 0);
	if (pid == 0)
		_exit(0);

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	/* 200 lines of 1 KiB: none of them reached the bound yet. */
	ck_assert(holds(path, "child 0 ") && holds(path, "parent 0 "));

	pid = fork();
	for (int i = 100; i < 200; i++)
		note("%s %d %01000d", pid == 0 ? "child" : "parent", i, 0);
	if (pid == 0)
		_exit(0);

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	for (int i = 0; i < 200; i++) {
		char line[32];

		snprintf(line, sizeof(line), "%s %d ", i % 2 ? "child" : "parent", i);
		ck_assert_msg(holds(path, line) || holds(old, line), "%s", line);
	}
}
END_TEST

START_TEST(no_guest_shares_it)
{
	char guest[320];

	console_log_path("hospesd", guest, sizeof(guest));
	ck_assert_str_ne(guest, path);
	note("the daemon's");
	ck_assert_int_eq(access(guest, F_OK), -1);
	/* A name that leads there is none that a guest can have. */
	console_log_path("daemon/hospesd", guest, sizeof(guest));
	ck_assert_str_eq(guest, path);
}
END_TEST

START_TEST(what_is_quoted_is_made_printable)
{
	note("a guest says %s", "\033]0;title\a\233m\nlines");
	ck_assert(holds(path, "a guest says ?]0;title??m?lines\n") ||
		  holds(path, "a guest says ?]0;title??m?lines"));
	ck_assert(!holds(path, "\033"));
}
END_TEST

START_TEST(a_log_that_could_not_be_opened_is_tried_again)
{
	char away[80];

	snprintf(away, sizeof(away), "%s/daemon", scratch);
	unlink(path);
	ck_assert_int_eq(rmdir(away), 0);
	note("lost");
	ck_assert_int_eq(mkdir(away, 0700), 0);
	note("kept");
	ck_assert(holds(path, "kept"));
	ck_assert(holds(path, "could not be written here"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("note");
	TCase *t = tcase_create("note");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, scratch_remove);
	tcase_add_test(t, the_daemon_follows_two_rotations);
	tcase_add_test(t, it_is_bounded_while_the_daemon_lives);
	tcase_add_test(t, rotating_together_loses_nothing);
	tcase_add_test(t, no_guest_shares_it);
	tcase_add_test(t, what_is_quoted_is_made_printable);
	tcase_add_test(t, a_log_that_could_not_be_opened_is_tried_again);
	suite_add_tcase(s, t);

	return suites_run(s);
}
