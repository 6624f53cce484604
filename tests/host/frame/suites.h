/* SPDX-License-Identifier: MIT */
/* The suites of this program. */
#ifndef SUITES_H
#define SUITES_H

#include <check.h>

Suite *state_suite(void);
Suite *buddy_suite(void);
Suite *heap_suite(void);

#endif
