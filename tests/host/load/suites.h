/* SPDX-License-Identifier: MIT */
/* The suites of this program, one a file. */
#ifndef TEST_LOAD_SUITES_H
#define TEST_LOAD_SUITES_H

#include <check.h>

Suite *suite_kernel(void);
Suite *suite_elf_damage(void);
Suite *suite_bzimage(void);
Suite *suite_layout(void);
Suite *suite_layout_dom0(void);
Suite *suite_unpack_boot(void);
Suite *suite_unpack_tools(void);

#endif
