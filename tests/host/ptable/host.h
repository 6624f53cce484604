/* SPDX-License-Identifier: MIT */
/*
 * Included before everything: a small machine, on which the test says how long a piece of work is.
 */
#ifndef HOST_H
#define HOST_H

#include "../fake/memory.h"
#include <x86/asm.h>

extern int host_budget; /* so that pieces of work end everywhere */
#define PT_BUDGET host_budget

void host_invlpg(u64 va);
#define invlpg host_invlpg

#endif
