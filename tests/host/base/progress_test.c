/* SPDX-License-Identifier: MIT */
/*
 * What a person who waits is told: nothing for two seconds, then a line that stays in its place and
 * is as wide as the terminal at most; and nothing is left of it at the end, on a real
 * pseudo terminal. Where nobody looks not a byte is written.
 */
#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <dom0-tools/base/clock.h>
#include <dom0-tools/base/progress.h>
#include <tests/host/suites_run.h>

#define MIB (1UL << 20)

/* Until the next piece comes, on a machine that is busy. */
#define PIECE_MS 2000

static int screen, stderr_before;
static int64_t now = 5000;

/* In the place of base/clock.c: time goes by when a test says so. */
int64_t clock_ms(void)
{
	return now;
}

/* stderr is a terminal of @columns, as raw as a screen; 0: one that does not say. */
static void terminal_make(unsigned short columns)
{
	struct winsize size = { .ws_row = 24, .ws_col = columns };
	struct termios mode;
	int line;

	screen = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
	ck_assert_int_ge(screen, 0);
	ck_assert_int_eq(grantpt(screen), 0);
	ck_assert_int_eq(unlockpt(screen), 0);
	line = open(ptsname(screen), O_RDWR | O_NOCTTY);
	ck_assert_int_ge(line, 0);

	ck_assert_int_eq(tcgetattr(line, &mode), 0);
	cfmakeraw(&mode);
	ck_assert_int_eq(tcsetattr(line, TCSANOW, &mode), 0);
	ck_assert_int_eq(ioctl(line, TIOCSWINSZ, &size), 0);

	stderr_before = dup(STDERR_FILENO);
	ck_assert_int_eq(dup2(line, STDERR_FILENO), STDERR_FILENO);
	close(line);
}

static void terminal_end(void)
{
	dup2(stderr_before, STDERR_FILENO);
	close(stderr_before);
	close(screen);
}

/* What was written since the last look. The terminal hands it on in its own time, and in pieces. */
static void seen(const char *want)
{
	struct pollfd look = { .fd = screen, .events = POLLIN };
	char text[1024];
	size_t length = 0;

	do {
		ssize_t n = read(screen, text + length, sizeof(text) - 1 - length);

		length += n > 0 ? (size_t)n : 0;
	} while (length < strlen(want) && poll(&look, 1, PIECE_MS) > 0);

	text[length] = '\0';
	ck_assert_str_eq(text, want);
}

START_TEST(a_short_wait_is_not_worth_a_line)
{
	terminal_make(80);
	progress_begin("lx");
	progress_bytes(1, 2);
	now += PROGRESS_AFTER_MS - 200;
	progress_tell("still");
	progress_next("lx: more");
	progress_end();
	seen("");
	terminal_end();
}
END_TEST

START_TEST(a_long_wait_has_a_line_that_goes_away)
{
	terminal_make(80);
	progress_begin("lx: unpacking");
	now += PROGRESS_AFTER_MS;
	progress_bytes(45 * MIB, 90 * MIB);
	seen("\rlx: unpacking: 45 of 90 MiB (50 %), 2 s");

	/* Not twice in a step. */
	progress_bytes(46 * MIB, 90 * MIB);
	seen("");
	now += PROGRESS_STEP_MS;
	progress_tell("soon");
	seen("\rlx: unpacking: soon, 2 s               ");

	/* Another part is told of at once. */
	progress_next("lx: go");
	seen("\rlx: go: 2 s             ");
	progress_hide();
	seen("\r           \r");
	now += PROGRESS_STEP_MS;
	progress_tell("on");
	seen("\rlx: go: on, 3 s");

	progress_end();
	seen("\r               \r");
	now += PROGRESS_STEP_MS;
	progress_tell("no more");
	progress_end();
	seen("");
	terminal_end();
}
END_TEST

START_TEST(lines_do_not_wrap)
{
	terminal_make(20);
	progress_begin("reading /boot/vmlinuz-6.1");
	now += PROGRESS_AFTER_MS;
	progress_bytes(0, MIB);
	seen("\rreading /boot/vmlin");
	progress_end();
	terminal_end();

	terminal_make(0);
	progress_begin("%090d", 7);
	now += PROGRESS_AFTER_MS;
	progress_bytes(0, MIB);
	seen("\r0000000000000000000000000000000000000000000000000000000000000000000000000000000");
	progress_end();
	terminal_end();
}
END_TEST

START_TEST(who_does_not_look_is_told_nothing)
{
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_NONBLOCK), 0);
	stderr_before = dup(STDERR_FILENO);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);

	progress_begin("lx");
	now += 60000;
	progress_bytes(1, 2);
	progress_next("lx: more");
	progress_end();
	screen = ends[0];
	seen("");
	terminal_end();
}
END_TEST

static void amount_is(uint64_t done, uint64_t total, const char *want)
{
	char text[64];

	progress_amount(text, sizeof(text), done, total);
	ck_assert_str_eq(text, want);
}

START_TEST(amounts)
{
	amount_is(0, 0, "0 MiB");
	amount_is(7 * MIB + 1, 0, "7 MiB");
	amount_is(512, 1024, "0 of 1 KiB (50 %)");
	amount_is(MIB, MIB, "1 of 1 MiB (100 %)");
	amount_is(5 * MIB, 4 * MIB, "4 of 4 MiB (100 %)");
	amount_is(UINT64_MAX, UINT64_MAX, "17592186044415 of 17592186044415 MiB (100 %)");
}
END_TEST

static void rate_is(uint64_t done, uint64_t total, int64_t ms, const char *want)
{
	char text[64];

	progress_rate(text, sizeof(text), done, total, ms);
	ck_assert_str_eq(text, want);
}

START_TEST(rates)
{
	rate_is(20 * MIB, 100 * MIB, 2000, ", 10 MiB/s, 8 s left");
	rate_is(20 * MIB, 100 * MIB, 999, "");
	rate_is(0, 100 * MIB, 2000, "");
	rate_is(20 * MIB, 0, 2000, "");
	rate_is(100 * MIB, 100 * MIB, 2000, "");
	rate_is(1, UINT64_MAX, 2000, ", 0 MiB/s, 36893488147419103232 s left");
}
END_TEST

START_TEST(lines_are_printable)
{
	char line[PROGRESS_LINE_MAX];

	ck_assert_uint_eq(progress_line(line, "a\033[2Jb", "\n", 3, 80), 14);
	ck_assert_str_eq(line, "a?[2Jb: ?, 3 s");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("progress");
	TCase *t = tcase_create("progress");

	suite_add_tcase(suite, t);
	tcase_add_test(t, a_short_wait_is_not_worth_a_line);
	tcase_add_test(t, a_long_wait_has_a_line_that_goes_away);
	tcase_add_test(t, lines_do_not_wrap);
	tcase_add_test(t, who_does_not_look_is_told_nothing);
	tcase_add_test(t, amounts);
	tcase_add_test(t, rates);
	tcase_add_test(t, lines_are_printable);

	return suites_run(suite);
}
