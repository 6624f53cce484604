/* SPDX-License-Identifier: MIT */
/*
 * The daemon's log (see log.h).
 */
#include "log.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#define LINE_SPACE 512

void (*log_output)(const char *line);

void log_line(const char *fmt, ...)
{
	char line[LINE_SPACE];
	va_list args;

	if (!log_output)
		return;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);

	log_output(line);
}
