/* SPDX-License-Identifier: MIT */
/* Not linked: compiled to assembly text, from which the build takes offsets for entry.S. */
#ifdef MAKING_OFFSETS
#include <dom/domain.h>
#include <pvabi/callback.h>
#include <x86/cpu.h>
#include <x86/tables.h>

#define DEFINE(sym, val)      __asm__ volatile(".ascii \"->" #sym " %0\"" : : "i"(val))
#define OFFSET(sym, str, mem) DEFINE(sym, offsetof(struct str, mem))

void offsets(void);
void offsets(void)
{
	OFFSET(REGS_RAX, cpu_user_regs, rax);
	OFFSET(REGS_RCX, cpu_user_regs, rcx);
	OFFSET(REGS_VECTOR, cpu_user_regs, entry_vector);
	OFFSET(REGS_RIP, cpu_user_regs, rip);
	OFFSET(REGS_CS, cpu_user_regs, cs);
	OFFSET(REGS_RFLAGS, cpu_user_regs, rflags);
	OFFSET(REGS_RSP, cpu_user_regs, rsp);
	OFFSET(REGS_SS, cpu_user_regs, ss);
	OFFSET(REGS_ES, cpu_user_regs, es);
	OFFSET(CPU_INFO_CURRENT, cpu_info, current);
	OFFSET(CPU_INFO_SOFTIRQS, cpu_info, softirqs);
	DEFINE(PAGE_SIZE, PAGE_SIZE);
	DEFINE(CPU_INFO_SIZE, sizeof(struct cpu_info));
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
	OFFSET(VCPU_INFO_PENDING, vcpu_info, evtchn_upcall_pending);
	OFFSET(VCPU_INFO_MASK, vcpu_info, evtchn_upcall_mask);
	DEFINE(CALLBACKTYPE_SYSCALL, CALLBACKTYPE_syscall);
}

_Static_assert((sizeof(struct cpu_info) - offsetof(struct cpu_info, regs.es)) % 16 == 0,
	       "the processor aligns the stack to 16 before it pushes a frame");
#endif
