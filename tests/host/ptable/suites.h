/* SPDX-License-Identifier: MIT */
/* The suites of this program. */
#ifndef SUITES_H
#define SUITES_H

#include <check.h>

Suite *fuzz_suite(void);
Suite *rules_suite(void);
Suite *calls_suite(void);
Suite *store_suite(void);
Suite *mappings_suite(void);
Suite *runs_suite(void);

#endif
