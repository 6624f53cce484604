/* SPDX-License-Identifier: MIT */
/*
 * Stale translations. A clock counts full flushes; each CPU knows the clock of its last one, each frame the clock
 * when a use of it ended. Only CPUs whose flush is not younger than that are asked to flush before its next use. Requests
 * are posted to other CPUs and waited for; a waiting CPU serves the others' requests, so two may wait for each other.
 */
#include <frame/ownmap.h>
#include <ptable/ptable.h>
#include <x86/asm.h>
#include <x86/cpu.h>
#include <x86/upcalls.h>

#define INVLPG_MAX 32 /* more pages than this: a full flush is cheaper */

void (*const ownmap_flush)(u64 va, u32 pages) = tlb_flush_global;

/* Full flushes with global entries: wanted so far, and done by each CPU. Atomic. */
static u64 global_wanted;
static u64 global_done[MAX_CPUS];

/* The clock rises before the flush: an entry removed before it rose is gone afterwards. */
static void flush_begin_end(bool global)
{
	u64 now = __atomic_add_fetch(&tlb_clock, 1, __ATOMIC_SEQ_CST);
	u64 wanted = __atomic_load_n(&global_wanted, __ATOMIC_SEQ_CST);
	u64 cr4 = read_cr4();

	if (global && (cr4 & CR4_PGE)) {
		write_cr4(cr4 & ~CR4_PGE);
		write_cr4(cr4);
	} else {
		write_cr3(read_cr3());
	}
	if (global)
		__atomic_store_n(&global_done[cpu_id()], wanted, __ATOMIC_SEQ_CST);
	__atomic_store_n(&cpu_public[cpu_id()].flush_stamp, now, __ATOMIC_SEQ_CST);
}

void tlb_flush_local(void)
{
	flush_begin_end(false);
}

void tlb_flush_page_local(u64 va)
{
	invlpg(va);
}

void upcall_tlb_poll(void)
{
	flush_begin_end(__atomic_load_n(&global_done[cpu_id()], __ATOMIC_SEQ_CST) <
			__atomic_load_n(&global_wanted, __ATOMIC_SEQ_CST));
}

static bool cpu_asked(u64 cpus, u32 cpu)
{
	return (cpus >> cpu & 1) && cpu != cpu_id() && READ_ONCE(cpu_public[cpu].online);
}

/* Asks the other CPUs of the mask and waits until *done(cpu) reached @wanted for all. */
static void others_flush(u64 cpus, u64 wanted, bool global)
{
	for (u32 c = 0; c < cpu_count; c++)
		if (cpu_asked(cpus, c))
			softirq_post(c, SOFTIRQ_TLB);
	for (u32 c = 0; c < cpu_count; c++) {
		u64 *done = global ? &global_done[c] : &cpu_public[c].flush_stamp;

		while (cpu_asked(cpus, c) && __atomic_load_n(done, __ATOMIC_SEQ_CST) < wanted) {
			cpu_poll();
			cpu_pause();
		}
	}
}

void tlb_flush_all(u64 cpus)
{
	u64 wanted = __atomic_add_fetch(&tlb_clock, 1, __ATOMIC_SEQ_CST);

	if (cpus >> cpu_id() & 1)
		tlb_flush_local();
	others_flush(cpus, wanted, false);
}

void tlb_flush_global(u64 va, u32 pages)
{
	u64 wanted = __atomic_add_fetch(&global_wanted, 1, __ATOMIC_SEQ_CST);

	if (pages > INVLPG_MAX)
		flush_begin_end(true);
	for (u32 i = 0; pages <= INVLPG_MAX && i < pages; i++)
		invlpg(va + i * PAGE_SIZE);
	others_flush(~0ul, wanted, true);
}

/* Last ran there: its entries stay until that CPU flushes, also when it idles on. */
u64 tlb_cpus_of_vcpu(const struct vcpu *v)
{
	return 1ul << READ_ONCE(v->run.cpu);
}

u64 tlb_cpus_of_domain(const struct domain *d)
{
	u64 cpus = 0;

	for (u32 i = 0; i < d->max_vcpus; i++)
		if (d->vcpu[i])
			cpus |= tlb_cpus_of_vcpu(d->vcpu[i]);
	return cpus;
}

/* A block of free frames carries the youngest stamp of its frames in the first (frame/buddy.c). */
void upcall_frames_reused(struct frame *f, u32 order)
{
	u64 used = stamp_time(f->stamp, __atomic_load_n(&tlb_clock, __ATOMIC_SEQ_CST));
	u64 cpus = 0;

	for (u32 c = 0; c < cpu_count; c++)
		if (READ_ONCE(cpu_public[c].online) &&
		    __atomic_load_n(&cpu_public[c].flush_stamp, __ATOMIC_SEQ_CST) <= used)
			cpus |= 1ul << c;
	if (cpus)
		tlb_flush_all(cpus);
}
