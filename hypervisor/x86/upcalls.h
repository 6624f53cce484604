/* SPDX-License-Identifier: MIT */
/*
 * Every call from a low room up to a higher one, on one page. Assembly and the lower rooms call
 * these and nothing else above them; the room named behind each one defines it.
 */
#ifndef X86_UPCALLS_H
#define X86_UPCALLS_H

#include <lib/types.h>

struct cpu_user_regs;
struct domain;
struct frame;

/* entry.S, an exception that hit the guest: regs->entry_vector, ->error_code. (guest/trap.c) */
void upcall_guest_trap(struct cpu_user_regs *regs);
/* entry.S, SYSCALL from the guest's kernel. (ctl/hypercall.c) */
void upcall_hypercall(struct cpu_user_regs *regs);
/* entry.S, on every way back to a guest: softirqs, scheduling, events. (guest/resume.c) */
void upcall_resume(void);
/* x86/traps.c, an interrupt vector from the local APIC, in guest mode or idle. (irq/irq.c) */
void upcall_interrupt(u8 vector);
/* x86/traps.c, a page fault in ring 0: true if a page of an LDT came in. (ptable/fault.c) */
bool upcall_hv_fault(u64 addr, u32 error);
/* x86/cpu.c, boot/smp.c: serve flush requests posted to this CPU. (frame/tlb.c) */
void upcall_tlb_poll(void);
/* irq/: send an IPI so that @cpu leaves guest mode or idle. (irq/apic.c) */
void upcall_kick(u32 cpu);
/* x86/cpu.c: send a non-maskable interrupt to @cpu. (irq/apic.c) */
void upcall_send_nmi(u32 cpu);
/* x86/traps.c, a non-maskable interrupt that hit @regs. Must not take locks. (time/watchdog.c) */
void upcall_nmi(const struct cpu_user_regs *regs);
/* x86/cpu.c, after the last words: reset, or not, as the command line says. (ctl/power.c) */
void upcall_panic(void);
/* entry.S: a bounce, IRET or SYSCALL that the guest made impossible. (guest/trap.c) */
void upcall_guest_iret_failed(struct cpu_user_regs *regs);
void upcall_guest_bounce_failed(struct cpu_user_regs *regs);
void upcall_guest_no_syscall(struct cpu_user_regs *regs);
/* console/: somebody typed: wake whoever reads VIRQ_CONSOLE. (ctl/console.c) */
void upcall_console_input(void);
/* frame/: the last reference of a frame with an owner is gone: take it off. (dom/memory.c) */
void upcall_frame_released(struct frame *f);
/*
 * event/: a pirq gets a port of @d to raise, which vcpu 0 hears of; another vcpu hears of it; it
 * loses the port. The port's lock is held. 0 or -errno with a reason. (ctl/pirq.c)
 */
int upcall_pirq_bind(struct domain *d, u32 pirq, u32 port);
void upcall_pirq_move(struct domain *d, u32 pirq, u32 vcpu);
void upcall_pirq_unbind(struct domain *d, u32 pirq);

/* dom/: a domain stopped: tell dom0, or the machine goes down if it was dom0. (ctl/power.c) */
void upcall_domain_stopped(struct domain *d);
/* dom/: the last reference is gone: free what higher rooms keep for it. (ctl/destroy.c) */
void upcall_domain_freed(struct domain *d);

#endif
