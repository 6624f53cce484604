/* SPDX-License-Identifier: MIT */
/*
 * The daemon's own log: one line an event, with the time. A log that is too long is renamed and a
 * new one begun.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <dom0-tools/base/file.h>
#include <dom0-tools/console/console.h>
#include "note.h"

#define NOTE_SIZE_MAX (256 * 1024)

static bool stderr_too = true;
static int fd = -1;

void note_open(bool to_stderr)
{
	char path[320], old[330];
	struct stat st;

	stderr_too = to_stderr;
	mkdir(CONSOLE_LOG_DIR, 0755);
	console_log_path("hospesd", path, sizeof(path));
	if (stat(path, &st) == 0 && st.st_size > NOTE_SIZE_MAX) {
		snprintf(old, sizeof(old), "%s.1", path);
		rename(path, old);
	}

	if (fd >= 0)
		close(fd);
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
}

void note(const char *fmt, ...)
{
	char text[1200], line[1280], when[32];
	time_t now = time(NULL);
	struct tm tm;
	va_list ap;
	int n;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);

	strftime(when, sizeof(when), "%F %T", localtime_r(&now, &tm));
	n = snprintf(line, sizeof(line), "%s %s\n", when, text);
	/* If it cannot be logged, there is nothing else to do. */
	if (fd >= 0 && file_write(fd, line, (size_t)n) < 0) {
		close(fd);
		fd = -1;
	}

	if (stderr_too)
		fprintf(stderr, "hospesd: %s\n", text);
}
