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

static void check_level(int level)
{
	fuzz_check(level >= NONE && level <= LOG_DEBUG);
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
	check_level(boot_options.loglvl);
	check_level(boot_options.guest_loglvl.always);
	check_level(boot_options.guest_loglvl.limited);
	return 0;
}
