/* SPDX-License-Identifier: MIT */
/*
 * Every call from a low room up to a higher one, on one page. Assembly and the lower rooms call
 * these and nothing else above them. Each comment says who calls, when, and which file defines it.
 *
 * Two more calls lead upwards, declared where every room finds them:
 *   log_print, log_print_v   lib/log.h: a line for the console and its ring (console/console.c)
 *   fail_reason              lib/fail.h: why a call was refused (dom/log.c)
 */
#ifndef X86_HOOKS_H
#define X86_HOOKS_H

#include <lib/types.h>

struct cpu_user_regs;
struct domain;
struct entry_page;
struct frame;

/* --- from entry.S ---------------------------------------------------------------------------- */

/* The guest took an exception: regs->entry_vector and ->error_code say which. (guest/trap.c) */
void hook_guest_trap(struct cpu_user_regs *regs);
/* The guest's kernel executed SYSCALL. (ctl/hypercall.c) */
void hook_hypercall(struct cpu_user_regs *regs);
/* Before every return to a guest: softirqs, scheduling, events. (guest/resume.c) */
void hook_resume(void);
/* The same with isolation. Returns the entry page of the vcpu that runs then. (guest/resume.c) */
struct entry_page *hook_resume_isolated(void);
/* The guest made an IRET, the bounce of a system call, or SYSCALL impossible. (guest/trap.c) */
void hook_guest_iret_failed(struct cpu_user_regs *regs);
void hook_guest_bounce_failed(struct cpu_user_regs *regs);
void hook_guest_no_syscall(struct cpu_user_regs *regs);

/* --- from x86/ ------------------------------------------------------------------------------- */

/* traps.c: the local APIC delivered @vector, in guest mode (guest/trap.c) or else. (irq/irq.c) */
void hook_guest_interrupt(u8 vector);
void hook_interrupt(u8 vector);
/* traps.c: a page fault in ring 0. True: a page of an LDT was mapped, go on. (ptable/fault.c) */
bool hook_hv_fault(u64 addr, u32 error);
/* traps.c: a non-maskable interrupt hit @regs. Must not take locks. (time/watchdog.c) */
void hook_nmi(const struct cpu_user_regs *regs);
/*
 * traps.c: a machine check hit @regs, a guest's or ours. In ring 0 any lock may be held, and it
 * must not fault; from a guest it may do what a trap may. (dom/machine_check.c)
 */
void hook_machine_check(const struct cpu_user_regs *regs, bool from_guest);
/* cpu.c: serve the flush requests that were posted to this CPU. (frame/tlb.c) */
void hook_tlb_poll(void);
/* cpu.c: does the vcpu whose call is interrupted have an event to hear of? (guest/bounce.c) */
bool hook_guest_waits(void);
/* cpu.c: send an IPI, so that @cpu leaves guest mode or its idle loop. (irq/apic.c) */
void hook_kick(u32 cpu);
/* cpu.c: send a non-maskable interrupt to @cpu. (irq/apic.c) */
void hook_send_nmi(u32 cpu);
/* cpu.c: the last words are said: reset or stop, as the command line wants it. (devices/power.c) */
void hook_panic(void);

/* --- from console/ and frame/ ---------------------------------------------------------------- */

/* Somebody typed: raise VIRQ_CONSOLE. (ctl/console.c) */
void hook_console_input(void);
/* The last reference on an owned frame is gone: take the frame off its owner. (dom/memory.c) */
void hook_frame_freed(struct frame *f);

/* --- from guest/ ------------------------------------------------------------------------------ */

/* SOFTIRQ_CONSOLE, no lock held: have the console drained soon. (ctl/console.c) */
void hook_console_waits(void);

/* --- from dom/ and ptable/ ------------------------------------------------------------------- */

/* @d stopped: tell dom0; if it was dom0, the machine goes down. (devices/power.c) */
void hook_domain_stopped(struct domain *d);
/* The last reference on @d is gone: free what higher rooms keep for it. (life/destroy.c) */
void hook_domain_freed(struct domain *d);
/* May @d map frame @m, which is not RAM? (devices/iomem.c) */
bool hook_iomem_permitted(struct domain *d, mfn_t m);

/* --- from event/: a port of a physical interrupt; its lock is held (devices/pirq.c) ---------- */

/* @pirq raises @port of @d from now on, and vcpu 0 hears of it. 0, or -errno with a reason. */
int hook_pirq_bind(struct domain *d, u32 pirq, u32 port);
/* Another vcpu hears of it. */
void hook_pirq_move(struct domain *d, u32 pirq, u32 vcpu);
/* It raises no port any more. */
void hook_pirq_unbind(struct domain *d, u32 pirq);

#endif
