/* SPDX-License-Identifier: MIT */
/* Exceptions, where ring 0 meets them; the processor's numbers for them. */
#ifndef X86_TRAPS_H
#define X86_TRAPS_H

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

/*
 * entry.S calls these with the registers saved. An NMI or a machine check has a stack of its own
 * and comes by trap_from_ring0, also if it hit a guest.
 */
void trap_from_guest(struct cpu_user_regs *regs);
void trap_from_ring0(struct cpu_user_regs *regs);

/* To the log. */
void regs_dump(const struct cpu_user_regs *regs);

#endif
