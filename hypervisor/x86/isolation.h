/* SPDX-License-Identifier: MIT */
/*
 * Page-table isolation. While a guest runs its own tables are in force, in which of ours stand only
 * the entries (isolation.S), the tables that the processor itself reads, and this domain's windows
 * (frame/guestmap.h). All of C runs on our own tables, hv_l4, which map everything of ours and
 * nothing of a guest. A guest's system call and the return from it never change to those.
 *
 *   guest's tables           gate or stub, on the entry page's stack
 *   hv_l4                    frame taken over to the CPU's main stack, C, hook_resume
 *   guest's tables again     frame put on the entry page's stack, IRET or SYSRET
 */
#ifndef X86_ISOLATION_H
#define X86_ISOLATION_H

#include <lib/types.h>
#include <x86/spec.h>
#include <x86/tables.h>

/*
 * What entries need of a vcpu, in a page that its domain's tables show: nothing here is secret to
 * the domain. Its vcpu's CPU alone touches it. While a CPU idles it uses a page of its own. The
 * stacks hold no more than a frame and a few registers.
 */
struct entry_page {
	struct stub_data stub; /* must come first: the stub's code is in the page before */

	/* For a system call; what these mean stands in struct vcpu. */
	u64 hv_stack; /* of the CPU that it is loaded on: where struct cpu_info has regs.es */
	u64 kernel_cr3, user_cr3, cr3;
	u64 kernel_sp, syscall_callback;
	u64 info; /* where the domain's tables map the vcpu_info; 0: there is none */
	u32 mask_events;
	bool kernel_mode;

	/* From here on for C: which frame holds what ->info says. */
	u64 info_frame;

	/* Stacks grow downwards, so one that overflowed would run into what is below it. */
	u8 stack_df_mc[512] __aligned(512);
	u8 stack_nmi[512];
	u8 stack_db[512];
	u8 stack[2048];
};
_Static_assert(sizeof(struct entry_page) == PAGE_SIZE, "found by cutting a stack pointer");

/* Is it on? */
static inline bool isolated(void)
{
	return spec_uses(DEFENCE_ISOLATION);
}

/* What all guests' tables show of our data. */
#define __entry_data __attribute__((section(".bss.entry")))

/* What CR3 is loaded with for hv_l4; the bit, if any, by which a load of CR3 flushes nothing. */
extern u64 isolation_cr3, isolation_keep;

/* Fills a zeroed page. */
void entry_page_init(struct entry_page *e);
/* This CPU's events and system calls come by @e from now on. */
void entry_page_load(struct entry_page *e);
/* Its events come by a page of its own, while no vcpu is loaded. */
void entry_page_load_own(void);

/* isolation.S */
extern char isolation_gates[], isolation_syscall[], isolation_syscall32[];
extern const char isolation_ist_start[], isolation_ist_end[];
extern const char __entry_text_start[], __entry_text_end[];
extern const char __entry_data_start[], __entry_data_end[];

#endif
