/* SPDX-License-Identifier: MIT */
/*
 * Instructions of ring 0 that the processor may refuse because of what a guest had a hand in: a
 * selector, a descriptor that another vcpu has just zeroed, an address, a value. Each is written
 * with MAY_FAULT, which names where ring 0 goes on then. The entries make one table; traps.c sorts
 * it at boot and looks a fault up in it.
 *
 * All others of these kinds stand here, each with why it does not fault or needs no way out.
 * tests/lint/fixups holds the sources to this table; it knows the room boot/ and lets it be, since
 * no guest runs yet.
 *
 *   where                       instruction  why
 *   x86/entry.S gate_ring0      iretq        to our own code, by descriptors of our own page
 *   x86/entry.S ist_ring0       iretq        the same
 *   x86/entry.S nmi_unblock     iretq        the same: to its own caller
 *   x86/entry.S guest_resume    sysretq      rip was found canonical; SYSRET checks nothing else
 *   x86/entry.h USER_SYSCALL    sysretq      rip is a callback, checked when it was set
 *   x86/entry.h USER_SYSCALL    mov cr3      a root that the tables' rules accepted
 *   x86/entry.h KERNEL_IRET     mov cr3      the same
 *   x86/isolation.S OWN_TABLES  mov cr3      our own root
 *   x86/isolation.S ring0_back  mov cr3      what was interrupted had it loaded
 *   x86/isolation.S ring0_back  iretq        to our own code, by descriptors of our own page
 *   x86/isolation.S ist_from_ring0 mov cr3   what was interrupted had it loaded
 *   x86/isolation.S LEAVE       mov cr3      a root that the tables' rules accepted
 *   x86/isolation.S isolation_resume sysretq rip was found canonical
 *   x86/entry.S load_SEG_bad    mov segment  null: always accepted
 *   x86/entry.S load_gs_user_bad mov segment the same
 *   x86/tables.c gdt_load       lgdt         the address is a window of ours
 *   x86/tables.c ldt_load       lldt         null, or the descriptor that we just made
 *   x86/tables.c load_selectors mov segment  our own, when a CPU starts
 *   x86/tables.c load_selectors ltr          the same
 *   x86/tables.c syscall_init   wrmsr        constants and addresses of ours
 *   x86/tables.c entry_page_load wrmsr       addresses of ours
 *   x86/mca_banks.c *           wrmsr        zero, to a bank that was found
 *   frame/tlb.c tlb_load        mov cr3      a root that the tables' rules accepted, and a tag
 *   frame/tlb.c tlb_load        invpcid      no address
 *   frame/tlb.c tlb_use         mov cr3      a root that the tables' rules accepted, and a tag
 *   frame/tlb.c tlb_flush_own   invpcid      an address of ours
 *   frame/tlb.c tlb_flush_page  invpcid      the address was found canonical
 *   frame/tlb.c flush_all       mov cr4      our own value back
 *   frame/tlb.c flush_all       mov cr3      the same
 *   frame/tlb.c flush_all       invpcid      no address
 *   irq/apic.c *                wrmsr        registers of the local APIC, values of ours
 *   dom/switch.c idle_load      mov cr3      our own root
 *   dom/switch.c vcpu_load_debug mov debug   any address; DR6, DR7 cut to their bits when set
 *   dom/switch.c vcpu_save      mov debug    a constant
 *   dom/switch.c cr4_load       mov cr4      our own value but for TSD
 *   dom/switch.c vcpu_load      mov cr0      our own value but for TS
 *   guest/callbacks.c guest_set_ts mov cr0   the same
 *   guest/emulate.c write_guest_cr4 mov cr4  our own value but for TSD
 *   guest/trap.c debug_status_take mov debug a constant
 *   x86/asm.h dr6_write         mov debug    constants
 */
#ifndef X86_FIXUP_H
#define X86_FIXUP_H

#ifdef __ASSEMBLER__

/* clang-format off */
.macro MAY_FAULT to, insn:vararg
772:	\insn
	.pushsection .fixup_table, "a"
	.long 772b - ., \to - .
	.popsection
.endm
/* clang-format on */

#else

#include <lib/types.h>

/* Where it may fault and where ring 0 goes on, each relative to the field's own address. */
struct fixup {
	s32 fault, resume;
};
_Static_assert(sizeof(struct fixup) == 8, "two .long in MAY_FAULT");

u64 fixup_fault(const struct fixup *f);
/* By the address of the fault, rising. At boot, while the table can be written. */
void fixups_sort(struct fixup *table, u32 n);
/* Where ring 0 goes on after a fault at @rip; 0: nowhere. The table is sorted. */
u64 fixup_find(const struct fixup *table, u32 n, u64 rip);

/* The same for `asm goto`: @to is "%l[label]". */
#define MAY_FAULT(to, insn)                   \
	"772:	" insn "\n"                   \
	"	.pushsection .fixup_table, \"a\"\n" \
	"	.long 772b - ., " to " - .\n" \
	"	.popsection\n"

#endif
#endif
