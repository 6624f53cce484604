/* SPDX-License-Identifier: MIT */
/* The suites of this folder, and a generator of repeatable random numbers for their fuzzing. */
#ifndef TESTS_BOOT_SUITES_H
#define TESTS_BOOT_SUITES_H

#include <check.h>

Suite *suite_multiboot(void);
Suite *suite_ranges(void);
Suite *suite_acpi(void);
Suite *suite_microcode(void);
Suite *suite_cmdline(void);

static inline unsigned draw(unsigned *seed, unsigned n)
{
	*seed = *seed * 1103515245 + 12345;
	return (*seed >> 8) % n;
}

#endif
