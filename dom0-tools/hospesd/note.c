/* SPDX-License-Identifier: MIT */
/* The daemon's own log: one line an event, with the time. Its workers write there too. */
#include "note.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <dom0-tools/base/logfile.h>
#include <dom0-tools/base/printable.h>
#include <dom0-tools/console/console.h>

#define NOTE_SIZE_MAX (256 * 1024)

static bool stderr_too = true;
static struct logfile file = { .fd = -1 };

void note_reopen(void)
{
	char path[LOGFILE_PATH_MAX];

	console_daemon_log_path(path, sizeof(path));
	logfile_close(&file);
	/* If it cannot be opened, each line tries again. */
	ignore(logfile_open(&file, path, NOTE_SIZE_MAX));
}

void note_open(bool to_stderr)
{
	stderr_too = to_stderr;
	note_reopen();
}

bool note_to_stderr(void)
{
	return stderr_too;
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
	/* It may quote what a guest or a file gave. */
	printable_make(text, strlen(text), false);

	strftime(when, sizeof(when), "%F %T", localtime_r(&now, &tm));
	n = snprintf(line, sizeof(line), "%s %s\n", when, text);
	/* What is lost is counted, and told with the first line that can be written again. */
	ignore(logfile_write(&file, line, (size_t)n));

	if (stderr_too)
		fprintf(stderr, "hospesd: %s\n", text);
}
