/* SPDX-License-Identifier: MIT */
/*
 * Every call from a low room up to a higher one, on one page. Assembly and the lower rooms call
 * these and nothing else above them; the room named behind each one defines it.
 */
#ifndef X86_UPCALLS_H
#define X86_UPCALLS_H

#include <lib/types.h>

struct cpu_user_regs;

/* entry.S, a trap or exception that hit the guest: regs->entry_vector, ->error_code. (guest/trap.c) */
void upcall_guest_trap(struct cpu_user_regs *regs);
/* entry.S, SYSCALL from the guest's kernel. (ctl/hypercall.c) */
void upcall_hypercall(struct cpu_user_regs *regs);
/* entry.S, on every way back to a guest: runs softirqs, schedules, delivers events. (guest/resume.c) */
void upcall_resume(void);
/* x86/traps.c, an interrupt vector from the local APIC, in guest mode or idle. (irq/vector.c) */
void upcall_interrupt(u8 vector);
/* x86/traps.c, a page fault in ring 0 at a user address that no fixup covers... never returns true twice. (ptable/fault.c) */
bool upcall_hv_fault(u64 addr, u32 error);
/* x86/lock.c and x86/smp.c: serve flush requests posted to this CPU. (ptable/tlb.c) */
void upcall_tlb_poll(void);
/* irq/: send an IPI so that @cpu leaves guest mode or idle. (irq/apic.c) */
void upcall_kick(u32 cpu);
/* time/: nothing. sched/: a runnable was chosen on this CPU; load its guest state. (dom/switch.c) */
/* console/: somebody typed: wake whoever reads VIRQ_CONSOLE. (ctl/console.c) */
void upcall_console_input(void);
/* frame/: the last reference of a frame with an owner is gone; take it off the owner. (dom/memory.c) */
struct frame;
void upcall_frame_released(struct frame *f);

#endif
