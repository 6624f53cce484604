/* SPDX-License-Identifier: MIT */
/* GDT, IDT, TSS and the SYSCALL stub of each CPU. */
#ifndef X86_TABLES_H
#define X86_TABLES_H

#include <frame/frame.h>
#include <lib/types.h>

/* The IDT, for crashes that can be read: before anything else may fault. Boot CPU. */
void x86_early_idt(void);
/* All tables of this CPU: needs the allocator, own mappings and features_apply(). */
void x86_init_cpu(u32 cpu);

/* The GDT page (our descriptors, page 14 of any window) of @cpu. */
mfn_t gdt_page_mfn(u32 cpu);
/* Points the LDT descriptor of this CPU at @base, @bytes long (0: none) and loads it. */
void ldt_load(u64 base, u32 bytes);
/* Loads the GDT register with a window of 16 pages whose page 14 is this CPU's. */
void gdt_load(u64 window);
/* The CPU's own window, with nothing but our descriptors: while no vcpu is loaded. */
u64 gdt_own_window(u32 cpu);

/* entry.S */
extern char gate_table[], entry_syscall[], entry_syscall32[];
extern bool smap_on;
/* Copies to or from guest memory; returns the bytes not copied. The caller checked the addresses. */
size_t copy_user(void *dst, const void *src, size_t n);
/* Load a selector; false (and null loaded) if the processor refuses it. load_gs_user loads the inactive GS base's selector. */
bool load_ds(u16 sel);
bool load_es(u16 sel);
bool load_fs(u16 sel);
bool load_gs(u16 sel);
bool load_gs_user(u16 sel);

#endif
