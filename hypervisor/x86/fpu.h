/* SPDX-License-Identifier: MIT */
/* Saving and loading the FPU and vector state of a vcpu; the area is features.fpu_size bytes, 64-aligned. */
#ifndef X86_FPU_H
#define X86_FPU_H

#include <lib/types.h>

void fpu_area_init(void *area); /* the state after FNINIT, MXCSR 0x1f80 */
void fpu_save(void *area);	/* CR0.TS must be clear */
void fpu_load(const void *area); /* never faults: areas are only written by us or checked */

#endif
