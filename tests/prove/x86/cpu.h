/* SPDX-License-Identifier: MIT */
/* Stands for x86/cpu.h when contracts are proved: an assertion is one more goal. */
#ifndef X86_CPU_H
#define X86_CPU_H

#include <lib/types.h>

#define BUDGET_LOOKS 12500

//@ requires \false; assigns \nothing; ensures \false;
void __noreturn assertion_failed(void);

#define assert(x)                           \
	do {                                \
		if (!(x))                   \
			assertion_failed(); \
	} while (0)

//@ assigns \nothing;
void cpu_poll(void);

#endif
