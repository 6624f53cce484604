/* SPDX-License-Identifier: MIT */
/*
 * A guest's exception: done for it where the ABI promises that (page-table stores, privileged
 * instructions), else bounced to the handler it registered.
 */
#include <event/event.h>
#include <guest/guest.h>
#include <ptable/ptable.h>
#include <x86/asm.h>
#include <x86/traps.h>
#include <x86/hooks.h>

#define VECTORS_WITH_ERROR                                                               \
	(1u << TRAP_DF | 1u << TRAP_TS | 1u << TRAP_NP | 1u << TRAP_SS | 1u << TRAP_GP | \
	 1u << TRAP_PF | 1u << TRAP_AC)
#define SELECTOR_ERROR_IDT 2u
#define OPCODE_INT         0xcd

static void inject(struct vcpu *v, const struct cpu_user_regs *regs)
{
	u8 vector = regs->entry_vector;

	guest_inject_trap(v, vector, regs->error_code, VECTORS_WITH_ERROR >> vector & 1);
}

/*
 * INT n: the processor refuses it at our gates' DPL 0. Its error code should name the vector, but
 * QEMU's translator names twice the number: so the instruction is asked.
 */
static bool trap_software_interrupt(struct vcpu *v, struct cpu_user_regs *regs)
{
	const struct trap_info *t;
	u8 insn[2], vector;

	if ((regs->error_code & 7) != SELECTOR_ERROR_IDT)
		return false;
	if (guest_copy_in(insn, (void *)regs->rip, sizeof(insn)) || insn[0] != OPCODE_INT)
		return false;
	vector = insn[1];
	t = &v->traps.gate[vector];
	if (!t->address || (!v->kernel_mode && (t->flags & 3) != 3))
		return false;
	regs->rip += 2;
	guest_inject_trap(v, vector, 0, false);
	return true;
}

static void debug_status_take(struct vcpu *v)
{
	__asm__ volatile("mov %%dr6, %0" : "=r"(v->debug.dr[6]));
	__asm__ volatile("mov %0, %%dr6" : : "r"(0xffff0ff0ul));
}

/* Is the guest not to see this trap: because it was done for it, or shown already. */
static bool trap_done(struct vcpu *v, struct cpu_user_regs *regs, u64 addr)
{
	switch (regs->entry_vector) {
	case TRAP_PF:
		if (!ptable_fault(v, regs, addr, regs->error_code))
			guest_inject_page_fault(v, addr, regs->error_code);
		return true;
	case TRAP_GP:
		return trap_software_interrupt(v, regs) ||
		       (!regs->error_code && guest_emulate_privileged(v, regs));
	case TRAP_UD:
		return guest_emulate_forced_cpuid(v, regs);
	case TRAP_DB:
		debug_status_take(v);
		return false;
	case TRAP_NM:
		clts();
		if (!v->control.ts)
			return true;
		v->control.ts = false;
		return false;
	default:
		return false;
	}
}

void hook_guest_trap(struct cpu_user_regs *regs)
{
	u64 addr = read_cr2(); /* before anything else may fault */

	if (!trap_done(current(), regs, addr))
		inject(current(), regs);
}

/* The frame was good enough to be popped but the processor refused it: selectors or rip. */
void hook_guest_iret_failed(struct cpu_user_regs *regs)
{
	struct vcpu *v = current();

	regs->entry_vector = 0;
	regs->error_code = 0;
	domain_log(v->dom, "v%u: return to cs %#x rip %#lx ss %#x refused by the processor", v->id,
		   regs->cs, regs->rip, regs->ss);
	bounce_failsafe(v);
}

void hook_guest_bounce_failed(struct cpu_user_regs *regs)
{
	struct vcpu *v = current();

	domain_crash(v->dom, "v%u: its kernel stack at %#lx is not writable on a system call",
		     v->id, v->kernel_stack.sp);
}

void hook_guest_no_syscall(struct cpu_user_regs *regs)
{
	regs->rip -= 2; /* the SYSCALL itself is the invalid opcode */
	regs->entry_vector = TRAP_UD;
	regs->error_code = 0;
	inject(current(), regs);
}
