/* SPDX-License-Identifier: MIT */
/* Included before everything: a CPU as in the other tests, and a guest's registers on it. */
#ifndef TESTS_DOM_REGS_H
#define TESTS_DOM_REGS_H

#include "../fake/cpu.h"

/* The test has them. */
struct cpu_user_regs *guest_regs(void);

#endif
