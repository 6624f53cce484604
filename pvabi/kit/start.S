/* SPDX-License-Identifier: MIT */
/*
 * The notes by which the builder knows the kernel, its first instruction, and the stubs that turn
 * the hypervisor's frames into struct regs. The hypervisor enters a PV kernel with rcx and r11 on
 * the stack above the usual frame, and the way back is the iret hypercall, which wants a frame of
 * its own.
 */
#include <pvabi/elfnote.h>
#include <pvabi/xen.h>

#define KERNEL_BASE 0xffffffff80000000
#define STACK_SIZE 16384

.macro NOTE type, value:vararg
	.long 4, 2f - 1f, \type
	.asciz "Xen"
1:	\value
2:	.balign 4
.endm

	.section .note.xen, "a", @note
	NOTE XEN_ELFNOTE_GUEST_OS, .asciz "kit"
	NOTE XEN_ELFNOTE_XEN_VERSION, .asciz "xen-3.0"
	NOTE XEN_ELFNOTE_LOADER, .asciz "generic"
	NOTE XEN_ELFNOTE_ENTRY, .quad _start
	NOTE XEN_ELFNOTE_VIRT_BASE, .quad KERNEL_BASE
	NOTE XEN_ELFNOTE_PADDR_OFFSET, .quad 0
	NOTE XEN_ELFNOTE_HYPERCALL_PAGE, .quad hypercall_page

	.text
	.globl _start
_start:
	cld
	lea	boot_stack + STACK_SIZE(%rip), %rsp
	mov	%rsi, start_info(%rip)
	xor	%ebp, %ebp
	call	kit_main

/* ---- entries. On top of the stack: rcx, r11, then what the macro's users say */

.macro SAVE vector
	push	$\vector
	push	%rdi
	push	%rsi
	push	%rdx
	push	%rcx
	push	%rax
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	jmp	trap_common
.endm

/* rcx and r11 go to their registers; below them lies an error code or the frame. */
.macro TAKE_RCX_R11
	mov	(%rsp), %rcx
	mov	8(%rsp), %r11
	lea	16(%rsp), %rsp
.endm

.macro TRAP vector
	.p2align 4
trap_\vector:
	TAKE_RCX_R11
	.if (\vector != 8) && ((\vector < 10) || (\vector > 14)) && (\vector != 17)
	push	$0
	.endif
	SAVE \vector
.endm
	.altmacro
n = 0
.rept 32
	TRAP %n
n = n + 1
.endr

	.globl trap_128, entry_syscall, entry_event, entry_failsafe
trap_128:
	TAKE_RCX_R11
	push	$0
	SAVE 128
entry_syscall:
	TAKE_RCX_R11
	push	$0
	SAVE 0x100
entry_event:
	TAKE_RCX_R11
	push	$0
	SAVE 0x101
entry_failsafe:			/* ds, es, fs, gs stand before the frame */
	TAKE_RCX_R11
	lea	32(%rsp), %rsp
	push	$0
	SAVE 0x102

/* The stack need not be aligned where the trap hit: C gets one that is. */
trap_common:
	cld
	mov	%rsp, %rdi
	mov	%rsp, %rbx
	and	$~15, %rsp
	call	trap_dispatch
	mov	%rbx, %rdi

/* void regs_go(regs): the registers as they stand there, by iret. */
	.globl regs_go
regs_go:
	mov	%rdi, %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rax
	pop	%rcx
	pop	%rdx
	pop	%rsi
	pop	%rdi
	add	$16, %rsp	/* vector and error; now rip cs rflags rsp ss */
	push	$0		/* flags of struct iret_context */
	push	%rcx
	push	%r11
	push	%rax
	mov	$__HYPERVISOR_iret, %eax
	syscall
	ud2

/* int trap_try_at(fn, arg, slot): as setjmp, with the trap handler in the part of longjmp. */
	.globl trap_try_at, trap_try_end
trap_try_at:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rdx
	push	%rdx		/* twice: C wants its stack aligned */
	pushq	(%rdx)
	mov	%rsp, (%rdx)
	mov	%rdi, %rax
	mov	%rsi, %rdi
	call	*%rax
	mov	$-1, %eax
trap_try_end: /* a handler arrives here: rsp as the slot says, vector in eax */
	pop	%rcx
	pop	%rdx
	pop	%rdx
	mov	%rcx, (%rdx)
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret

/* void iret_frame(frame): rsp on the frame, and go. */
	.globl iret_frame
iret_frame:
	mov	%rdi, %rsp
	mov	$__HYPERVISOR_iret, %eax
	syscall
	ud2

	.section .rodata
	.globl trap_entries
trap_entries:
.macro ENTRY vector
	.quad trap_\vector
.endm
n = 0
.rept 32
	ENTRY %n
n = n + 1
.endr

	.bss
	.balign 4096
	.globl hypercall_page, shared_page, entry_stack_top
hypercall_page:	.skip 4096
shared_page:	.skip 4096
boot_stack:	.skip STACK_SIZE
		.skip STACK_SIZE
entry_stack_top:

	.section .note.GNU-stack, "", @progbits
