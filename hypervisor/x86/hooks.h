/* SPDX-License-Identifier: MIT */
/*
 * Every call from a low room up to a higher one, on one page. Assembly and the lower rooms call
 * these and nothing else above them; the room named behind each one defines it.
 */
#ifndef X86_HOOKS_H
#define X86_HOOKS_H

#include <lib/types.h>

struct cpu_user_regs;
struct domain;
struct frame;

/* entry.S, an exception that hit the guest: regs->entry_vector, ->error_code. (guest/trap.c) */
void hook_guest_trap(struct cpu_user_regs *regs);
/* entry.S, SYSCALL from the guest's kernel. (ctl/hypercall.c) */
void hook_hypercall(struct cpu_user_regs *regs);
/* entry.S, on every way back to a guest: softirqs, scheduling, events. (guest/resume.c) */
void hook_resume(void);
/* x86/traps.c, an interrupt vector from the local APIC, in guest mode or idle. (irq/irq.c) */
void hook_interrupt(u8 vector);
/* x86/traps.c, a page fault in ring 0: true if a page of an LDT came in. (ptable/fault.c) */
bool hook_hv_fault(u64 addr, u32 error);
/* x86/cpu.c, boot/smp.c: serve flush requests posted to this CPU. (frame/tlb.c) */
void hook_tlb_poll(void);
/* irq/: send an IPI so that @cpu leaves guest mode or idle. (irq/apic.c) */
void hook_kick(u32 cpu);
/* x86/cpu.c: send a non-maskable interrupt to @cpu. (irq/apic.c) */
void hook_send_nmi(u32 cpu);
/* x86/traps.c, a non-maskable interrupt that hit @regs. Must not take locks. (time/watchdog.c) */
void hook_nmi(const struct cpu_user_regs *regs);
/* x86/cpu.c, after the last words: reset, or not, as the command line says. (devices/power.c) */
void hook_panic(void);
/* entry.S: a bounce, IRET or SYSCALL that the guest made impossible. (guest/trap.c) */
void hook_guest_iret_failed(struct cpu_user_regs *regs);
void hook_guest_bounce_failed(struct cpu_user_regs *regs);
void hook_guest_no_syscall(struct cpu_user_regs *regs);
/* console/: somebody typed: wake whoever reads VIRQ_CONSOLE. (ctl/console.c) */
void hook_console_input(void);
/* frame/: the last reference of a frame with an owner is gone: take it off. (dom/memory.c) */
void hook_frame_released(struct frame *f);
/*
 * event/: a pirq gets a port of @d to raise, which vcpu 0 hears of; another vcpu hears of it; it
 * loses the port. The port's lock is held. 0 or -errno with a reason. (devices/pirq.c)
 */
int hook_pirq_bind(struct domain *d, u32 pirq, u32 port);
void hook_pirq_move(struct domain *d, u32 pirq, u32 vcpu);
void hook_pirq_unbind(struct domain *d, u32 pirq);

/* dom/: a domain stopped: tell dom0, or the machine goes down if it was dom0. (devices/power.c) */
void hook_domain_stopped(struct domain *d);
/* dom/: the last reference is gone: free what higher rooms keep for it. (life/destroy.c) */
void hook_domain_freed(struct domain *d);

#endif
