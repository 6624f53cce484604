/* SPDX-License-Identifier: MIT */
/*
 * The entries when page tables are isolated (x86/isolation.h). All that stands here runs on the
 * tables of the guest, before it changes to ours or after it changed back; so it touches the entry
 * page, the guest's own memory and .bss.entry, and nothing else. C runs on the CPU's main stack, as
 * without isolation.
 *
 * On a stack of the entry page a gate's frame looks like this, lowest address first:
 *
 *   [cr3] rdi rax error|vector rip cs rflags rsp ss
 */
#include <x86/entry.h>

	.set entry.kernel_mode, ENTRY_KERNEL_MODE
	.set entry.syscall, ENTRY_SYSCALL_CALLBACK
	.set entry.mask_events, ENTRY_MASK_EVENTS
	.set entry.info, ENTRY_INFO
	.set entry.kernel_sp, ENTRY_KERNEL_SP
	.set entry.kernel_cr3, ENTRY_KERNEL_CR3
	.set entry.user_cr3, ENTRY_USER_CR3
	.set entry.cr3, ENTRY_CR3

/* The entry page that the stack is in. */
.macro ENTRY_PAGE to
	mov %rsp, \to
	and $-PAGE_SIZE, \to
.endm

/* All of ours is mapped, and nothing of a guest. %rax is lost. */
.macro OWN_TABLES
	mov isolation_cr3(%rip), %rax
	mov %rax, %cr3
.endm

/* From the frame at %rdi, behind @cr3 bytes, to the stack: the stack is then at regs. */
.macro TAKE_FRAME cr3
	.irp word, 56, 48, 40, 32, 24, 16
	push (\word + \cr3)(%rdi)
	.endr
	mov (8 + \cr3)(%rdi), %rax
	mov (\cr3)(%rdi), %rdi
	SAVE_REGS
	cld
	SMAP_CLAC
.endm

/* The frame at %rdi is a guest's: C handles it on the main stack, whose top is %rsp. */
.macro GUEST_FRAME cr3, fn
	TAKE_FRAME \cr3

	/* What a system call changed since the vcpu was last in C. */
	mov CPU_INFO_CURRENT(%rsp), %rdi
	mov VCPU_ENTRY(%rdi), %rax
	mov ENTRY_CR3(%rax), %rcx
	mov %rcx, VCPU_CR3(%rdi)
	mov ENTRY_KERNEL_MODE(%rax), %cl
	mov %cl, VCPU_KERNEL_MODE(%rdi)
	GUEST_CALL \fn, isolation_resume
.endm

/* The same for one that the stack is at. */
.macro FROM_GUEST fn
	OWN_TABLES
	mov %rsp, %rdi
	ENTRY_PAGE %rax
	mov ENTRY_HV_STACK(%rax), %rsp
	GUEST_FRAME 0, \fn
.endm

/* The frame at %rdi, with cr3, is ring 0's own: C handles it on the stack that %rsp is at. */
.macro RING0_FRAME fn
	push %rdi
	TAKE_FRAME 8
	ENTER_FROM_RING0
	mov %rsp, %rdi
	mov %rsp, %rbx
	and $~15, %rsp
	call \fn
	mov %rbx, %rsp
.endm

	.section .text.isolation, "ax"
	.p2align 4
	.globl isolation_gates
isolation_gates:
	GATE_TABLE isolation_gate, isolation_gate_ist

isolation_gate:
	push %rax
	push %rdi
	testb $3, 32(%rsp)
	jz from_ring0
	FROM_GUEST trap_from_guest

/* On our tables: C was interrupted, and the frame is where it must be. */
from_ring0:
	mov %cr3, %rdi
	mov isolation_cr3(%rip), %rax
	btr $63, %rax
	cmp %rax, %rdi
	jne entry_faulted
	pop %rdi
	pop %rax
	jmp gate_common

/* On a guest's: an access to the guest's memory, or IRET, faulted here. The main stack is free. */
entry_faulted:
	or isolation_keep(%rip), %rdi
	push %rdi
	OWN_TABLES
	mov %rsp, %rdi
	ENTRY_PAGE %rax
	mov ENTRY_HV_STACK(%rax), %rsp
	RING0_FRAME trap_from_ring0

/*
 * To where it was, or to where the fixup says, and to the tables of then. From here to the other
 * mark a second NMI would overwrite the frame of the first (x86/traps.c).
 */
	.globl isolation_ist_start, isolation_ist_end
isolation_ist_start:
ring0_back:
	mov REGS_ES(%rsp), %rdi		/* the frame, which RING0_FRAME pushed first */
	mov REGS_RIP(%rsp), %rax
	mov %rax, 32(%rdi)
	mov REGS_RFLAGS(%rsp), %rax
	mov %rax, 48(%rdi)
	RESTORE_REGS
	mov (REGS_ES - REGS_ERROR_CODE)(%rsp), %rsp
	pop %rax
	mov %rax, %cr3
	add $8, %rsp
	pop %rax
	add $8, %rsp
	iretq

/*
 * On a stack of its own, with any tables. From a guest C has the main stack, as in gate_ist. From
 * ring 0 it has a page below that, since it may have interrupted C.
 */
isolation_gate_ist:
	push %rax
	push %rdi
	mov %cr3, %rdi
	or isolation_keep(%rip), %rdi
	push %rdi
	OWN_TABLES
	mov %rsp, %rdi
	ENTRY_PAGE %rax
	mov ENTRY_HV_STACK(%rax), %rax
	testb $3, 40(%rdi)
	jz ist_from_ring0
	mov %rax, %rsp
	GUEST_FRAME 8, trap_ist_from_guest

/* The same pages as without isolation (x86/layout.h). */
ist_from_ring0:
	and $-STACK_SIZE, %rax
	lea PAGE_SIZE(%rax), %rsp
	cmpl $TRAP_NMI, 28(%rdi)
	jne 1f
	lea ((STACK_NMI_PAGE + 1) * PAGE_SIZE)(%rax), %rsp
1:	cmpl $TRAP_DB, 28(%rdi)
	jne 2f
	lea (STACK_GUARD_PAGE * PAGE_SIZE)(%rax), %rsp

2:	RING0_FRAME trap_ist_from_ring0
	test %al, %al
	jz ring0_back

/* The handler of an NMI was hit: by POPF and RET, as in ist_ring0. */
	mov REGS_ES(%rsp), %rdi
	mov REGS_RSP(%rsp), %rcx
	sub $24, %rcx
	mov %rcx, 56(%rdi)
	mov REGS_RAX(%rsp), %rax
	mov %rax, (%rcx)
	mov REGS_RFLAGS(%rsp), %rax
	mov %rax, 8(%rcx)
	mov REGS_RIP(%rsp), %rax
	mov %rax, 16(%rcx)

	RESTORE_REGS
	mov (REGS_ES - REGS_ERROR_CODE)(%rsp), %rsp
	mov (%rsp), %rax
	mov 56(%rsp), %rsp
	mov %rax, %cr3
	pop %rax
	popfq
	ret
isolation_ist_end:

/* ---- the way back to a guest; the stack is at regs ---- */

/*
 * The registers are the guest's, and its tables, and the stack is the entry page's at rip. %rax is
 * the entry page.
 */
.macro LEAVE
	.irp word, REGS_SS, REGS_RSP, REGS_RFLAGS, REGS_CS, REGS_RIP, REGS_RAX
	mov \word(%rsp), %rcx
	sub $8, %rdx
	mov %rcx, (%rdx)
	.endr
	mov ENTRY_CR3(%rax), %rcx
	sub $8, %rdx
	mov %rcx, (%rdx)
	mov %rdx, REGS_ERROR_CODE(%rsp)

	RESTORE_REGS
	mov (%rsp), %rsp
	pop %rax
	mov %rax, %cr3
	pop %rax
.endm

	.globl isolation_return
isolation_return:
	sub $8, %rsp
isolation_resume:
	RESUME_CALL hook_resume_isolated, spec_leave_isolated
	add $8, %rsp
	lea PAGE_SIZE(%rax), %rdx
	cmpl $TRAP_SYSCALL, REGS_VECTOR(%rsp)
	jne 1f

	/* As in guest_resume. */
	mov REGS_RIP(%rsp), %rcx
	mov %rcx, %rdi
	shl $16, %rdi
	sar $16, %rdi
	cmp %rdi, %rcx
	jne 1f

	LEAVE
	mov (%rsp), %rcx
	mov 16(%rsp), %r11
	CLEAR_BUFFERS
	mov 24(%rsp), %rsp
	sysretq

1:	LEAVE
	CLEAR_BUFFERS
	MAY_FAULT entry_iret_failed, iretq

entry_iret_failed:
	push $0
	push %rax
	push %rdi
	FROM_GUEST hook_guest_iret_failed

/* ---- SYSCALL, from the stub in front of the entry page ---- */

	.globl isolation_syscall
isolation_syscall:
	push %r11
	push $SEL_GUEST_CS
	push %rcx
	push $0
	movl $TRAP_SYSCALL, 4(%rsp)
	SAVE_REGS_FIRST

	ENTRY_PAGE %rdi
	cmpb $0, ENTRY_KERNEL_MODE(%rdi)
	je entry_user_syscall
	cmp $HYPERVISOR_IRET, %eax
	je entry_kernel_iret

/* What SAVE_REGS_FIRST saved is put as a gate has it. */
.macro FROM_SYSCALL fn
	pop %rax
	pop %rcx
	pop %rdx
	pop %rsi
	pop %rdi
	push %rax
	push %rdi
	FROM_GUEST \fn
.endm

entry_hypercall:
	FROM_SYSCALL hook_hypercall

entry_user_syscall:
	USER_SYSCALL entry

entry_syscall_none:
	FROM_SYSCALL hook_guest_no_syscall

entry_bounce_failed:
	SMAP_CLAC
	FROM_SYSCALL hook_guest_bounce_failed

entry_kernel_iret:
	KERNEL_IRET entry

entry_iret_slow_ac:
	SMAP_CLAC
entry_iret_slow:
	movq $SEL_GUEST_CS, F(REGS_CS)
	jmp entry_hypercall

	.globl isolation_syscall32
isolation_syscall32:
	push %r11
	push $SEL_GUEST_CS32
	push %rcx
	push $0
	movl $TRAP_UD, 4(%rsp)
	push %rax
	push %rdi
	FROM_GUEST trap_from_guest

	.section .note.GNU-stack, "", @progbits
