/* SPDX-License-Identifier: MIT */
/* A bug of the hypervisor, found: the message, and the end of the test. */
#include "cpu.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);

	fputc('\n', stderr);
	abort();
}
