/* SPDX-License-Identifier: MIT */
/*
 * What all tools rest on: whole files are read and replaced, or an error says why not; children are
 * started with no signal blocked, and their end is told; deadlines do not wrap.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <dom0-tools/base/clock.h>
#include <dom0-tools/base/file.h>
#include <dom0-tools/base/printable.h>
#include <dom0-tools/base/process.h>
#include <tests/host/suites_run.h>

static char work[64], path[80], new[90];
static struct hospes_error err;

static void setup(void)
{
	snprintf(work, sizeof(work), "/tmp/base-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(work));
	snprintf(path, sizeof(path), "%s/file", work);
	snprintf(new, sizeof(new), "%s.new", path);
	error_clear(&err);
}

static void teardown(void)
{
	rmdir(new);
	unlink(new);
	unlink(path);
	rmdir(work);
}

static void holds(const char *want)
{
	char text[64];

	ck_assert_int_eq(file_read_text(path, text, sizeof(text)), (ssize_t)strlen(want));
	ck_assert_str_eq(text, want);
}

START_TEST(replaced_files_have_the_new_content)
{
	struct stat st;

	ck_assert_int_eq(file_replace(path, "one", 3, 0600), 0);
	holds("one");
	ck_assert_int_eq(file_replace(path, "", 0, 0600), 0);
	holds("");
	ck_assert_int_eq(file_replace(path, "three", 5, 0600), 0);
	holds("three");

	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	ck_assert_int_lt(stat(new, &st), 0);
}
END_TEST

START_TEST(what_cannot_be_replaced_stays)
{
	ck_assert_int_eq(file_replace(path, "old", 3, 0600), 0);
	ck_assert_int_eq(mkdir(new, 0700), 0);
	ck_assert_int_eq(file_replace(path, "new", 3, 0600), -EISDIR);
	holds("old");

	rmdir(new);
	ck_assert_int_eq(symlink("/dev/null", new), 0);
	ck_assert_int_eq(file_replace(path, "new", 3, 0600), -ELOOP);
	holds("old");

	ck_assert_int_eq(file_replace("/nowhere/file", "new", 3, 0600), -ENOENT);
}
END_TEST

START_TEST(small_texts_lose_one_newline_and_what_is_too_long)
{
	char text[4];

	ck_assert_int_eq(file_replace(path, "a\n\n", 3, 0600), 0);
	ck_assert_int_eq(file_read_text(path, text, sizeof(text)), 2);
	ck_assert_str_eq(text, "a\n");

	ck_assert_int_eq(file_replace(path, "abcdef", 6, 0600), 0);
	ck_assert_int_eq(file_read_text(path, text, sizeof(text)), 3);
	ck_assert_str_eq(text, "abc");

	ck_assert_int_eq(file_read_text("/nowhere/file", text, sizeof(text)), -ENOENT);
	ck_assert_str_eq(text, "");
}
END_TEST

START_TEST(exact_reads_see_the_end)
{
	char data[8];
	int fd;

	ck_assert_int_eq(file_replace(path, "12345678", 8, 0600), 0);
	fd = open(path, O_RDWR);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(file_read_at(fd, data, 4, 4), 0);
	ck_assert_mem_eq(data, "5678", 4);
	ck_assert_int_eq(file_read_at(fd, data, 5, 4), -ENODATA);
	ck_assert_int_eq(file_read_at(fd, data, 0, 100), 0);

	ck_assert_int_eq(file_write_at(fd, "xy", 2, 2), 0);
	ck_assert_int_eq(file_read(fd, data, sizeof(data)), 8);
	ck_assert_mem_eq(data, "12xy5678", 8);
	ck_assert_int_eq(file_read(fd, data, sizeof(data)), 0);
	close(fd);

	ck_assert_int_eq(file_read(fd, data, sizeof(data)), -EBADF);
	ck_assert_int_eq(file_write(fd, data, 1), -EBADF);
}
END_TEST

START_TEST(only_regular_files_are_opened)
{
	struct stat st;
	int fd;

	ck_assert_int_eq(file_replace(path, "12345", 5, 0600), 0);
	fd = file_open_regular(path, "the kernel", &st, &err);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(st.st_size, 5);
	close(fd);

	ck_assert_int_eq(file_open_regular(work, "the kernel", &st, &err), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "is no regular file"));

	/* Nobody writes to it: that must not stop us. */
	unlink(path);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(file_open_regular(path, "the kernel", &st, &err), -EINVAL);

	ck_assert_int_eq(file_open_regular("/nowhere", "the kernel", &st, &err), -ENOENT);
	ck_assert_ptr_nonnull(strstr(err.text, "the kernel /nowhere"));
}
END_TEST

static int shell(const char *command)
{
	char *argv[] = { "sh", "-c", (char *)command, NULL };
	pid_t pid = process_start("/bin/sh", argv, NULL);

	ck_assert_int_gt(pid, 0);
	return process_wait(pid);
}

START_TEST(the_end_of_children_is_told)
{
	char *argv[] = { "none", NULL };

	ck_assert_int_eq(shell("exit 0"), 0);
	ck_assert_int_eq(shell("exit 7"), 7);
	ck_assert_int_eq(shell("kill -9 $$"), -EINTR);
	ck_assert_int_eq(process_start("/nowhere/program", argv, NULL), -ENOENT);
	ck_assert_int_eq(process_wait(getpid()), -ECHILD);
}
END_TEST

START_TEST(children_have_no_signal_blocked)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	ck_assert_int_eq(shell("kill -TERM $$; exit 0"), -EINTR);
}
END_TEST

START_TEST(deadlines)
{
	int64_t now = clock_ms();

	ck_assert_int_eq(clock_left_ms(now - 1), 0);
	ck_assert_int_eq(clock_left_ms(INT64_MIN / 2), 0);
	ck_assert_int_eq(clock_left_ms(INT64_MAX / 2), 0x7fffffff);
	ck_assert_int_gt(clock_left_ms(now + 100000), 50000);
	clock_sleep_ms(20);
	ck_assert_int_ge(clock_ms() - now, 20);
}
END_TEST

/* What @text becomes; its last byte is followed by one that must not be looked at. */
static void becomes(const char *text, const char *want, bool lines)
{
	size_t n = strlen(text);
	char *copy = malloc(n + 1);

	memcpy(copy, text, n + 1);
	printable_make(copy, n, lines);
	ck_assert_str_eq(copy, want);
	free(copy);

	copy = malloc(n != 0 ? n : 1);
	memcpy(copy, text, n);
	printable_make(copy, n, lines);
	ck_assert_mem_eq(copy, want, n);
	free(copy);
}

START_TEST(no_escape_sequence_is_printable)
{
	becomes("plain text ~", "plain text ~", false);
	becomes("\033[2J\a\177", "?[2J??", false);
	becomes("a\tb\nc\rd", "a?b?c?d", false);
	becomes("a\tb\nc\rd", "a\tb\nc?d", true);
	/* Of eight bits, of UTF-8, and spelt too long. */
	becomes("\233m", "?m", true);
	becomes("\302\233m", "??m", true);
	becomes("\300\233m", "??m", true);
	becomes("\340\202\233m", "???m", true);
	becomes("\300\212", "??", true);
}
END_TEST

START_TEST(other_letters_stay)
{
	becomes("h\303\266flich \342\202\254 \360\237\230\200",
		"h\303\266flich \342\202\254 \360\237\230\200", false);
	/* Surrogates, what is beyond Unicode, and what is cut off. */
	becomes("\355\240\200", "???", false);
	becomes("\364\220\200\200", "????", false);
	becomes("x\342\202", "x??", false);
	becomes("\342(\254", "?(?", false);
	becomes("\377\376", "??", false);
}
END_TEST

/* Two who have the same file open, and one that nobody can get. */
START_TEST(locks_are_of_a_name)
{
	int first = file_open_locked(AT_FDCWD, path, O_RDWR | O_CREAT, 0600);
	int other;

	ck_assert_int_ge(first, 0);
	ck_assert(file_has_name(first, AT_FDCWD, path));
	ck_assert_int_eq(file_open_locked(AT_FDCWD, path, O_RDWR, 0), -EWOULDBLOCK);

	ck_assert_int_eq(unlink(path), 0);
	ck_assert(!file_has_name(first, AT_FDCWD, path));
	ck_assert_int_eq(file_open_locked(AT_FDCWD, path, O_RDWR, 0), -ENOENT);

	/* Another file of that name is not ours, and its lock is another. */
	other = file_open_locked(AT_FDCWD, path, O_RDWR | O_CREAT, 0600);
	ck_assert_int_ge(other, 0);
	ck_assert(!file_has_name(first, AT_FDCWD, path));
	close(first);
	close(other);

	other = file_open_locked(AT_FDCWD, path, O_RDWR, 0);
	ck_assert_int_ge(other, 0);
	close(other);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("base");
	TCase *t = tcase_create("base");

	suite_add_tcase(suite, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, replaced_files_have_the_new_content);
	tcase_add_test(t, what_cannot_be_replaced_stays);
	tcase_add_test(t, small_texts_lose_one_newline_and_what_is_too_long);
	tcase_add_test(t, exact_reads_see_the_end);
	tcase_add_test(t, only_regular_files_are_opened);
	tcase_add_test(t, the_end_of_children_is_told);
	tcase_add_test(t, children_have_no_signal_blocked);
	tcase_add_test(t, deadlines);
	tcase_add_test(t, locks_are_of_a_name);
	tcase_add_test(t, no_escape_sequence_is_printable);
	tcase_add_test(t, other_letters_stay);

	return suites_run(suite);
}
