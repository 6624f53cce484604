/* SPDX-License-Identifier: MIT */
/* Exceptions, where ring 0 meets them; the processor's numbers for them. */
#ifndef X86_TRAPS_H
#define X86_TRAPS_H

#include <lib/types.h>
#include <pvabi/xen.h>

enum {
	TRAP_DE = 0,
	TRAP_DB = 1,
	TRAP_NMI = 2,
	TRAP_BP = 3,
	TRAP_OF = 4,
	TRAP_BR = 5,
	TRAP_UD = 6,
	TRAP_NM = 7,
	TRAP_DF = 8,
	TRAP_TS = 10,
	TRAP_NP = 11,
	TRAP_SS = 12,
	TRAP_GP = 13,
	TRAP_PF = 14,
	TRAP_MF = 16,
	TRAP_AC = 17,
	TRAP_MC = 18,
	TRAP_XM = 19,
	TRAP_FIRST_IRQ = 32,
	TRAP_SYSCALL = 0x100, /* entry_vector of a frame that SYSRET may leave by */
};

/* The error code of a page fault (Intel SDM vol. 3, 4.7). */
#define PF_PRESENT  1u /* the tables map the page, but do not allow this */
#define PF_WRITE    2u
#define PF_USER     4u  /* in ring 3 */
#define PF_RESERVED 8u  /* a reserved bit of an entry is set */
#define PF_FETCH    16u /* of an instruction */

/* Makes fixups work: at boot, while the image's constants can be written. */
void traps_init(void);

/* entry.S calls these with the registers saved. */
void trap_from_guest(struct cpu_user_regs *regs);
void trap_from_ring0(struct cpu_user_regs *regs);

/*
 * The same for NMI, #DB, #DF and machine check, which have stacks of their own; a guest's frame has
 * been taken over to the main stack. True: it hit the handler of an NMI, so NMIs stay held back.
 *
 * Why an NMI is safe anywhere. The processor holds further NMIs back until an IRET, also until one
 * that faults. So from an NMI's arrival to its IRET nothing on this CPU may execute IRET: hook_nmi
 * touches nothing that faults, and what else can hit it, a machine check or #DB, goes back without
 * IRET (ist_ring0). An NMI that hit a guest leaves its stack before anything else, and returns by
 * the way of all traps. A machine check touches nothing that faults either; one that hits another
 * machine check's handler, whose stack it overwrites, ends the machine.
 */
void trap_ist_from_guest(struct cpu_user_regs *regs);
bool trap_ist_from_ring0(struct cpu_user_regs *regs);

/* entry.S: lets NMIs in again after one was handled. On the main stack only. */
void nmi_unblock(void);

/* To the log. */
void regs_dump(const struct cpu_user_regs *regs);

#endif
