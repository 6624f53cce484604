/* SPDX-License-Identifier: MIT */
/* The suites of this folder. */
#ifndef TESTS_TIME_SUITES_H
#define TESTS_TIME_SUITES_H

#include <check.h>

Suite *suite_scale(void);
Suite *suite_calendar(void);

#endif
