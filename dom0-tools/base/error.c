/* SPDX-License-Identifier: MIT */
/*
 * Error lines: set once, prefixed on the way up. Nothing here allocates, so that an error can
 * always be told. Printing is left to the programs.
 */
#include "error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "printable.h"

void error_clear(struct hospes_error *err)
{
	if (err == NULL)
		return;
	err->code = 0;
	err->text[0] = '\0';
}

int error_set(struct hospes_error *err, int code, const char *fmt, ...)
{
	va_list args;

	if (code >= 0)
		code = -EINVAL; /* a caller's slip must not turn a failure into success */
	if (err == NULL)
		return code;
	err->code = code;
	va_start(args, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, args);
	va_end(args);
	/* Parts of it may be a guest's or a file's. */
	printable_make(err->text, strlen(err->text), false);
	return code;
}

int error_prefix(struct hospes_error *err, const char *fmt, ...)
{
	char text[HOSPES_ERROR_TEXT_MAX];
	size_t used;
	va_list args;
	int n;

	if (err == NULL)
		return -EINVAL;
	va_start(args, fmt);
	n = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (n < 0 || (size_t)n >= sizeof(text) - 3)
		return err->code;
	used = (size_t)n;
	snprintf(text + used, sizeof(text) - used, ": %.*s", (int)(sizeof(text) - used - 3),
		 err->text);
	printable_make(text, strlen(text), false);
	memcpy(err->text, text, sizeof(err->text));
	return err->code;
}
