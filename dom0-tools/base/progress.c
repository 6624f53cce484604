/* SPDX-License-Identifier: MIT */
/* A line of progress on a terminal: written over itself, and at last with blanks. */
#include "progress.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "clock.h"
#include "must_check.h"
#include "printable.h"

#define MS_PER_S 1000
/* Sooner a rate says little. */
#define RATE_AFTER_MS 1000
#define KIB           1024UL
#define MIB           (1024UL * KIB)
/* What a terminal has that does not say: a serial line. */
#define COLUMNS_DEFAULT 80

/* A process has one terminal, so it has one line. */
static struct {
	bool wanted;         /* somebody looks, and waits */
	int64_t begun, next; /* clock_ms(); when it may be written next */
	int64_t counted;     /* when the first bytes were told of what goes on; 0: none yet */
	size_t width;        /* columns of it that are on the screen, at most */
	char what[PROGRESS_LINE_MAX];
} line;

void progress_amount(char *text, size_t size, uint64_t done, uint64_t total)
{
	bool small = total != 0 && total < MIB;
	const char *unit = small ? "KiB" : "MiB";
	uint64_t bytes = small ? KIB : MIB;

	if (total == 0) {
		snprintf(text, size, "%" PRIu64 " %s", done / bytes, unit);
		return;
	}

	/* What grows while it is copied is not more than whole. */
	if (done > total)
		done = total;

	snprintf(text, size, "%" PRIu64 " of %" PRIu64 " %s (%.0f %%)", done / bytes, total / bytes,
		 unit, (double)done * 100 / (double)total);
}

void progress_rate(char *text, size_t size, uint64_t done, uint64_t total, int64_t ms)
{
	double rate;

	text[0] = '\0';
	if (ms < RATE_AFTER_MS || done == 0 || done >= total)
		return;

	rate = (double)done * MS_PER_S / (double)ms;
	snprintf(text, size, ", %.0f MiB/s, %.0f s left", rate / (double)MIB,
		 (double)(total - done) / rate);
}

size_t progress_line(char text[PROGRESS_LINE_MAX], const char *what, const char *how_far,
		     int64_t seconds, unsigned int columns)
{
	char whole[2 * PROGRESS_LINE_MAX + 32];
	size_t length, most = columns < PROGRESS_LINE_MAX ? columns : PROGRESS_LINE_MAX;

	snprintf(whole, sizeof(whole), "%.*s: %.*s%s%" PRId64 " s", PROGRESS_LINE_MAX, what,
		 PROGRESS_LINE_MAX, how_far, how_far[0] != '\0' ? ", " : "", seconds);

	length = strlen(whole);
	if (length > most - 1)
		length = most - 1;

	printable_make(whole, length, false);
	memcpy(text, whole, length);
	text[length] = '\0';
	return length;
}

static unsigned int terminal_columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return COLUMNS_DEFAULT;

	return size.ws_col;
}

/* A terminal that has gone away is no reason to fail. */
static void terminal_write(const char *bytes, size_t size)
{
	ignore(write(STDERR_FILENO, bytes, size));
}

/* A return, @text, and blanks over what a longer line left. */
static void line_write(const char *text, size_t length)
{
	char bytes[1 + 2 * PROGRESS_LINE_MAX];
	size_t blanks = line.width > length ? line.width - length : 0;
	int n = snprintf(bytes, sizeof(bytes), "\r%s%*s", text, (int)blanks, "");

	terminal_write(bytes, (size_t)n);
	line.width = length;
}

static void line_show(const char *how_far, int64_t now)
{
	char text[PROGRESS_LINE_MAX];
	size_t length = progress_line(text, line.what, how_far, (now - line.begun) / MS_PER_S,
				      terminal_columns());

	line_write(text, length);
	line.next = now + PROGRESS_STEP_MS;
}

static bool line_due(int64_t now)
{
	return line.wanted && now >= line.next;
}

void progress_begin(const char *fmt, ...)
{
	va_list args;

	progress_hide();
	line.wanted = isatty(STDERR_FILENO) == 1;
	line.begun = clock_ms();
	line.counted = 0;
	line.next = line.begun + PROGRESS_AFTER_MS;

	va_start(args, fmt);
	vsnprintf(line.what, sizeof(line.what), fmt, args);
	va_end(args);
}

void progress_next(const char *fmt, ...)
{
	int64_t now = clock_ms();
	va_list args;

	line.counted = 0;
	va_start(args, fmt);
	vsnprintf(line.what, sizeof(line.what), fmt, args);
	va_end(args);

	if (line.wanted && now >= line.begun + PROGRESS_AFTER_MS)
		line_show("", now);
}

void progress_bytes(uint64_t done, uint64_t total)
{
	char how_far[96];
	int64_t now = clock_ms();
	size_t length;

	if (line.counted == 0)
		line.counted = now;
	if (!line_due(now))
		return;

	progress_amount(how_far, sizeof(how_far), done, total);
	length = strlen(how_far);
	progress_rate(how_far + length, sizeof(how_far) - length, done, total, now - line.counted);
	line_show(how_far, now);
}

void progress_tell(const char *fmt, ...)
{
	char how_far[PROGRESS_LINE_MAX];
	int64_t now = clock_ms();
	va_list args;

	if (!line_due(now))
		return;

	va_start(args, fmt);
	vsnprintf(how_far, sizeof(how_far), fmt, args);
	va_end(args);
	line_show(how_far, now);
}

void progress_tick(void)
{
	progress_tell("%s", "");
}

void progress_hide(void)
{
	if (line.width == 0)
		return;

	line_write("", 0);
	terminal_write("\r", 1);
}

void progress_end(void)
{
	progress_hide();
	line.wanted = false;
}
