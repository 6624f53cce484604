/* SPDX-License-Identifier: MIT */
/* Gives x86/tables.c the pages and own mappings that a CPU's tables lie in. */
#include <frame/alloc.h>
#include <frame/cpumem.h>
#include <frame/ownmap.h>
#include <x86/cpu.h>
#include <x86/tables.h>

void cpu_tables_init(u32 cpu)
{
	struct cpu_memory m = {
		.gdt = pages_alloc(0),
		.gdt_window = ownmap_reserve(16),
		.stub_code = pages_alloc(0),
		.stub_data = pages_alloc(0),
		.stub_va = ownmap_reserve(2),
	};

	if (!m.gdt || !m.gdt_window || !m.stub_code || !m.stub_data || !m.stub_va)
		panic("no memory for the tables of CPU %u", cpu);
	ownmap_set(m.gdt_window + GDT_RESERVED_PAGE * PAGE_SIZE, virt_to_mfn(m.gdt), PTES_RW);
	ownmap_set(m.stub_va + PAGE_SIZE, virt_to_mfn(m.stub_data), PTES_RW);
	x86_init_cpu(cpu, &m);
	ownmap_set(m.stub_va, virt_to_mfn(m.stub_code), PTES_RX);
}
