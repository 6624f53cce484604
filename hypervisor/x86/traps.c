/* SPDX-License-Identifier: MIT */
/*
 * Sorts exceptions and interrupts: interrupts go to irq/, a guest's exceptions to guest/, our own
 * to the table of fixup.h. What is left is a bug of ours, and ends in a report.
 */
#include <lib/log.h>
#include <lib/string.h>
#include <x86/asm.h>
#include <x86/cpu.h>
#include <x86/fixup.h>
#include <x86/isolation.h>
#include <x86/layout.h>
#include <x86/tables.h>
#include <x86/traps.h>
#include <x86/hooks.h>
#include <x86/stretch.h>

#define STACK_LINES 24 /* of a report */
#define STACK_WORDS 4  /* in a line */

/* boot/image.lds.S bounds the table that MAY_FAULT makes. */
extern struct fixup __fixup_start[], __fixup_end[];
extern const u8 __text_start[], __text_end[];

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

void traps_init(void)
{
	fixups_sort(__fixup_start, __fixup_end - __fixup_start);
}

static bool fixup_apply(struct cpu_user_regs *regs)
{
	u64 resume = fixup_find(__fixup_start, __fixup_end - __fixup_start, regs->rip);

	if (!resume)
		return false;

	regs->rip = resume;
	return true;
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

/* Did this hit code that ran on page @page of this CPU's stacks? */
static bool on_stack(const struct cpu_user_regs *regs, u32 page)
{
	u64 block = (u64)cpu_info() & ~(STACK_SIZE - 1ul);

	return regs->rsp - (block + page * PAGE_SIZE) < PAGE_SIZE;
}

static void nmi_arrived(const struct cpu_user_regs *regs)
{
	cpu_stop_if_told();
	hook_nmi(regs);
}

/* True: ring 0 goes on at regs->rip. */
static bool exception_handled(struct cpu_user_regs *regs)
{
	switch (regs->entry_vector) {
	case TRAP_NMI:
		nmi_arrived(regs);
		return true;

	case TRAP_MC:
		if (on_stack(regs, STACK_DF_MC_PAGE))
			return false;
		hook_machine_check(regs, false);
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
	stretch_is_irq(vector);
	stretch_begin();

	hook_interrupt(vector);

	stretch_end();
	stretch_is_irq(0);
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
		hook_guest_interrupt(regs->entry_vector);
	else
		hook_guest_trap(regs);
}

/*
 * Did this hit the handler of an NMI, which is then still using its stack? The SYSCALL stub, which
 * is no part of the image, and SYSRET have a guest's stack pointer: that may hold any number.
 * Nothing comes between the load of a guest's stack pointer and SYSRET.
 */
static bool hit_nmi_handler(const struct cpu_user_regs *regs)
{
	static const u8 sysret[] = { 0x48, 0x0f, 0x07 };

	if (regs->rip < (u64)__text_start || regs->rip >= (u64)__text_end)
		return false;

	if (!memcmp((const void *)regs->rip, sysret, sizeof(sysret)))
		return false;

	/* With isolation an NMI first comes to the entry page. */
	if (regs->rip >= (u64)isolation_ist_start && regs->rip < (u64)isolation_ist_end)
		return true;

	return on_stack(regs, STACK_NMI_PAGE);
}

bool trap_ist_from_ring0(struct cpu_user_regs *regs)
{
	trap_from_ring0(regs);
	return hit_nmi_handler(regs);
}

void trap_ist_from_guest(struct cpu_user_regs *regs)
{
	switch (regs->entry_vector) {
	case TRAP_NMI:
		nmi_arrived(regs);
		nmi_unblock();
		return;
	case TRAP_MC:
		hook_machine_check(regs, true);
		return;
	case TRAP_DB:
		hook_guest_trap(regs);
		return;
	default:
		exception_fatal(regs);
	}
}
