/* SPDX-License-Identifier: MIT */
/*
 * Not linked: compiled to assembly text, from which the build takes numbers for entry.S and
 * boot/head.S. What assembly takes for granted beyond these is asserted at the end.
 */
#ifdef MAKING_OFFSETS
#include <dom/domain.h>
#include <pvabi/callback.h>
#include <x86/asm.h>
#include <x86/cpu.h>
#include <x86/isolation.h>
#include <x86/tables.h>
#include <x86/traps.h>

#define DEFINE(sym, val)      __asm__ volatile(".ascii \"->" #sym " %0\"" : : "i"(val))
#define OFFSET(sym, str, mem) DEFINE(sym, offsetof(struct str, mem))

void offsets(void);
void offsets_of_calls(void);

void offsets(void)
{
	/* What a gate or a stub pushes. */
	OFFSET(REGS_RAX, cpu_user_regs, rax);
	OFFSET(REGS_RCX, cpu_user_regs, rcx);
	OFFSET(REGS_ERROR_CODE, cpu_user_regs, error_code);
	OFFSET(REGS_VECTOR, cpu_user_regs, entry_vector);
	OFFSET(REGS_RIP, cpu_user_regs, rip);
	OFFSET(REGS_CS, cpu_user_regs, cs);
	OFFSET(REGS_RFLAGS, cpu_user_regs, rflags);
	OFFSET(REGS_RSP, cpu_user_regs, rsp);
	OFFSET(REGS_SS, cpu_user_regs, ss);
	OFFSET(REGS_ES, cpu_user_regs, es);

	OFFSET(CPU_INFO_CURRENT, cpu_info, current);
	OFFSET(CPU_INFO_SOFTIRQS, cpu_info, softirqs);
	OFFSET(CPU_INFO_BEGAN, cpu_info, stretch.began);
	OFFSET(CPU_INFO_BUDGET, cpu_info, budget);
	OFFSET(CPU_INFO_SPEC_CTRL, cpu_info, spec_ctrl);
	DEFINE(MSR_SPEC_CTRL, MSR_SPEC_CTRL);
	DEFINE(MSR_PRED_CMD, MSR_PRED_CMD);
	DEFINE(BUDGET_LOOKS, BUDGET_LOOKS);
	DEFINE(CPU_INFO_SIZE, sizeof(struct cpu_info));
	DEFINE(PAGE_SIZE, PAGE_SIZE);
	DEFINE(HV_HOLE_43, HV_VIRT_START >> 43); /* bits 63..43 of our slots' addresses */

	DEFINE(TRAP_DB, TRAP_DB);
	DEFINE(TRAP_NMI, TRAP_NMI);
	DEFINE(TRAP_UD, TRAP_UD);
	DEFINE(TRAP_DF, TRAP_DF);
	DEFINE(TRAP_MC, TRAP_MC);
	DEFINE(TRAP_SYSCALL, TRAP_SYSCALL);
	DEFINE(HYPERVISOR_IRET, __HYPERVISOR_iret);
	DEFINE(VGCF_IN_SYSCALL, VGCF_in_syscall);
	DEFINE(CALLBACKTYPE_SYSCALL, CALLBACKTYPE_syscall);
}

/* What system calls need of a vcpu. */
void offsets_of_calls(void)
{
	OFFSET(STUB_SAVED_RSP, stub_data, saved_rsp);
	OFFSET(STUB_STACK, stub_data, stack);
	OFFSET(STUB_ENTRY, stub_data, entry);
	OFFSET(STUB_ENTRY32, stub_data, entry32);
	OFFSET(VCPU_KERNEL_MODE, vcpu, kernel_mode);
	OFFSET(VCPU_SYSCALL_CALLBACK, vcpu, callbacks.syscall);
	OFFSET(VCPU_CALLBACK_FLAGS, vcpu, callbacks.mask_events);
	OFFSET(VCPU_INFO, vcpu, info);
	OFFSET(VCPU_KERNEL_SP, vcpu, kernel_stack.sp);
	OFFSET(VCPU_KERNEL_CR3, vcpu, roots.kernel_cr3);
	OFFSET(VCPU_USER_CR3, vcpu, roots.user_cr3);
	OFFSET(VCPU_CR3, vcpu, roots.cr3);
	OFFSET(VCPU_ENTRY, vcpu, entry);
	OFFSET(ENTRY_HV_STACK, entry_page, hv_stack);
	OFFSET(ENTRY_KERNEL_MODE, entry_page, kernel_mode);
	OFFSET(ENTRY_SYSCALL_CALLBACK, entry_page, syscall_callback);
	OFFSET(ENTRY_MASK_EVENTS, entry_page, mask_events);
	OFFSET(ENTRY_INFO, entry_page, info);
	OFFSET(ENTRY_KERNEL_SP, entry_page, kernel_sp);
	OFFSET(ENTRY_KERNEL_CR3, entry_page, kernel_cr3);
	OFFSET(ENTRY_USER_CR3, entry_page, user_cr3);
	OFFSET(ENTRY_CR3, entry_page, cr3);
	OFFSET(VCPU_INFO_PENDING, vcpu_info, evtchn_upcall_pending);
	OFFSET(VCPU_INFO_MASK, vcpu_info, evtchn_upcall_mask);
}

/* SAVE_REGS pushes these one after the other, above the stack's end. */
#define REGS_AT(field, words)                                              \
	_Static_assert(offsetof(struct cpu_user_regs, field) == (words)*8, \
		       "entry.S pushes " #field " there")
REGS_AT(r15, 0);
REGS_AT(r14, 1);
REGS_AT(r13, 2);
REGS_AT(r12, 3);
REGS_AT(rbp, 4);
REGS_AT(rbx, 5);
REGS_AT(r11, 6);
REGS_AT(r10, 7);
REGS_AT(r9, 8);
REGS_AT(r8, 9);
REGS_AT(rax, 10);
REGS_AT(rcx, 11);
REGS_AT(rdx, 12);
REGS_AT(rsi, 13);
REGS_AT(rdi, 14);
REGS_AT(error_code, 15);
REGS_AT(rip, 16);
REGS_AT(cs, 17);
REGS_AT(rflags, 18);
REGS_AT(rsp, 19);
REGS_AT(ss, 20);
REGS_AT(es, 21);
_Static_assert(offsetof(struct cpu_user_regs, entry_vector) ==
		       offsetof(struct cpu_user_regs, error_code) + 4,
	       "gates write the vector above the error code, in one word");

/* The frame that kernel_iret reads. */
#define IRET_AT(field, at) \
	_Static_assert(offsetof(struct iret_context, field) == (at), "kernel_iret reads " #field)
IRET_AT(rax, 0);
IRET_AT(r11, 8);
IRET_AT(rcx, 16);
IRET_AT(flags, 24);
IRET_AT(rip, 32);
IRET_AT(cs, 40);
IRET_AT(rflags, 48);
IRET_AT(rsp, 56);
IRET_AT(ss, 64);

_Static_assert(HV_VIRT_START >> 43 == (HV_VIRT_END - 1) >> 43,
	       "kernel_iret compares the upper bits alone");
_Static_assert(sizeof(((struct vcpu *)0)->kernel_mode) == 1, "entry.S writes a byte");

_Static_assert((sizeof(struct cpu_info) - offsetof(struct cpu_info, regs.es)) % 16 == 0,
	       "the processor aligns the stack to 16 before it pushes a frame");
#endif
