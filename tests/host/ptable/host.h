/* SPDX-License-Identifier: MIT */
/*
 * Included before everything: the page-table room runs unmodified on a machine of a few frames,
 * whose direct map and frame table lie at addresses that a process may have.
 */
#ifndef HOST_H
#define HOST_H

#include <x86/layout.h>
#undef DIRECT_VIRT
#undef FRAMETABLE_VIRT
#define DIRECT_VIRT     0x200000000000
#define FRAMETABLE_VIRT 0x210000000000

#include <x86/cpu.h>
extern struct vcpu *host_current;
#define current() host_current

extern int host_budget; /* so that pieces of work end everywhere */
#define PT_BUDGET host_budget

#endif
