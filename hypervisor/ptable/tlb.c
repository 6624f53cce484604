/* SPDX-License-Identifier: MIT */
/*
 * TLB flushes that guests ask for. Only CPUs on which one of the vcpus is loaded now can hold
 * translations of its tables: leaving a CPU and coming to it both load CR3. How other CPUs are made
 * to flush is frame/tlb.c's business.
 */
#include <frame/tlb.h>
#include <ptable/ptable.h>
#include <x86/cpu.h>

/*
 * The guest changed its tables before it asked: a CPU on which we do not see the vcpu loads it
 * later, and walks them later. Vcpus of other domains may be freed while we look: what is read then
 * costs a flush at most.
 */
static u64 cpus_of(const struct domain *d, u64 vcpus)
{
	u64 cpus = 0;

	if (vcpus == ~0ul)
		return tlb_cpus_of(d);

	for (u32 c = 0; c < cpu_count; c++) {
		const struct vcpu *v = __atomic_load_n(&cpu_public[c].running, __ATOMIC_SEQ_CST);

		if (v && v->dom == d && vcpus >> (v->id % MAX_VCPUS) & 1)
			cpus |= 1ul << c;
	}

	return cpus;
}

void vcpus_flush(const struct domain *d, u64 vcpus, bool page, u64 va)
{
	u64 cpus = cpus_of(d, vcpus);

	if (page && cpus == 1ul << cpu_id())
		tlb_flush_page(va);
	else if (cpus)
		tlb_flush(cpus);
}
