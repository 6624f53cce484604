/* SPDX-License-Identifier: MIT */
/* GDT, IDT, TSS and the SYSCALL stub of each CPU. */
#ifndef X86_TABLES_H
#define X86_TABLES_H

#include <lib/types.h>

/* The IDT, for crashes that can be read: before anything else may fault. Boot CPU. */
void x86_early_idt(void);

/* What the SYSCALL stub addresses, in the page behind it. */
struct stub_data {
	u64 saved_rsp, stack, entry, entry32;
};

struct entry_page;

/* What a CPU's tables are made in: zeroed pages, and own mappings of them. (frame/cpumem.c) */
struct cpu_memory {
	u64 *gdt;                    /* page of our descriptors */
	u64 gdt_window;              /* 16 pages of addresses, page 14 of them mapped to it */
	u8 *stub_code;               /* page, and where it is mapped executable ... */
	struct stub_data *stub_data; /* ... and right behind it the data page */
	u64 stub_va;

	u64 own_cr3;              /* what CR3 is loaded with for our own tables */
	struct entry_page *entry; /* with isolation: mapped, zeroed */
};

/* All tables of this CPU; after features_apply(). cpu_tables_init() of frame/cpumem.h calls it. */
void x86_init_cpu(u32 cpu, const struct cpu_memory *mem);

/* The GDT page (our descriptors, page 14 of any window) of @cpu. */
mfn_t gdt_page_mfn(u32 cpu);
/* Points the LDT descriptor of this CPU at @base, @bytes long, and loads it; 0 bytes: no LDT. */
void ldt_load(u64 base, u32 bytes);
/* Loads the GDT register with a window of 16 pages whose page 14 is this CPU's. */
void gdt_load(u64 window);
/* The CPU's own window, with nothing but our descriptors: while no vcpu is loaded. */
u64 gdt_own_window(u32 cpu);

/* entry.S */
extern char gate_table[], entry_syscall[], entry_syscall32[];
extern char syscall_stub_start[], syscall_stub32_start[], syscall_stub_end[];
extern bool smap_on;
/* To or from guest memory; returns the bytes not copied. The caller checked the addresses. */
size_t copy_user(void *dst, const void *src, size_t n);
/* Load a selector; false (and null loaded) if the processor refuses it. */
bool load_ds(u16 sel);
bool load_es(u16 sel);
bool load_fs(u16 sel);
bool load_gs(u16 sel);
bool load_gs_user(u16 sel); /* that of the inactive GS base */

#endif
