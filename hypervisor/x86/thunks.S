/* SPDX-License-Identifier: MIT */
/*
 * What the compiler calls in place of an indirect branch: a return whose address is stored over
 * that of a call, so that speculation goes round in the loop behind the call (Intel, "Retpoline: A
 * Branch Target Injection Mitigation"). spec_patch() makes plain jumps of them where they are not
 * needed. These then lie in the upper half of a cache line, where a processor with ITS predicts a
 * jump by itself and not by another that a guest trained (Intel, "Indirect Target Selection").
 */
.macro THUNK reg
	.p2align 6
	.skip 32, 0xcc
	.globl __x86_indirect_thunk_\reg
__x86_indirect_thunk_\reg:
	.pushsection .thunk_sites, "a"
	.long __x86_indirect_thunk_\reg - .
	.long 773f - .
	.popsection
	call 772f
771:	pause
	lfence
	jmp 771b
772:	mov %\reg, (%rsp)
	ret
773:	jmp *%\reg
.endm

	.text
	.irp reg, rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
	THUNK \reg
	.endr

	.section .note.GNU-stack, "", @progbits
