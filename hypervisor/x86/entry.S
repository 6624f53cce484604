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
#include <x86/entry.h>

	.text
	.p2align 4
	.globl gate_table
gate_table:
	GATE_TABLE gate_common, gate_ist

	.globl gate_common
gate_common:
	SAVE_REGS
	cld
	SMAP_CLAC
	testb $3, REGS_CS(%rsp)
	jz gate_ring0
	GUEST_CALL trap_from_guest, guest_resume

/* What was interrupted may have left the stack at any multiple of 8. */
gate_ring0:
	ENTER_FROM_RING0
	mov %rsp, %rdi
	mov %rsp, %rbx
	and $~15, %rsp
	call trap_from_ring0
	mov %rbx, %rsp

	RESTORE_REGS
	add $8, %rsp
	iretq

/*
 * On a stack of its own. From a guest the main stack is free: the frame goes there, and the guest
 * is returned to as from any trap: should its IRET fault, because another vcpu has just spoilt the
 * selectors, then on the main stack, by the fixup of guest_return, and not here, where the next NMI
 * would overwrite the frame. The stack pointer follows only when all is copied: until then an NMI
 * or a machine check must find that this stack is in use (ist_ring0).
 */
gate_ist:
	SAVE_REGS
	cld
	SMAP_CLAC
	testb $3, REGS_CS(%rsp)
	jz ist_ring0

	mov %rsp, %rsi
	mov %rsp, %rdi
	or $(STACK_SIZE - 1), %rdi
	sub $(CPU_INFO_SIZE - 1), %rdi	/* regs at the top of the main stack */

	mov %rdi, %rbx
	mov $(REGS_ES / 8), %ecx
	rep movsq
	mov %rbx, %rsp
	GUEST_CALL trap_ist_from_guest, guest_resume

/*
 * An IRET lets NMIs in again, which hold each other back by being handled. If this hit the NMI
 * handler, whose stack a second one would overwrite, the way back is by POPF and RET.
 */
ist_ring0:
	ENTER_FROM_RING0
	mov %rsp, %rdi
	mov %rsp, %rbx
	and $~15, %rsp
	call trap_ist_from_ring0
	mov %rbx, %rsp
	test %al, %al
	jnz 1f

	RESTORE_REGS
	add $8, %rsp
	iretq

1:	subq $16, REGS_RSP(%rsp)
	mov REGS_RSP(%rsp), %rcx
	mov REGS_RFLAGS(%rsp), %rax
	mov %rax, (%rcx)
	mov REGS_RIP(%rsp), %rax
	mov %rax, 8(%rcx)

	RESTORE_REGS
	mov (REGS_RSP - REGS_ERROR_CODE)(%rsp), %rsp
	popfq
	ret

/* void nmi_unblock(void): on the main stack, once an NMI is handled; rax, rcx, rdx are lost. */
	.globl nmi_unblock
nmi_unblock:
	pop %rax
	mov %rsp, %rcx
	mov %ss, %edx
	push %rdx
	push %rcx
	pushfq
	push $SEL_HV_CS
	push %rax
	iretq

/* ---- the way back to a guest; the stack is at regs ---- */

	.globl guest_return
guest_return:
	sub $8, %rsp
guest_resume:
	RESUME_CALL hook_resume, spec_leave
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
	CLEAR_BUFFERS
	mov 32(%rsp), %rsp
	sysretq

1:	RESTORE_REGS
	add $8, %rsp
	CLEAR_BUFFERS
	MAY_FAULT vcpu_iret_failed, iretq

/* The guest's frame is still there, its registers are in ours again: tell the guest. */
vcpu_iret_failed:
	push $0
	SAVE_REGS
	GUEST_CALL hook_guest_iret_failed, guest_resume

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
	GUEST_CALL hook_hypercall, guest_resume

user_syscall:
	USER_SYSCALL vcpu

vcpu_syscall_none:
	SAVE_REGS_REST
	GUEST_CALL hook_guest_no_syscall, guest_resume

vcpu_bounce_failed:
	SMAP_CLAC
	SAVE_REGS_REST
	GUEST_CALL hook_guest_bounce_failed, guest_resume

kernel_iret:
	KERNEL_IRET vcpu

vcpu_iret_slow_ac:
	SMAP_CLAC
vcpu_iret_slow:
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
	GUEST_CALL trap_from_guest, guest_resume

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
