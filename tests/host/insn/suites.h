/* SPDX-License-Identifier: MIT */
/* The suites of this program. */
#ifndef SUITES_H
#define SUITES_H

#include <check.h>

Suite *decode_suite(void);
Suite *registers_suite(void);
Suite *fetch_suite(void);

#endif
