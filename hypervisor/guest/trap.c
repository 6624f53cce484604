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
#include <x86/stretch.h>

#define VECTORS_WITH_ERROR                                                               \
	(1u << TRAP_DF | 1u << TRAP_TS | 1u << TRAP_NP | 1u << TRAP_SS | 1u << TRAP_GP | \
	 1u << TRAP_PF | 1u << TRAP_AC)
/* An error code that names a selector: its low bits, and the table they say (SDM vol. 3, 6.13). */
#define SELECTOR_ERROR_KIND 7u
#define SELECTOR_ERROR_IDT  2u

#define OPCODE_INT     0xcd
#define INT_LENGTH     2
#define SYSCALL_LENGTH 2
#define DPL_USER       3 /* of a gate that the guest's user part may use by INT */

static void inject(struct vcpu *v, const struct cpu_user_regs *regs)
{
	u8 vector = regs->entry_vector;

	guest_inject_trap(v, vector, regs->error_code, VECTORS_WITH_ERROR >> vector & 1);
}

/* May the code that runs now use @gate by an INT instruction? */
static bool gate_is_open(const struct vcpu *v, const struct trap_info *gate)
{
	if (!gate->address)
		return false;

	return v->kernel_mode || TI_GET_DPL(gate) == DPL_USER;
}

/*
 * INT n: the processor refuses it at our gates' DPL 0. Its error code should name the vector, but
 * QEMU's translator names twice the number: so the instruction is asked.
 */
static bool trap_software_interrupt(struct vcpu *v, struct cpu_user_regs *regs)
{
	u8 insn[INT_LENGTH], vector;

	if ((regs->error_code & SELECTOR_ERROR_KIND) != SELECTOR_ERROR_IDT)
		return false;
	if (guest_copy_in(insn, (void *)regs->rip, sizeof(insn)) || insn[0] != OPCODE_INT)
		return false;

	vector = insn[1];
	if (!gate_is_open(v, &v->traps.gate[vector]))
		return false;

	regs->rip += INT_LENGTH;
	guest_inject_trap(v, vector, 0, false);
	return true;
}

static void debug_status_take(struct vcpu *v)
{
	__asm__ volatile("mov %%dr6, %0" : "=r"(v->debug.dr[6]));
	__asm__ volatile("mov %0, %%dr6" : : "r"(DR6_NOTHING));
}

/* True: the FPU was away for our own reasons. False: the guest itself had set CR0.TS. */
static bool trap_fpu(struct vcpu *v)
{
	clts();
	if (!v->control.ts)
		return true;

	v->control.ts = false;
	return false;
}

/* Is the guest not to see this trap, because it was done for it, or shown already? */
static bool trap_done(struct vcpu *v, struct cpu_user_regs *regs, u64 addr)
{
	switch (regs->entry_vector) {
	case TRAP_PF:
		if (!ptable_fault(v, regs, addr, regs->error_code))
			guest_inject_page_fault(v, addr, regs->error_code);
		return true;
	case TRAP_GP:
		if (trap_software_interrupt(v, regs))
			return true;
		return !regs->error_code && guest_emulate_privileged(v, regs);
	case TRAP_UD:
		return guest_emulate_forced_cpuid(v, regs);
	case TRAP_DB:
		debug_status_take(v);
		return false;
	case TRAP_NM:
		return trap_fpu(v);
	default:
		return false;
	}
}

void hook_guest_trap(struct cpu_user_regs *regs)
{
	u64 addr = read_cr2(); /* before anything else may fault */

	perf_enter(&current()->perf[HOSPES_PERF_TRAP + regs->entry_vector]);
	if (!trap_done(current(), regs, addr))
		inject(current(), regs);
}

void hook_guest_interrupt(u8 vector)
{
	perf_enter(&current()->perf[HOSPES_PERF_INTERRUPT]);
	hook_interrupt(vector);
}

/* The frame was good enough to be popped, but the processor refused what is in it. */
void hook_guest_iret_failed(struct cpu_user_regs *regs)
{
	struct vcpu *v = current();

	regs->entry_vector = 0;
	regs->error_code = 0;
	domain_log(v->dom, "the processor refused d%uv%u's return to cs %#x rip %#lx ss %#x",
		   v->dom->id, v->id, regs->cs, regs->rip, regs->ss);
	bounce_failsafe(v);
}

/*
 * The frame of a system call could not be pushed, perhaps for a stale translation alone: done once
 * more, from the user part that it left already, with a second try.
 */
void hook_guest_bounce_failed(struct cpu_user_regs *regs)
{
	struct vcpu *v = current();

	vcpu_toggle_mode(v);
	bounce_syscall(v);
}

/* The SYSCALL itself becomes the invalid opcode. */
void hook_guest_no_syscall(struct cpu_user_regs *regs)
{
	regs->rip -= SYSCALL_LENGTH;
	regs->entry_vector = TRAP_UD;
	regs->error_code = 0;
	inject(current(), regs);
}
