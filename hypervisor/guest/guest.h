/* SPDX-License-Identifier: MIT */
/*
 * What a guest is shown of the machine: traps bounced to its handlers, iret, segments, emulated
 * instructions, ports, CPUID, MSRs. A vcpu's state is touched by the CPU that runs it alone, or
 * while it is paused.
 */
#ifndef GUEST_GUEST_H
#define GUEST_GUEST_H

#include <dom/domain.h>
#include <event/event.h>
#include <lib/hypercall.h>
#include <x86/asm.h>
#include <x86/traps.h>

/* --- bounce.c: into the guest, by a frame on its kernel stack -------------------------------- */

/*
 * The current vcpu goes on in one of its handlers, with the state that it had in the frame. Its
 * domain crashes if there is no handler, or if the stack is not writable.
 */
void guest_inject_trap(struct vcpu *v, u8 vector, u32 error, bool has_error);
void guest_inject_page_fault(struct vcpu *v, u64 addr, u32 error);
/* Its user part made a system call. */
void bounce_syscall(struct vcpu *v);
/* The processor refused a segment or return address of it. */
void bounce_failsafe(struct vcpu *v);

#define TI_FLAG_MASK_EVENTS 4 /* flags bit 2 of a trap table entry */

static inline bool guest_nmi_due(const struct vcpu *v)
{
	return READ_ONCE(v->traps.nmi_pending) && v->traps.gate[TRAP_NMI].address;
}

/* Is the event upcall due, and has it an entry? */
static inline bool guest_upcall_due(const struct vcpu *v)
{
	return v->callbacks.event && event_upcall_due(v);
}

/* Delivers an NMI or the event upcall, if one is due and has an entry; true: look again. */
__must_check bool bounce_pending(struct vcpu *v);

/* --- emulate.c: the instruction at rip; false: the guest is to see its fault ----------------- */

__must_check bool guest_emulate_privileged(struct vcpu *v, struct cpu_user_regs *regs);
/* CPUID behind the ABI's prefix, ud2 "xen". */
__must_check bool guest_emulate_forced_cpuid(struct vcpu *v, struct cpu_user_regs *regs);

/* --- context.c ------------------------------------------------------------------------------- */

/*
 * A vcpu's start state, as setvcpucontext and initialise give it: checked, then applied. @v is
 * paused or was never up, and d->pt.lock is not held. 0, -EINVAL, or as table_pin (-ERESTART too).
 */
__must_check int guest_set_context(struct vcpu *v, const struct vcpu_guest_context *c);
void guest_get_context(struct vcpu *v, struct vcpu_guest_context *c); /* of a paused vcpu */

/* --- cpuid.c, msr.c: as shown to a guest ----------------------------------------------------- */

void guest_cpuid(struct vcpu *v, u32 leaf, u32 sub, struct cpuid_regs *out);
/* Of the current vcpu's kernel; false: #GP. */
__must_check bool guest_rdmsr(struct vcpu *v, u32 msr, u64 *val);
__must_check bool guest_wrmsr(u32 msr, u64 val);

/* --- ports.c: done for a guest; PCI configuration, which we share with dom0 ------------------ */

/* May the code that runs now (kernel or user part) use @size ports from @port; else it gets #GP. */
__must_check bool port_privilege_ok(const struct vcpu *v, u16 port, u8 size);
/* Of a port that is not @v's, reads give all ones and writes are dropped. @size: 1, 2 or 4. */
u32 port_read(struct vcpu *v, u16 port, u8 size);
void port_write(struct vcpu *v, u16 port, u8 size, u32 val);
/* No domain gets these ports. For boot. */
void port_reserve(u16 first, u16 last);
/* @address as in 0xcf8 (bit 31 set), @offset 0..3, @size 1, 2, 4. Dom0's own accesses wait. */
u32 pci_config_read(u32 address, u8 offset, u8 size);
void pci_config_write(u32 address, u8 offset, u8 size, u32 val);

/* --- checks of what a guest gives, and small pieces ------------------------------------------ */

bool guest_code_address_ok(u64 addr); /* canonical and not in our slots */
bool guest_stack_ok(u64 sp);          /* one page below it can be pushed to */
bool guest_debug_exists(u64 reg);
/* Makes a value for DR6 or DR7 harmless. False: the address of DR0..3 is ours. */
__must_check bool guest_debug_ok(u32 reg, u64 *value);

/* Of the current vcpu: a debug register (0, -EINVAL, -EPERM); its CR0.TS. */
__must_check long guest_set_debug(struct vcpu *v, u64 reg, u64 value);
void guest_set_ts(struct vcpu *v, bool on);

void guest_fill_hypercall_page(void *page); /* the stubs of the ABI; a page of ours */
void __noreturn guest_start_first(void);    /* end of boot: this CPU enters the scheduler */

#endif
