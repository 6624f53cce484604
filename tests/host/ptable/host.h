/* SPDX-License-Identifier: MIT */
/*
 * Included before everything: a small machine, on which the test says how long a piece of work is.
 */
#ifndef HOST_H
#define HOST_H

#include "../fake/memory.h"
#include <x86/asm.h>

#define PT_ENTRY_LOOKS 1 /* so that pieces of work end everywhere */

void host_invlpg(u64 va);
#define invlpg host_invlpg

#endif
