/* SPDX-License-Identifier: MIT */
/*
 * The pieces that entries into ring 0 are made of, for assembly: registers saved, gates, and a
 * guest's system call and return from it, which run no C.
 */
#ifndef X86_ENTRY_H
#define X86_ENTRY_H
#ifdef __ASSEMBLER__

#include <hypervisor/offsets.h>
#include <x86/fixup.h>
#include <x86/layout.h>

/* clang-format off */
#define FLAG_MBS  0x2 /* always one */
#define FLAG_IF   0x200
#define FLAG_IOPL 0x3000
#define FLAG_VM   0x20000
#define FLAGS_CLEARED_ON_ENTRY 0x77500 /* VM RF NT IOPL DF TF, and AC */

#define GUEST_STACK_FRAME 56 /* rcx r11 rip cs|mask rflags rsp ss */

/* Saves what is above error_code in struct cpu_user_regs; the stack is then at regs. */
.macro SAVE_REGS
	SAVE_REGS_FIRST
	SAVE_REGS_REST
.endm
.macro SAVE_REGS_FIRST
	push %rdi
	push %rsi
	push %rdx
	push %rcx
	push %rax
.endm
.macro SAVE_REGS_REST
	push %r8
	push %r9
	push %r10
	push %r11
	push %rbx
	push %rbp
	push %r12
	push %r13
	push %r14
	push %r15
.endm
.macro RESTORE_REGS
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbp
	pop %rbx
	pop %r11
	pop %r10
	pop %r9
	pop %r8
	pop %rax
	pop %rcx
	pop %rdx
	pop %rsi
	pop %rdi
.endm

/*
 * In front of six bytes that are RDTSC and SHL, or nothing: spec_patch() may make a call of them
 * (x86/spec_entry.S). RAX, RCX and RDX are free.
 */
.macro ENTER_SITE
776:	.pushsection .enter_sites, "a"
	.long 776b - .
	.popsection
.endm
/* A trap of ring 0 may have hit a way in or out that runs no C, and so was not yet defended. */
.macro ENTER_FROM_RING0
	ENTER_SITE
	.nops 6
.endm

/*
 * Has C do what a guest caused, with its registers at the stack's top; then on to @back. Here a
 * stretch with interrupts off begins (x86/stretch.h), and what it may do is set (x86/budget.h).
 */
.macro GUEST_CALL fn, back
	ENTER_SITE
	rdtsc
	shl $32, %rdx
	or %rdx, %rax
	mov %rax, CPU_INFO_BEGAN(%rsp)
	movq $BUDGET_LOOKS, CPU_INFO_BUDGET(%rsp)
	mov %rsp, %rdi
	sub $8, %rsp
	call \fn
	jmp \back
.endm

/* What C does before a guest goes on; spec_patch() may have @other call it (x86/spec_entry.S). */
.macro RESUME_CALL fn, other
777:	call \fn
	.pushsection .leave_sites, "a"
	.long 777b - ., \other - .
	.popsection
.endm

/* With SMAP on, AC must be clear in ring 0 except around accesses to guest memory. */
.macro SMAP_CLAC
	cmpb $0, smap_on(%rip)
	je 771f
	clac
771:
.endm
.macro SMAP_STAC
	cmpb $0, smap_on(%rip)
	je 771f
	stac
771:
.endm

/*
 * On the way to a guest, right before it is entered: spec_patch() makes a VERW of it, which clears
 * the core's buffers, where they leak (Intel, "Microarchitectural Data Sampling"). Flags are lost.
 */
.macro CLEAR_BUFFERS
774:	.nops 7
	.pushsection .verw_sites, "a"
	.long 774b - .
	.popsection
.endm

/*
 * 256 gates of 16 bytes each; the table of addresses is implied by the spacing. They go on at
 * @common, those with a stack of their own at @ist.
 */
.macro GATE_TABLE common, ist
vector = 0
.rept 256
	.p2align 4
	/* For these the processor pushes an error code: two bytes of nothing, as PUSH $0 has. */
	.if (vector == 8) || (vector >= 10 && vector <= 14) || (vector == 17) || (vector == 21) || \
	    (vector == 29) || (vector == 30)
	nop
	nop
	.else
	push $0
	.endif
	movl $vector, 4(%rsp)
	.if (vector == TRAP_DB) || (vector == TRAP_NMI) || (vector == TRAP_DF) || \
	    (vector == TRAP_MC)
	jmp \ist
	.else
	jmp \common
	.endif
	vector = vector + 1
.endr
.endm

/* What a system call needs of a vcpu: the fields, by the names that the macros below know. */
	.set vcpu.kernel_mode, VCPU_KERNEL_MODE
	.set vcpu.syscall, VCPU_SYSCALL_CALLBACK
	.set vcpu.mask_events, VCPU_CALLBACK_FLAGS
	.set vcpu.info, VCPU_INFO
	.set vcpu.kernel_sp, VCPU_KERNEL_SP
	.set vcpu.kernel_cr3, VCPU_KERNEL_CR3
	.set vcpu.user_cr3, VCPU_USER_CR3
	.set vcpu.cr3, VCPU_CR3

/* Of the guest's registers, when SAVE_REGS_FIRST was the last. */
#define F(x) (x - REGS_RAX)(%rsp)

/*
 * The guest's user part made a system call: switch to its kernel's address space and stack, push
 * the frame rcx r11 rip cs|mask rflags rsp ss there, and go to the registered entry. %rdi points to
 * what @at is the name of.
 */
.macro USER_SYSCALL at
	mov \at\().syscall(%rdi), %rcx
	test %rcx, %rcx
	jz \at\()_syscall_none
	mov \at\().info(%rdi), %rdx
	test %rdx, %rdx
	jz \at\()_syscall_none
	mov \at\().kernel_sp(%rdi), %rsi
	and $~15, %rsi

	mov \at\().kernel_cr3(%rdi), %rax
	mov %rax, \at\().cr3(%rdi)
	mov %rax, %cr3
	swapgs
	movb $1, \at\().kernel_mode(%rdi)

	SMAP_STAC
	movzwl F(REGS_SS), %eax
	MAY_FAULT \at\()_bounce_failed, mov %rax, -8(%rsi)
	mov F(REGS_RSP), %rax
	MAY_FAULT \at\()_bounce_failed, mov %rax, -16(%rsi)

	/* The saved flags show the event mask as IF. */
	mov %r11, %rax
	and $~(FLAG_IOPL | FLAG_IF), %rax
	cmpb $0, VCPU_INFO_MASK(%rdx)
	jne 1f
	or $FLAG_IF, %rax
1:	MAY_FAULT \at\()_bounce_failed, mov %rax, -24(%rsi)

	/* The mask itself stands in the upper half of CS. */
	movzbl VCPU_INFO_MASK(%rdx), %eax
	shl $32, %rax
	or $SEL_GUEST_CS, %rax
	MAY_FAULT \at\()_bounce_failed, mov %rax, -32(%rsi)
	mov F(REGS_RIP), %rax
	MAY_FAULT \at\()_bounce_failed, mov %rax, -40(%rsi)
	MAY_FAULT \at\()_bounce_failed, mov %r11, -48(%rsi)
	MAY_FAULT \at\()_bounce_failed, mov %rax, -56(%rsi)
	SMAP_CLAC

	/* The kernel may want events masked on its entry. */
	testl $(1 << CALLBACKTYPE_SYSCALL), \at\().mask_events(%rdi)
	jz 2f
	movb $1, VCPU_INFO_MASK(%rdx)

2:	/* rcx is the entry; SYSRET wants the flags in r11. */
	and $~FLAGS_CLEARED_ON_ENTRY, %r11
	or $(FLAG_IF | FLAG_MBS), %r11
	sub $GUEST_STACK_FRAME, %rsi
	mov %rsi, F(REGS_RCX)		/* the new stack; rcx itself is the entry now */
	pop %rax
	mov 8(%rsp), %rdx
	mov 16(%rsp), %rsi
	mov 24(%rsp), %rdi
	CLEAR_BUFFERS
	mov (%rsp), %rsp
	sysretq
.endm

/*
 * The iret hypercall into the guest's user part, by far the commonest. The guest's stack holds
 *   0 rax  8 r11  16 rcx  24 flags  32 rip  40 cs  48 rflags  56 rsp  64 ss
 * Anything out of the ordinary (an event waits, SYSRET flag, return to the kernel) goes to C,
 * which reads it all again: nothing is changed here before the last load succeeded.
 */
.macro KERNEL_IRET at
	mov F(REGS_RSP), %rsi
	mov %rsi, %rax
	shr $43, %rax
	cmp $HV_HOLE_43, %eax		/* never read our own memory for a guest; */
	cmove %rax, %rsi		/* by speculation neither: a low address */
	je \at\()_iret_slow

	/* With isolation none is left: only C raises them, and does them before it leaves. */
	.ifc \at, vcpu
	cmpl $0, F(CPU_INFO_SOFTIRQS)
	jne \at\()_iret_slow
	.endif
	cmpq $0, \at\().user_cr3(%rdi)
	je \at\()_iret_slow
	mov \at\().info(%rdi), %rdx
	test %rdx, %rdx
	jz \at\()_iret_slow
	cmpb $0, VCPU_INFO_PENDING(%rdx)
	jne \at\()_iret_slow

	SMAP_STAC
	MAY_FAULT \at\()_iret_slow_ac, testl $VGCF_IN_SYSCALL, 24(%rsi)
	jnz \at\()_iret_slow_ac

	/* CS: of ring 3. */
	MAY_FAULT \at\()_iret_slow_ac, mov 40(%rsi), %rax
	mov %eax, %ecx
	and $3, %ecx
	cmp $3, %ecx
	jne \at\()_iret_slow_ac
	movzwl %ax, %eax
	mov %rax, F(REGS_CS)

	/* RFLAGS: events are to be unmasked; no IOPL, no VM. */
	MAY_FAULT \at\()_iret_slow_ac, mov 48(%rsi), %rax
	test $FLAG_IF, %eax
	jz \at\()_iret_slow_ac
	and $~(FLAG_IOPL | FLAG_VM), %rax
	or $FLAG_MBS, %rax
	mov %rax, F(REGS_RFLAGS)

	/* SS: of ring 3. The rest is taken as it is. */
	MAY_FAULT \at\()_iret_slow_ac, mov 64(%rsi), %rax
	movzwl %ax, %eax
	or $3, %eax
	mov %rax, F(REGS_SS)

	MAY_FAULT \at\()_iret_slow_ac, mov 32(%rsi), %rax
	mov %rax, F(REGS_RIP)
	MAY_FAULT \at\()_iret_slow_ac, mov 16(%rsi), %rax
	mov %rax, F(REGS_RCX)
	MAY_FAULT \at\()_iret_slow_ac, mov (%rsi), %rcx
	MAY_FAULT \at\()_iret_slow_ac, mov 56(%rsi), %rax
	MAY_FAULT \at\()_iret_slow_ac, mov 8(%rsi), %r11
	mov %rcx, F(REGS_RAX)
	mov %rax, F(REGS_RSP)
	SMAP_CLAC

	/* All was read: from here on it is the user part's. */
	movb $0, VCPU_INFO_MASK(%rdx)
	movb $0, \at\().kernel_mode(%rdi)
	mov \at\().user_cr3(%rdi), %rax
	mov %rax, \at\().cr3(%rdi)
	mov %rax, %cr3
	swapgs

	movl $0, F(REGS_VECTOR)
	pop %rax
	pop %rcx
	pop %rdx
	pop %rsi
	pop %rdi
	add $8, %rsp
	CLEAR_BUFFERS
	MAY_FAULT \at\()_iret_failed, iretq
.endm

#endif
#endif
