/* SPDX-License-Identifier: MIT */
/* A vcpu's FPU and vector state; an area has features.fpu_size bytes, 64-aligned. */
#ifndef X86_FPU_H
#define X86_FPU_H

#include <lib/types.h>

#define XCR0_X87 1ul /* without it a processor does not do; alone, what a vcpu begins with */

void fpu_area_init(void *area); /* the state after FNINIT, MXCSR 0x1f80 */

/*
 * @xcr0: the states that the vcpu turned on, which XCR0 is while it runs. Between vcpus XCR0 is
 * features.xfeatures, so an area always holds all states. CR0.TS must be clear. fpu_load false: the
 * processor refuses what @area holds; it holds the state after FNINIT now, which is loaded.
 */
void fpu_save(void *area, u64 xcr0);
__must_check bool fpu_load(void *area, u64 xcr0);

/* May a guest turn on these states: would XSETBV take them? False if there is no XSAVE. */
bool fpu_xcr0_ok(u64 xcr0);
/* False, without effect, if it does not. */
__must_check bool xcr0_write(u64 xcr0);

#endif
