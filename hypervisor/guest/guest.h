/* SPDX-License-Identifier: MIT */
/*
 * What a guest is shown of the machine: traps bounced to its handlers, iret, segments, emulated instructions, CPUID,
 * MSRs. A vcpu's state is touched by the CPU that runs it alone, or while it is paused.
 */
#ifndef GUEST_GUEST_H
#define GUEST_GUEST_H

#include <dom/domain.h>
#include <lib/hypercall.h>
#include <x86/traps.h>

/* Delivers trap @vector to the guest's handler on the way back (bounce frame on its kernel stack). Crashes it if it can not. */
void guest_inject_trap(struct vcpu *v, u8 vector, u32 error, bool has_error);
void guest_inject_page_fault(struct vcpu *v, u64 addr, u32 error);

#define TI_FLAG_MASK_EVENTS 4 /* flags bit 2 of a trap table entry */
static inline bool guest_nmi_due(const struct vcpu *v)
{
	return READ_ONCE(v->nmi_pending) && v->trap[TRAP_NMI].address;
}

/* Delivers an NMI or the event upcall, if one is due and has an entry; true: look again. */
bool bounce_pending(struct vcpu *v);
/* A segment or return address of the guest was refused by the processor. */
void bounce_failsafe(struct vcpu *v);

/* A general-protection fault of the guest's kernel at a privileged instruction: true if it was emulated. (emulate.c) */
bool guest_emulate_privileged(struct vcpu *v, struct cpu_user_regs *regs);
/* ud2 "xen" cpuid. */
bool guest_emulate_forced_cpuid(struct vcpu *v, struct cpu_user_regs *regs);

/* Context as setvcpucontext / initialise give it: checked, then applied. -EINVAL with reason. @d->pt_lock not held. */
int guest_set_context(struct vcpu *v, const struct vcpu_guest_context *c);
/* And back, for getvcpucontext; @v must be paused. */
void guest_get_context(struct vcpu *v, struct vcpu_guest_context *c);

/* CPUID policy: what leaf/sub answers for @v. */
struct cpuid_regs;
void guest_cpuid(struct vcpu *v, u32 leaf, u32 sub, struct cpuid_regs *out);
/* Model-specific registers as a guest is shown them. Both return false for "#GP". */
bool guest_rdmsr(struct vcpu *v, u32 msr, u64 *val);
bool guest_wrmsr(u32 msr, u64 val);
/* Writes the hypercall stubs of the ABI into @page, 4096 bytes of ours. (hypercall_page.c) */
void guest_fill_hypercall_page(void *page);

/* Checks of what a guest gives, shared by hypercalls and whole contexts. (callbacks.c, debug.c) */
bool guest_code_address_ok(u64 addr); /* canonical and not in our slots */
bool guest_stack_ok(u64 sp);	      /* one page below it can be pushed to */
bool guest_debug_exists(u64 reg);
bool guest_debug_ok(u32 reg, u64 *value); /* makes dr6, dr7 harmless; false if a breakpoint address is ours */

/* Of the current vcpu: a debug register, 0 or -errno; its CR0.TS. */
long guest_set_debug(struct vcpu *v, u64 reg, u64 value);
void guest_set_ts(struct vcpu *v, bool on);

/* Marks on the vcpu's way out: chooses, switches, delivers; returns only with a vcpu to run. */
void __noreturn guest_start_first(void); /* end of boot: this CPU enters the scheduler */

#endif
