/* SPDX-License-Identifier: MIT */
/* Why calls were refused: see fail.h. With VERBOSE in the environment all reasons are printed. */
#include "fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__thread char fake_reason[256];
__thread u64 fake_refusals;

/* Formatted aside first: an argument may be the last reason itself. */
void fail_reason(int err, const char *where, const char *fmt, ...)
{
	char text[sizeof(fake_reason)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);

	memcpy(fake_reason, text, sizeof(text));
	fake_refusals++;
	if (getenv("VERBOSE"))
		fprintf(stderr, "%s: %s (%d)\n", where, fake_reason, err);
}

void fake_reason_clear(void)
{
	fake_reason[0] = '\0';
}

bool fake_reason_has(const char *words)
{
	return strstr(fake_reason, words);
}
