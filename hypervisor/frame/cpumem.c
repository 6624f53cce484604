/* SPDX-License-Identifier: MIT */
/*
 * The pages and own mappings that a CPU's stack and tables lie in. What the tables say is
 * x86/tables.c's.
 */
#include <frame/alloc.h>
#include <frame/cpumem.h>
#include <frame/ownmap.h>
#include <frame/tlb.h>
#include <x86/cpu.h>
#include <x86/isolation.h>
#include <x86/paging.h>
#include <x86/tables.h>

#define STACK_PAGES (STACK_SIZE / PAGE_SIZE)
#define GDT_PAGES   16 /* of a window */
#define STUB_PAGES  2  /* code, data */

/* The page by which events come while no vcpu is loaded; 0: there is no memory. */
static u64 entry_page_make(void)
{
	u64 va = ownmap_reserve(1);
	void *page = pages_alloc(0);

	if (!va || !page)
		return 0;

	ownmap_set(va, virt_to_mfn(page), PTES_RW);
	return va;
}

void cpu_tables_init(u32 cpu)
{
	struct cpu_memory m = {
		.gdt = pages_alloc(0),
		.gdt_window = ownmap_reserve(GDT_PAGES),
		.stub_code = pages_alloc(0),
		.stub_data = pages_alloc(0),
		.stub_va = ownmap_reserve(STUB_PAGES),
		.own_cr3 = tlb_cr3(maddr_to_mfn(IMAGE_MADDR(hv_l4)), TAG_OWN),
	};

	if (!m.gdt || !m.gdt_window || !m.stub_code || !m.stub_data || !m.stub_va)
		panic("no memory for the tables of CPU %u", cpu);

	if (isolated()) {
		m.entry = (struct entry_page *)entry_page_make();
		if (!m.entry)
			panic("no memory for the entry page of CPU %u", cpu);
	}

	ownmap_set(m.gdt_window + GDT_RESERVED_PAGE * PAGE_SIZE, virt_to_mfn(m.gdt), PTES_RW);
	ownmap_set(m.stub_va + PAGE_SIZE, virt_to_mfn(m.stub_data), PTES_RW);
	x86_init_cpu(cpu, &m);

	/* Once its code is there, it can be run. */
	ownmap_set(m.stub_va, virt_to_mfn(m.stub_code), PTES_RX);
}

struct cpu_info *cpu_stack_make(void)
{
	u64 va = ownmap_reserve(2 * STACK_PAGES); /* an aligned block lies in it */

	if (!va)
		return NULL;

	va = ROUND_UP(va, STACK_SIZE);
	for (u32 i = 0; i < STACK_PAGES; i++) {
		void *page;

		if (i == STACK_GUARD_PAGE)
			continue;

		page = pages_alloc(0);
		if (!page)
			return NULL;
		ownmap_set(va + i * PAGE_SIZE, virt_to_mfn(page), PTES_RW);
	}
	return (struct cpu_info *)(va + STACK_SIZE) - 1;
}
