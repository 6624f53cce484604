/* SPDX-License-Identifier: MIT */
/* Stands for x86/budget.h when contracts are proved: what a call may cost is not their subject. */
#ifndef X86_BUDGET_H
#define X86_BUDGET_H

#include <lib/types.h>

#define BUDGET_FRAME 64

//@ assigns \nothing;
void budget_charge(u32 looks);

#endif
