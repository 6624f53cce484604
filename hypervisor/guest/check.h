/* SPDX-License-Identifier: MIT */
/* Checks of addresses and registers that a guest gives, shared by hypercalls and whole contexts. */
#ifndef GUEST_CHECK_H
#define GUEST_CHECK_H

#include <lib/types.h>

bool guest_code_address_ok(u64 addr); /* canonical and not in our slots */
bool guest_stack_ok(u64 sp);	      /* one page below it can be pushed to */
u16 guest_code_selector(u16 sel);     /* with ring 3 */
/* Makes dr7 harmless; false if a breakpoint address is ours. (guest/debug.c) */
bool guest_debug_ok(u32 reg, u64 *value);

#endif
