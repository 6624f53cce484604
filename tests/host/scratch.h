/* SPDX-License-Identifier: MIT */
/* A folder of a test's own, where its files are. One test at a time has one. */
#ifndef TESTS_HOST_SCRATCH_H
#define TESTS_HOST_SCRATCH_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

/* Its path. */
static char scratch[64];

/* Makes it, under a name that begins with @test's. */
static inline void scratch_make(const char *test)
{
	snprintf(scratch, sizeof(scratch), "/tmp/%s-XXXXXX", test);
	ck_assert_ptr_nonnull(mkdtemp(scratch));
}

/* Removes it, with all that is in it. */
static inline void scratch_remove(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", scratch);
	ck_assert_int_eq(system(command), 0);
}

#endif
