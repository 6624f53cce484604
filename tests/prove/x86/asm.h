/* SPDX-License-Identifier: MIT */
/* Stands for x86/asm.h when contracts are proved. */
#ifndef X86_ASM_H
#define X86_ASM_H

//@ assigns \nothing;
void cpu_pause(void);

#endif
