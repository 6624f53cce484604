/* SPDX-License-Identifier: MIT */
/*
 * What spec_patch() has entries from a guest and ways back to it do besides, where a processor
 * predicts returns of ring 0 as a guest trained them (Retbleed, SRSO): called in place of
 * instructions that are made up for here. A guest's registers are saved, or not restored yet.
 *
 * Where the trap came from ring 0 itself nothing is put back: a guest may go on with IBRS on, and
 * without bits of its own, until it enters ring 0 next.
 */
#include <x86/entry.h>

#define PRED_CMD_IBPB  1

/* In place of what stands behind ENTER_SITE. */
.macro ENTER msr, value
	mov $\msr, %ecx
	mov \value, %eax
	xor %edx, %edx
	MAY_FAULT 1f, wrmsr
1:	rdtsc
	shl $32, %rdx
	ret
.endm

	.text
	.globl spec_enter_ibrs, spec_enter_ibpb
spec_enter_ibrs:
	ENTER MSR_SPEC_CTRL, spec_ctrl_ring0(%rip)
spec_enter_ibpb:
	ENTER MSR_PRED_CMD, $PRED_CMD_IBPB

/* In place of a call of @fn, whose result is kept: IBRS is off in a guest. */
.macro LEAVE_BY name, fn
	.globl \name
\name:
	sub $8, %rsp
	call \fn
	add $8, %rsp
	mov %rax, %rsi
	mov $MSR_SPEC_CTRL, %ecx
	mov (CPU_INFO_SPEC_CTRL + 16)(%rsp), %eax
	xor %edx, %edx
	MAY_FAULT 1f, wrmsr
1:	mov %rsi, %rax
	ret
.endm
	LEAVE_BY spec_leave, hook_resume
	LEAVE_BY spec_leave_isolated, hook_resume_isolated

/*
 * void spec_idle(u32 ctrl): waits for an interrupt with IA32_SPEC_CTRL as for a guest, so that a
 * sibling thread is not slowed down. No branch is made until it is ring 0's again: an interrupt
 * sets it as it comes in.
 */
	.globl spec_idle
spec_idle:
	mov $MSR_SPEC_CTRL, %ecx
	mov %edi, %eax
	xor %edx, %edx
	MAY_FAULT 1f, wrmsr
1:	sti
	hlt
	cli
	mov $MSR_SPEC_CTRL, %ecx
	mov spec_ctrl_ring0(%rip), %eax
	xor %edx, %edx
	MAY_FAULT 1f, wrmsr
1:	ret

	.section .note.GNU-stack, "", @progbits
