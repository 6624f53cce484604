/* SPDX-License-Identifier: MIT */
/*
 * Sorts exceptions and interrupts: interrupts to irq/, a guest's exceptions to guest/, our own to
 * the fixup table, and what is left is a bug of ours and a readable end.
 */
#include <lib/log.h>
#include <x86/asm.h>
#include <x86/cpu.h>
#include <x86/traps.h>
#include <x86/hooks.h>

/* Both relative to their own place. boot/image.lds.S bounds the table. */
struct fixup {
	s32 fault, resume;
};
extern const struct fixup __fixup_start[], __fixup_end[];

void regs_dump(const struct cpu_user_regs *r)
{
	log_err("vector %u error %#x cr2 %016lx cr3 %016lx", r->entry_vector, r->error_code,
		read_cr2(), read_cr3());
	log_err("cs:rip %04x:%016lx rflags %016lx ss:rsp %04x:%016lx", r->cs, r->rip, r->rflags,
		r->ss, r->rsp);
	log_err("rax %016lx rbx %016lx rcx %016lx rdx %016lx", r->rax, r->rbx, r->rcx, r->rdx);
	log_err("rsi %016lx rdi %016lx rbp %016lx r8  %016lx", r->rsi, r->rdi, r->rbp, r->r8);
	log_err("r9  %016lx r10 %016lx r11 %016lx r12 %016lx", r->r9, r->r10, r->r11, r->r12);
	log_err("r13 %016lx r14 %016lx r15 %016lx", r->r13, r->r14, r->r15);
}

static bool fixup_apply(struct cpu_user_regs *regs)
{
	for (const struct fixup *f = __fixup_start; f < __fixup_end; f++) {
		if ((u64)&f->fault + f->fault == regs->rip) {
			regs->rip = (u64)&f->resume + f->resume;
			return true;
		}
	}
	return false;
}

static bool dying; /* a fault of ours is being reported, by the one CPU that still runs */

static void stack_words(const struct cpu_user_regs *regs)
{
	const u64 *sp = (const u64 *)regs->rsp;
	const u64 *end = (const u64 *)((regs->rsp | (STACK_SIZE - 1)) + 1);

	for (u32 i = 0; i < 24 && sp + 3 < end; i++, sp += 4)
		log_err("  %016lx %016lx %016lx %016lx", sp[0], sp[1], sp[2], sp[3]);
}

/* An NMI or machine check may also come from a guest's context: they stay on their own stack. */
void trap_from_ring0(struct cpu_user_regs *regs)
{
	if (regs->entry_vector >= TRAP_FIRST_IRQ) {
		hook_interrupt(regs->entry_vector);
		return;
	}
	switch (regs->entry_vector) {
	case TRAP_NMI:
		cpu_stop_if_told();
		hook_nmi(regs);
		return;
	case TRAP_DB: /* a guest's watchpoint on memory we touched for it */
		__asm__ volatile("mov %0, %%dr6" : : "r"(0ul));
		regs->rflags &= ~EFLAGS_TF;
		return;
	case TRAP_PF:
		if (hook_hv_fault(read_cr2(), regs->error_code))
			return;
		/* fall through */
	case TRAP_GP:
	case TRAP_SS:
	case TRAP_NP:
	case TRAP_TS:
		if (fixup_apply(regs))
			return;
	}
	cpus_stop_others();
	if (dying) /* our last words themselves fault: say no more */
		cpu_stop();
	dying = true;
	regs_dump(regs);
	stack_words(regs);
	panic("exception %u in ring 0 at %016lx", regs->entry_vector, regs->rip);
}

void trap_from_guest(struct cpu_user_regs *regs)
{
	if (regs->entry_vector >= TRAP_FIRST_IRQ)
		hook_interrupt(regs->entry_vector);
	else
		hook_guest_trap(regs);
}
