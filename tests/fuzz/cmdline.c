/* SPDX-License-Identifier: MIT */
/* The hypervisor's command line: any text is read, and what it sets stays inside its fields. */
#include <boot/boot.h>
#include <lib/log.h>
#include <stdarg.h>
#include <string.h>
#include "fuzz.h"

/* The level of `none`: nothing is said. */
#define NONE (-1)

/* Formats what is said, so that the words it names are looked at. */
void log_print(enum log_level level, const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line;

	if (size >= BOOT_CMDLINE_MAX)
		return 0;

	line = malloc(size + 1);
	memcpy(line, data, size);
	line[size] = '\0';
	cmdline_parse(line);
	free(line);

	fuzz_check(memchr(boot_options.console, '\0', sizeof(boot_options.console)) != NULL);
	fuzz_check(memchr(boot_options.com1, '\0', sizeof(boot_options.com1)) != NULL);
	fuzz_check(boot_options.loglvl >= NONE && boot_options.loglvl <= LOG_DEBUG);
	fuzz_check(boot_options.guest_loglvl >= NONE && boot_options.guest_loglvl <= LOG_DEBUG);
	return 0;
}
