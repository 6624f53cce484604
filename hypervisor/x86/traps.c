/* SPDX-License-Identifier: MIT */
/*
 * Sorts exceptions and interrupts: interrupts go to irq/, a guest's exceptions to guest/, our own
 * to the fixup table. What is left is a bug of ours, and ends in a report.
 */
#include <lib/log.h>
#include <x86/asm.h>
#include <x86/cpu.h>
#include <x86/traps.h>
#include <x86/hooks.h>
#include <x86/stretch.h>

/*
 * Where an instruction of ours may fault, and where ring 0 goes on then; both are relative to their
 * own addresses. MAY_FAULT of entry.S makes the entries, boot/image.lds.S bounds the table.
 */
struct fixup {
	s32 fault, resume;
};
_Static_assert(sizeof(struct fixup) == 8, "two .long in MAY_FAULT");

#define STACK_LINES 24 /* of a report */
#define STACK_WORDS 4  /* in a line */

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
		if ((u64)&f->fault + f->fault != regs->rip)
			continue;
		regs->rip = (u64)&f->resume + f->resume;
		return true;
	}
	return false;
}

static void stack_dump(const struct cpu_user_regs *regs)
{
	const u64 *sp = (const u64 *)regs->rsp;
	const u64 *end = (const u64 *)((regs->rsp | (STACK_SIZE - 1)) + 1);

	for (u32 i = 0; i < STACK_LINES && sp + STACK_WORDS <= end; i++) {
		log_err("  %016lx %016lx %016lx %016lx", sp[0], sp[1], sp[2], sp[3]);
		sp += STACK_WORDS;
	}
}

/* True: ring 0 goes on at regs->rip. */
static bool exception_handled(struct cpu_user_regs *regs)
{
	switch (regs->entry_vector) {
	case TRAP_NMI:
		cpu_stop_if_told();
		hook_nmi(regs);
		return true;

	/* A guest's watchpoint, on memory that we touched for the guest. */
	case TRAP_DB:
		dr6_write(0);
		regs->rflags &= ~EFLAGS_TF;
		return true;

	case TRAP_PF:
		return hook_hv_fault(read_cr2(), regs->error_code) || fixup_apply(regs);

	case TRAP_GP:
	case TRAP_SS:
	case TRAP_NP:
	case TRAP_TS:
		return fixup_apply(regs);
	}
	return false;
}

static void __noreturn exception_fatal(const struct cpu_user_regs *regs)
{
	static bool dying; /* a report is under way, by the one CPU that still runs */

	/* If the report itself faults, say no more. */
	cpus_stop_others();
	if (dying)
		cpu_stop();
	dying = true;

	regs_dump(regs);
	stack_dump(regs);
	panic("exception %u in ring 0 at %016lx", regs->entry_vector, regs->rip);
}

/* In the window of a long operation, or while this CPU idles. */
static void interrupt_from_ring0(u8 vector)
{
	u64 cycles;

	stretch_begin();
	hook_interrupt(vector);

	cycles = stretch_tsc() - cpu_info()->stretch.began;
	if (cycles > cpu_info()->stretch.least)
		stretch_keep_irq(cycles, vector);
}

void trap_from_ring0(struct cpu_user_regs *regs)
{
	if (regs->entry_vector >= TRAP_FIRST_IRQ) {
		interrupt_from_ring0(regs->entry_vector);
		return;
	}

	if (!exception_handled(regs))
		exception_fatal(regs);
}

void trap_from_guest(struct cpu_user_regs *regs)
{
	if (regs->entry_vector >= TRAP_FIRST_IRQ)
		hook_interrupt(regs->entry_vector);
	else
		hook_guest_trap(regs);
}
