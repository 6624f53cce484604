/* SPDX-License-Identifier: MIT */
/*
 * Every way into ring 0 and out of it. A guest's registers go to struct cpu_info at the top of
 * this CPU's stack, so from a guest the stack is always the same: regs at its top.
 *
 *   guest, exception or interrupt  -> gate -> save -> trap_from_guest -> guest_return
 *   guest kernel, SYSCALL          -> stub -> save -> hook_hypercall  -> guest_return
 *   guest user, SYSCALL            -> stub -> bounce to the guest kernel's entry, no C
 *   guest kernel, SYSCALL for iret -> stub -> back to the guest's user mode, no C
 *   ring 0, exception or interrupt -> gate -> save -> trap_from_ring0 -> iretq
 *
 * NMI, #DB, #DF and #MC have stacks of their own below the main one in the same aligned block
 * (x86/layout.h). #DB needs one because MOV SS holds it back: so a guest can make it hit between
 * SYSCALL and our first switch of stacks.
 */
#include <hypervisor/offsets.h>
#include <x86/layout.h>

#define FLAG_MBS  0x2 /* always one */
#define FLAG_IF   0x200
#define FLAG_IOPL 0x3000
#define FLAG_VM   0x20000
#define FLAGS_CLEARED_ON_ENTRY 0x77500 /* VM RF NT IOPL DF TF, and AC */

#define GUEST_STACK_FRAME 56 /* rcx r11 rip cs|mask rflags rsp ss */

	.text

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

/* Has C do what a guest caused, with its registers at the stack's top, and goes back to a guest. */
.macro GUEST_CALL fn
	mov %rsp, %rdi
	sub $8, %rsp
	call \fn
	jmp guest_resume
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

/* A store to, or load from, guest memory that may fault: then on to @to. */
.macro MAY_FAULT to, insn:vararg
772:	\insn
	.pushsection .fixup_table, "a"
	.long 772b - ., \to - .
	.popsection
.endm

/* ---- gates: 256 of them, 16 bytes each; the table of addresses is implied by the spacing ---- */

	.p2align 4
	.globl gate_table
gate_table:
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
	jmp gate_ist
	.else
	jmp gate_common
	.endif
	vector = vector + 1
.endr

gate_common:
	SAVE_REGS
	cld
	SMAP_CLAC
	testb $3, REGS_CS(%rsp)
	jz gate_ring0
	GUEST_CALL trap_from_guest

/* What was interrupted may have left the stack at any multiple of 8. */
gate_ring0:
	mov %rsp, %rdi
	mov %rsp, %rbx
	and $~15, %rsp
	call trap_from_ring0
	mov %rbx, %rsp

	RESTORE_REGS
	add $8, %rsp
	iretq

/* On a stack of its own: from a guest (not #DF, NMI, #MC), go over to the main stack first. */
gate_ist:
	SAVE_REGS
	cld
	SMAP_CLAC
	testb $3, REGS_CS(%rsp)
	jz gate_ring0
	cmpl $TRAP_DB, REGS_VECTOR(%rsp)
	jne gate_ring0

	mov %rsp, %rsi
	mov %rsp, %rdi
	or $(STACK_SIZE - 1), %rdi
	sub $(CPU_INFO_SIZE - 1), %rdi	/* regs at the top of the main stack */

	mov %rdi, %rsp
	mov $(REGS_ES / 8), %ecx
	rep movsq
	GUEST_CALL trap_from_guest

/* ---- the way back to a guest; the stack is at regs ---- */

	.globl guest_return
guest_return:
	sub $8, %rsp
guest_resume:
	call hook_resume
	add $8, %rsp
	cmpl $TRAP_SYSCALL, REGS_VECTOR(%rsp)
	jne 1f

	/* SYSRET to a non-canonical address would fault in ring 0 on the guest's stack. */
	mov REGS_RIP(%rsp), %rcx
	mov %rcx, %rax
	shl $16, %rax
	sar $16, %rax
	cmp %rax, %rcx
	jne 1f

	RESTORE_REGS
	mov 8(%rsp), %rcx
	mov 24(%rsp), %r11
	mov 32(%rsp), %rsp
	sysretq

1:	RESTORE_REGS
	add $8, %rsp
	MAY_FAULT iret_failed, iretq

/* The guest's frame is still there, its registers are in ours again: tell the guest. */
iret_failed:
	push $0
	SAVE_REGS
	GUEST_CALL hook_guest_iret_failed

/*
 * ---- SYSCALL arrives at the CPU's own stub, a page that x86/tables.c makes of this one: no
 * register is free to find the stack with. Its data is in the page behind it (struct stub_data).
 */
#define STUB_DATA(field) (syscall_stub + PAGE_SIZE + field)(%rip)
.macro STUB entry
	mov %rsp, STUB_DATA(STUB_SAVED_RSP)
	mov STUB_DATA(STUB_STACK), %rsp
	push $SEL_GUEST_SS
	push STUB_DATA(STUB_SAVED_RSP)
	jmp *STUB_DATA(\entry)
.endm
	.globl syscall_stub_start, syscall_stub32_start, syscall_stub_end
syscall_stub_start:
syscall_stub:
	STUB STUB_ENTRY
syscall_stub32_start:
	STUB STUB_ENTRY32
syscall_stub_end:

	.globl entry_syscall
entry_syscall:
	push %r11
	push $SEL_GUEST_CS
	push %rcx
	push $0
	movl $TRAP_SYSCALL, 4(%rsp)
	SAVE_REGS_FIRST

	mov CPU_INFO_CURRENT - REGS_RAX(%rsp), %rdi
	cmpb $0, VCPU_KERNEL_MODE(%rdi)
	je user_syscall
	cmp $HYPERVISOR_IRET, %eax
	je kernel_iret

kernel_hypercall:
	SAVE_REGS_REST
	GUEST_CALL hook_hypercall

/*
 * The guest's user part made a system call: switch to its kernel's address space and stack, push
 * the frame rcx r11 rip cs|mask rflags rsp ss there, and go to the registered entry.
 */
#define F(x) (x - REGS_RAX)(%rsp)
user_syscall:
	mov VCPU_SYSCALL_CALLBACK(%rdi), %rcx
	test %rcx, %rcx
	jz user_syscall_none
	mov VCPU_INFO(%rdi), %rdx
	test %rdx, %rdx
	jz user_syscall_none
	mov VCPU_KERNEL_SP(%rdi), %rsi
	and $~15, %rsi

	mov VCPU_KERNEL_CR3(%rdi), %rax
	mov %rax, VCPU_CR3(%rdi)
	mov %rax, %cr3
	swapgs
	movb $1, VCPU_KERNEL_MODE(%rdi)

	SMAP_STAC
	movzwl F(REGS_SS), %eax
	MAY_FAULT bounce_failed, mov %rax, -8(%rsi)
	mov F(REGS_RSP), %rax
	MAY_FAULT bounce_failed, mov %rax, -16(%rsi)

	/* The saved flags show the event mask as IF. */
	mov %r11, %rax
	and $~(FLAG_IOPL | FLAG_IF), %rax
	cmpb $0, VCPU_INFO_MASK(%rdx)
	jne 1f
	or $FLAG_IF, %rax
1:	MAY_FAULT bounce_failed, mov %rax, -24(%rsi)

	/* The mask itself stands in the upper half of CS. */
	movzbl VCPU_INFO_MASK(%rdx), %eax
	shl $32, %rax
	or $SEL_GUEST_CS, %rax
	MAY_FAULT bounce_failed, mov %rax, -32(%rsi)
	mov F(REGS_RIP), %rax
	MAY_FAULT bounce_failed, mov %rax, -40(%rsi)
	MAY_FAULT bounce_failed, mov %r11, -48(%rsi)
	MAY_FAULT bounce_failed, mov %rax, -56(%rsi)
	SMAP_CLAC

	/* The kernel may want events masked on its entry. */
	testl $(1 << CALLBACKTYPE_SYSCALL), VCPU_CALLBACK_FLAGS(%rdi)
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
	mov (%rsp), %rsp
	sysretq

user_syscall_none:
	SAVE_REGS_REST
	GUEST_CALL hook_guest_no_syscall

bounce_failed:
	SMAP_CLAC
	SAVE_REGS_REST
	GUEST_CALL hook_guest_bounce_failed

/*
 * The iret hypercall into the guest's user part, by far the commonest. The guest's stack holds
 *   0 rax  8 r11  16 rcx  24 flags  32 rip  40 cs  48 rflags  56 rsp  64 ss
 * Anything out of the ordinary (an event waits, SYSRET flag, return to the kernel) goes to C,
 * which reads it all again: nothing is changed here before the last load succeeded.
 */
kernel_iret:
	mov F(REGS_RSP), %rsi
	mov %rsi, %rax
	shr $43, %rax
	cmp $HV_HOLE_43, %eax		/* never read our own memory for a guest */
	je iret_slow

	cmpl $0, F(CPU_INFO_SOFTIRQS)
	jne iret_slow
	cmpq $0, VCPU_USER_CR3(%rdi)
	je iret_slow
	mov VCPU_INFO(%rdi), %rdx
	test %rdx, %rdx
	jz iret_slow
	cmpb $0, VCPU_INFO_PENDING(%rdx)
	jne iret_slow

	SMAP_STAC
	MAY_FAULT iret_slow_ac, testl $VGCF_IN_SYSCALL, 24(%rsi)
	jnz iret_slow_ac

	/* CS: of ring 3. */
	MAY_FAULT iret_slow_ac, mov 40(%rsi), %rax
	mov %eax, %ecx
	and $3, %ecx
	cmp $3, %ecx
	jne iret_slow_ac
	movzwl %ax, %eax
	mov %rax, F(REGS_CS)

	/* RFLAGS: events are to be unmasked; no IOPL, no VM. */
	MAY_FAULT iret_slow_ac, mov 48(%rsi), %rax
	test $FLAG_IF, %eax
	jz iret_slow_ac
	and $~(FLAG_IOPL | FLAG_VM), %rax
	or $FLAG_MBS, %rax
	mov %rax, F(REGS_RFLAGS)

	/* SS: of ring 3. The rest is taken as it is. */
	MAY_FAULT iret_slow_ac, mov 64(%rsi), %rax
	movzwl %ax, %eax
	or $3, %eax
	mov %rax, F(REGS_SS)

	MAY_FAULT iret_slow_ac, mov 32(%rsi), %rax
	mov %rax, F(REGS_RIP)
	MAY_FAULT iret_slow_ac, mov 16(%rsi), %rax
	mov %rax, F(REGS_RCX)
	MAY_FAULT iret_slow_ac, mov (%rsi), %rcx
	MAY_FAULT iret_slow_ac, mov 56(%rsi), %rax
	MAY_FAULT iret_slow_ac, mov 8(%rsi), %r11
	mov %rcx, F(REGS_RAX)
	mov %rax, F(REGS_RSP)
	SMAP_CLAC

	/* All was read: from here on it is the user part's. */
	movb $0, VCPU_INFO_MASK(%rdx)
	movb $0, VCPU_KERNEL_MODE(%rdi)
	mov VCPU_USER_CR3(%rdi), %rax
	mov %rax, VCPU_CR3(%rdi)
	mov %rax, %cr3
	swapgs

	movl $0, F(REGS_VECTOR)
	pop %rax
	pop %rcx
	pop %rdx
	pop %rsi
	pop %rdi
	add $8, %rsp
	MAY_FAULT iret_failed, iretq

iret_slow_ac:
	SMAP_CLAC
iret_slow:
	movq $SEL_GUEST_CS, F(REGS_CS)
	jmp kernel_hypercall

/* SYSCALL in compatibility mode (only AMD has it): not offered, so an invalid opcode. */
	.globl entry_syscall32
entry_syscall32:
	push %r11
	push $SEL_GUEST_CS32
	push %rcx
	push $0
	movl $TRAP_UD, 4(%rsp)
	SAVE_REGS
	GUEST_CALL trap_from_guest

/*
 * size_t copy_user(void *dst, const void *src, size_t n): returns the bytes not copied. The caller
 * checked that the guest's side is the guest's. Eight bytes a step, then the rest; a fault in the
 * words says how many words are left.
 */
	.globl copy_user
copy_user:
	mov %edx, %eax
	and $7, %eax
	mov %rdx, %rcx
	shr $3, %rcx

	SMAP_STAC
	MAY_FAULT copy_user_words, rep movsq
	mov %eax, %ecx
	MAY_FAULT copy_user_end, rep movsb
copy_user_end:
	SMAP_CLAC
	mov %rcx, %rax
	ret

copy_user_words:
	lea (%rax,%rcx,8), %rcx
	jmp copy_user_end

/* bool load_SEG(u16 sel): false, and a null selector loaded, if the processor refuses it. */
.macro SEGMENT_LOADER seg
	.globl load_\seg
load_\seg:
	MAY_FAULT load_\seg\()_bad, mov %edi, %\seg
	mov $1, %eax
	ret
load_\seg\()_bad:
	xor %eax, %eax
	mov %eax, %\seg
	ret
.endm
	SEGMENT_LOADER ds
	SEGMENT_LOADER es
	SEGMENT_LOADER fs
	SEGMENT_LOADER gs

/* The same for GS, whose base we swap away meanwhile: the shadow base gets the selector's. */
	.globl load_gs_user
load_gs_user:
	swapgs
	MAY_FAULT load_gs_user_bad, mov %edi, %gs
	mfence
	swapgs
	mov $1, %eax
	ret
load_gs_user_bad:
	xor %eax, %eax
	mov %eax, %gs
	swapgs
	ret

/* bool rdmsr_safe(u32 msr, u64 *val), bool wrmsr_safe(u32 msr, u64 val) */
	.globl rdmsr_safe
rdmsr_safe:
	mov %rsi, %r8
	mov %edi, %ecx
	MAY_FAULT msr_bad, rdmsr
	mov %eax, (%r8)
	mov %edx, 4(%r8)
	mov $1, %eax
	ret
	.globl wrmsr_safe
wrmsr_safe:
	mov %edi, %ecx
	mov %esi, %eax
	mov %rsi, %rdx
	shr $32, %rdx
	MAY_FAULT msr_bad, wrmsr
	mov $1, %eax
	ret
msr_bad:
	xor %eax, %eax
	ret

	.section .note.GNU-stack, "", @progbits
