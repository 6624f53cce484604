/* SPDX-License-Identifier: MIT */
/*
 * hospes top without a hypervisor: rates from two looks, the table's order and shape at each width,
 * and the screen on a pseudo-terminal, whose keys are pressed and whose text is read.
 */
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <dom0-tools/hospes/top.h>
#include <tests/host/suites_run.h>

#define SECOND 1000000000LL

/* ---- rates */

static struct domain_usage before_all[] = {
	{ .domid = 0, .name = "Domain-0", .cpu_ns = 10 * SECOND, .memory_kib = 512 },
	{ .domid = 1,
	  .name = "one",
	  .cpu_ns = SECOND,
	  .net_rx = 1000,
	  .net_tx = 5000,
	  .disk_read = 4096,
	  .disk_written = 8192 },
	{ .domid = 2, .name = "two", .handle = { 1 }, .cpu_ns = 7 * SECOND },
};
static struct domain_usage now_all[] = {
	{ .domid = 0,
	  .name = "Domain-0",
	  .cpu_ns = 13 * SECOND,
	  .memory_kib = 512,
	  .vcpus = 2,
	  .state = "r-----" },
	{ .domid = 1,
	  .name = "one",
	  .cpu_ns = SECOND + SECOND / 2,
	  .net_rx = 3000,
	  .net_tx = 100,
	  .disk_read = 4096 + (3 << 10),
	  .disk_written = 8192 + 4096,
	  .nics = 1,
	  .disks = 1,
	  .memory_kib = 256,
	  .vcpus = 1,
	  .state = "-b----" },
	{ .domid = 2,
	  .name = "new-two",
	  .handle = { 2 },
	  .cpu_ns = 9 * SECOND,
	  .memory_kib = 128,
	  .vcpus = 1,
	  .state = "--p---" },
};
static struct usage before = { .time_ns = SECOND, .count = 3, .domains = before_all };
static struct usage now = { .time_ns = 3 * SECOND,
			    .count = 3,
			    .domains = now_all,
			    .cpus = 2,
			    .cpu_khz = 2000000,
			    .memory_kib = 1024,
			    .memory_free_kib = 128 };

static void near(double value, double wanted)
{
	ck_assert_msg(value > wanted - 1e-6 && value < wanted + 1e-6, "%f, not %f", value, wanted);
}

START_TEST(rates_are_of_the_time_between_the_looks)
{
	struct usage_rate r[3];

	usage_rates(&before, &now, r);
	near(r[0].cpu_percent, 150);
	near(r[0].memory_percent, 50);
	near(r[1].cpu_percent, 25);
	near(r[1].net_rx, 1000);
	near(r[1].disk_written, 2048);
	ck_assert_ptr_eq(r[1].domain, &now_all[1]);
}
END_TEST

START_TEST(what_began_anew_has_no_rate)
{
	struct usage_rate r[3];

	usage_rates(&before, &now, r);
	near(r[1].net_tx, 0);      /* its interface went and came */
	near(r[2].cpu_percent, 0); /* the number of a domain that is gone */
	usage_rates(&now, &now, r);
	near(r[0].cpu_percent, 0); /* no time has passed */
	usage_rates(&(struct usage){ 0 }, &now, r);
	near(r[0].cpu_percent, 0); /* the first look */
	near(r[0].memory_percent, 50);
}
END_TEST

/* ---- the table */

static struct top *top_make(enum top_sort sort, bool reverse)
{
	static struct usage_rate rates[3];
	static struct top top;

	top = (struct top){ .usage = now, .rates = rates, .sort = sort, .reverse = reverse };
	usage_rates(&before, &now, rates);
	top_sort(&top);
	return &top;
}

static const struct {
	enum top_sort sort;
	bool reverse;
	domid_t order[3];
} orders[] = {
	{ SORT_CPU, false, { 0, 1, 2 } },     { SORT_CPU, true, { 2, 1, 0 } },
	{ SORT_TIME, false, { 0, 2, 1 } },    { SORT_MEMORY, true, { 2, 1, 0 } },
	{ SORT_NETWORK, false, { 1, 0, 2 } }, { SORT_DISK, false, { 1, 0, 2 } },
	{ SORT_NAME, false, { 0, 2, 1 } },    { SORT_ID, false, { 0, 1, 2 } },
	{ SORT_ID, true, { 2, 1, 0 } },       { SORT_NETWORK, true, { 2, 0, 1 } },
};

START_TEST(rows_are_ordered_by_the_chosen_column)
{
	struct top *top = top_make(orders[_i].sort, orders[_i].reverse);

	for (int i = 0; i < 3; i++)
		ck_assert_uint_eq(top->rates[i].domain->domid, orders[_i].order[i]);
}
END_TEST

static const struct {
	double bytes;
	const char *text;
} sizes[] = {
	{ 0, "0" },
	{ 0.4, "0" },
	{ 999, "999" },
	{ 999.6, "1.0k" },
	{ 1024, "1.0k" },
	{ 99.9 * 1024, "99.9k" },
	{ 100 * 1024, "100k" },
	{ 999.6 * 1024, "1.0M" },
	{ 12.34 * 1048576, "12.3M" },
	{ 1e12, "931G" },
	{ 1e30, "9999P" },
};

START_TEST(sizes_fit_five_characters)
{
	char text[8];

	top_bytes(sizes[_i].bytes, text);
	ck_assert_str_eq(text, sizes[_i].text);
	ck_assert_uint_le(strlen(text), 5);
}
END_TEST

/* Width, the heads that are there, and one that no longer is. */
static const struct {
	int width;
	const char *has[4], *lacks;
} widths[] = {
	{ 120, { "NAME", "ID", "VCPUS", "WRITE/s" }, "none" },
	{ 99, { "NAME", "ID", "VCPUS", "WRITE/s" }, "none" },
	{ 98, { "NAME", "MEM(%)", "NETTX/s", "WRITE/s" }, "VCPUS" },
	{ 80, { "CPU(sec)", "NETTX/s", "READ/s", "WRITE/s" }, "MEM(%)" },
	{ 79, { "CPU(sec)", "CPU(%)", "MEM(k)", "STATE" }, "READ/s" },
	{ 40, { "NAME", "CPU(%)", "MEM(k)", "STATE" }, "CPU(sec)" },
	{ 10, { "NAME", "NAME", "NAME", "NAME" }, "STATE" },
	{ 0, { "", "", "", "" }, "NAME" },
};

START_TEST(the_least_wanted_columns_go_first)
{
	struct top *top = top_make(SORT_ID, false);
	char head[TOP_LINE_MAX], text[TOP_LINE_MAX];
	int width = widths[_i].width;

	top_head(head, width);
	for (int i = 0; i < 4; i++)
		ck_assert_msg(strstr(head, widths[_i].has[i]) != NULL, "%d: %s", width, head);
	ck_assert_msg(strstr(head, widths[_i].lacks) == NULL, "%d: %s", width, head);
	for (unsigned int row = 0; row < 3; row++) {
		top_row(top, row, text, width);
		ck_assert_uint_eq(strlen(text), strlen(head));
		ck_assert_int_le((int)strlen(text), width);
	}
	for (unsigned int line = 0; line < 2; line++) {
		top_summary(top, line, text, width);
		ck_assert_int_le((int)strlen(text), width);
	}
}
END_TEST

START_TEST(a_row_has_what_the_domain_uses)
{
	struct top *top = top_make(SORT_ID, false);
	char text[TOP_LINE_MAX];

	top_row(top, 0, text, 99);
	ck_assert_str_eq(text, "Domain-0             0 r-----       13  150.0     2       512   "
			       "50.0       -       -      -       -");
	top_row(top, 1, text, 99);
	ck_assert_msg(strstr(text, "      0    1.0k   1.5k    2.0k") != NULL, "traffic: %s", text);
	top_summary(top, 0, text, 120);
	ck_assert_str_eq(text, "3 domains: 1 running, 1 blocked, 1 paused, 0 crashed, 0 dying, 0 "
			       "shut down");
}
END_TEST

/* ---- the screen */

static unsigned int looks;

/* In place of verb_top.c's: nothing changes but the count of looks, which is the first name. */
int top_look(struct host *h, struct top *top, struct hospes_error *err)
{
	(void)h, (void)err;
	snprintf(now_all[0].name, DOMAIN_NAME_MAX, "look-%u", ++looks);
	top_sort(top);
	return 0;
}

int error_set(struct hospes_error *err, int code, const char *format, ...)
{
	(void)err, (void)format;
	return code;
}

static void screen_child(const char *terminal)
{
	struct hospes_error err = { 0 };
	int rc;

	setenv("TERM", terminal, 1);
	rc = top_screen(NULL, top_make(SORT_CPU, false), 60000, &err);
	fflush(NULL);
	if (rc == 0)
		_exit(0);
	_exit(rc == -ENOTTY ? 3 : 4);
}

static char seen[65536];
static size_t seen_length;

/* Reads the terminal until @text comes, which the next search begins behind; false: it does not. */
static bool shows(int fd, const char *text)
{
	static size_t from;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char *found;

	if (seen_length == 0)
		from = 0;
	while ((found = strstr(seen + from, text)) == NULL) {
		ssize_t n = -1;

		if (poll(&p, 1, 10000) == 1)
			n = read(fd, seen + seen_length, sizeof(seen) - 1 - seen_length);
		if (n <= 0)
			return false;
		for (ssize_t i = 0; i < n; i++)
			if (seen[seen_length + (size_t)i] == '\0') /* padding of old terminals */
				seen[seen_length + (size_t)i] = ' ';
		seen_length += (size_t)n;
		seen[seen_length] = '\0';
	}
	from = (size_t)(found - seen) + strlen(text);
	return true;
}

static pid_t screen_start(const char *terminal, int *fd)
{
	struct winsize size = { .ws_row = 24, .ws_col = 80 };
	pid_t child;

	memset(seen, 0, sizeof(seen));
	seen_length = 0;
	child = forkpty(fd, NULL, NULL, &size);
	ck_assert_int_ge(child, 0);
	if (child == 0)
		screen_child(terminal);
	return child;
}

static int screen_end(pid_t child, int fd)
{
	int status = 0;

	while (shows(fd, "\xff")) /* which never comes: reads on until the end */
		;
	waitpid(child, &status, 0);
	close(fd);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#define SHOWS(text) ck_assert_msg(shows(fd, text), "no \"%s\" in: %s", text, seen)
#define PRESS(keys) ck_assert_int_eq(write(fd, keys, strlen(keys)), (ssize_t)strlen(keys))

static const char *const terminals[] = { "linux", "vt100", "vt102", "vt220", "xterm", "screen" };

START_TEST(the_screen_obeys_its_keys)
{
	struct winsize size = { .ws_row = 30, .ws_col = 100 };
	int fd;
	pid_t child = screen_start(terminals[_i], &fd);

	SHOWS("3 domains: 1 running");
	SHOWS("WRITE/s");
	SHOWS("new-two");
	SHOWS("c:cpu*");
	SHOWS("a:name");
	PRESS("m");
	SHOWS("y*");
	PRESS("h");
	SHOWS("Rows are sorted by");
	PRESS("h");
	PRESS(" ");
	SHOWS("look-1");
	ck_assert_int_eq(ioctl(fd, TIOCSWINSZ, &size), 0);
	SHOWS("VCPUS");
	PRESS("q");
	ck_assert_int_eq(screen_end(child, fd), 0);
}
END_TEST

static const char *const unfit[] = { "no-such-terminal", "dumb" };

START_TEST(an_unfit_terminal_is_refused)
{
	int fd;
	pid_t child = screen_start(unfit[_i], &fd);

	ck_assert_int_eq(screen_end(child, fd), 3);
}
END_TEST

START_TEST(the_end_of_the_terminal_is_the_end)
{
	int fd, status = 0;
	pid_t child = screen_start("vt100", &fd);

	SHOWS("a:name");
	signal(SIGHUP, SIG_IGN);
	close(fd);
	for (int i = 0; i < 100 && waitpid(child, &status, WNOHANG) == 0; i++)
		usleep(100000);
	ck_assert_int_eq(waitpid(child, &status, WNOHANG), -1);
}
END_TEST

#define EACH(table) (int)(sizeof(table) / sizeof((table)[0]))

int main(void)
{
	Suite *s = suite_create("top");
	TCase *t = tcase_create("top");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, rates_are_of_the_time_between_the_looks);
	tcase_add_test(t, what_began_anew_has_no_rate);
	tcase_add_loop_test(t, rows_are_ordered_by_the_chosen_column, 0, EACH(orders));
	tcase_add_loop_test(t, sizes_fit_five_characters, 0, EACH(sizes));
	tcase_add_loop_test(t, the_least_wanted_columns_go_first, 0, EACH(widths));
	tcase_add_test(t, a_row_has_what_the_domain_uses);
	tcase_add_loop_test(t, the_screen_obeys_its_keys, 0, EACH(terminals));
	tcase_add_loop_test(t, an_unfit_terminal_is_refused, 0, EACH(unfit));
	tcase_add_test(t, the_end_of_the_terminal_is_the_end);
	suite_add_tcase(s, t);

	return suites_run(s);
}
