/* SPDX-License-Identifier: MIT */
/*
 * Stale translations. A clock counts full flushes; each CPU has the clock of its last one, each
 * frame the clock when a use of it ended. Before the frame's next use, only those CPUs are asked to
 * flush that have not done so since, and that run on tables of a domain that mapped it: a CPU that
 * goes over to another's tables drops all that it held. Requests are posted to them and waited for;
 * a waiting CPU serves requests of others, so two may wait for each other.
 */
#include <frame/tlb.h>
#include <x86/asm.h>
#include <x86/budget.h>
#include <x86/cpu.h>
#include <x86/features.h>
#include <x86/hooks.h>
#include <x86/isolation.h>
#include <x86/paging.h>

#define INVLPG_MAX 32 /* more pages than this: a full flush is cheaper */
#define ALL_CPUS   ~0ul
#define STAMP_IDLE ~0ul /* of a CPU on our own page tables: later than any */

_Static_assert(MAX_CPUS <= 64, "sets of CPUs are one word");

u64 tlb_clock;

/* Full flushes with global entries: wanted so far, and done by each CPU. Atomic. */
static u64 global_wanted;
static u64 global_done[MAX_CPUS];

/*
 * All accesses of a clock are sequentially consistent: what a CPU changed before it read the clock
 * is seen by every CPU that advances the clock later, so after that one's flush nothing older is
 * left.
 */
static u64 clock_next(u64 *clock)
{
	return __atomic_add_fetch(clock, 1, __ATOMIC_SEQ_CST);
}

static u64 clock_read(const u64 *clock)
{
	return __atomic_load_n(clock, __ATOMIC_SEQ_CST);
}

static void clock_set(u64 *clock, u64 now)
{
	__atomic_store_n(clock, now, __ATOMIC_SEQ_CST);
}

/* No domain: of a CPU between two domains' tables. */
static const u8 changing;
#define TABLES_CHANGING ((const struct domain *)&changing)

u64 tlb_cpus_of(const struct domain *d)
{
	u64 cpus = 0;

	for (u32 c = 0; c < cpu_count; c++) {
		const struct domain *on = __atomic_load_n(&cpu_public[c].tables, __ATOMIC_SEQ_CST);

		if (on == d || on == TABLES_CHANGING)
			cpus |= 1ul << c;
	}

	return cpus;
}

u64 tlb_cr3(mfn_t root, enum tlb_tag tag)
{
	if (!mfn_valid(root))
		return 0;

	if (!features.pcid)
		return mfn_to_maddr(root);

	return mfn_to_maddr(root) | CR3_KEEP | tag;
}

void tlb_load(u64 cr3)
{
	if (!isolated()) {
		write_cr3(cr3);
		if (features.pcid)
			invpcid(INVPCID_ALL, 0, 0);
		return;
	}

	/* The tables are loaded on the way to the guest. Without tags that is a flush. */
	if (features.pcid) {
		invpcid(INVPCID_TAG, TAG_KERNEL, 0);
		invpcid(INVPCID_TAG, TAG_USER, 0);
	}
}

void tlb_use(u64 cr3)
{
	if (!isolated())
		write_cr3(cr3);
}

/* --- flushes on this CPU --------------------------------------------------------------------- */

void tlb_flush_page(u64 va)
{
	if (!features.pcid) {
		invlpg(va);
		return;
	}

	/* INVLPG ignores what is no address; INVPCID faults. */
	if (!va_canonical(va))
		return;

	invpcid(INVPCID_PAGE, TAG_KERNEL, va);
	invpcid(INVPCID_PAGE, TAG_USER, va);
}

/* INVLPG drops global entries, and those of the tag in force. With isolation nothing is global. */
void tlb_flush_own(u64 va)
{
	invlpg(va);
	if (isolated() && features.pcid) {
		invpcid(INVPCID_PAGE, TAG_KERNEL, va);
		invpcid(INVPCID_PAGE, TAG_USER, va);
	}
}

/* A toggle of CR4.PGE drops global entries too (Intel SDM vol. 3, 4.10.4.1). */
static void flush_all(bool global)
{
	u64 cr4 = read_cr4();

	if (global && (cr4 & CR4_PGE)) {
		write_cr4(cr4 & ~CR4_PGE);
		write_cr4(cr4);
	} else if (features.pcid) {
		invpcid(INVPCID_ALL, 0, 0);
	} else {
		write_cr3(read_cr3());
	}
}

static void flush_here(bool global)
{
	/* The clock rises before the flush: what was removed before it rose is gone afterwards. */
	u64 now = clock_next(&tlb_clock);
	u64 wanted = clock_read(&global_wanted);

	flush_all(global);

	if (global)
		clock_set(&global_done[cpu_id()], wanted);
	clock_set(&cpu_public[cpu_id()].flush_stamp, current() ? now : STAMP_IDLE);
}

/*
 * Who removes an entry of @d's and then finds this CPU on tables of another, or none, knows: if it
 * ever loads @d's again, it does so later, and will not find the entry. For that the store must be
 * seen before anything is read: the clock's locked addition orders both.
 */
u64 tlb_switch_begin(const u64 *windows)
{
	u32 cpu = cpu_id();
	struct cpu_public *here = &cpu_public[cpu];
	u64 now;

	__atomic_store_n(&here->tables, TABLES_CHANGING, __ATOMIC_RELAXED);
	now = clock_next(&tlb_clock);

	if (!windows)
		return STAMP_IDLE;

	/* It holds nothing, so it flushes now. Else what it holds stays until CR3 is loaded. */
	if (here->flush_stamp == STAMP_IDLE)
		clock_set(&here->flush_stamp, now);

	if (clock_read(&global_done[cpu]) < clock_read(windows))
		flush_here(true);

	return now;
}

void tlb_switch_end(const struct domain *d, u64 begun)
{
	struct cpu_public *here = &cpu_public[cpu_id()];

	/* The load of CR3 let nothing pass; whoever sees a store too late asks for nothing. */
	__atomic_store_n(&here->flush_stamp, begun, __ATOMIC_RELEASE);
	__atomic_store_n(&here->tables, d, __ATOMIC_RELEASE);
}

void hook_tlb_poll(void)
{
	flush_here(clock_read(&global_done[cpu_id()]) < clock_read(&global_wanted));
}

/* --- flushes on others ----------------------------------------------------------------------- */

static bool flushed_since(u32 cpu, u64 wanted, bool global)
{
	const u64 *clock = global ? &global_done[cpu] : &cpu_public[cpu].flush_stamp;

	return clock_read(clock) >= wanted;
}

static bool must_ask(u32 cpu, u64 wanted, bool global)
{
	if (cpu == cpu_id() || !READ_ONCE(cpu_public[cpu].online))
		return false;

	return !flushed_since(cpu, wanted, global);
}

/* Posts to those of @cpus that have not flushed since @wanted, then waits for them. */
static void others_flush(u64 cpus, u64 wanted, bool global)
{
	u64 asked = 0;

	for (u32 c = 0; c < cpu_count; c++) {
		if (!(cpus >> c & 1) || !must_ask(c, wanted, global))
			continue;
		asked |= 1ul << c;
		softirq_post(c, SOFTIRQ_TLB);
	}

	for (; asked; asked &= asked - 1) {
		while (!flushed_since(__builtin_ctzl(asked), wanted, global)) {
			cpu_poll();
			cpu_pause();
		}
	}
}

void tlb_flush(u64 cpus)
{
	u64 wanted = clock_next(&tlb_clock);

	budget_charge(BUDGET_FLUSH);
	if (cpus >> cpu_id() & 1)
		flush_here(false);
	if (cpus != 1ul << cpu_id())
		others_flush(cpus, wanted, false);
}

void tlb_flush_global(u64 va, u32 pages)
{
	u64 wanted = clock_next(&global_wanted);

	budget_charge(BUDGET_FLUSH);
	if (pages > INVLPG_MAX) {
		flush_here(true);
	} else {
		for (u32 i = 0; i < pages; i++)
			tlb_flush_own(va + i * PAGE_SIZE);
	}
	others_flush(ALL_CPUS, wanted, true);
}

void tlb_flush_windows(const struct domain *d, u64 *windows)
{
	u64 wanted = clock_next(&global_wanted), cpus;

	/* First: a CPU that is not seen on its tables now will see this when it loads them. */
	clock_set(windows, wanted);

	cpus = tlb_cpus_of(d);
	if (cpus >> cpu_id() & 1)
		flush_here(true);
	others_flush(cpus, wanted, true);
}

/* Of @cpus those that have not flushed since @f's stamp. */
static u64 not_flushed(u64 cpus, const struct frame *f)
{
	u64 used = stamp_time(READ_ONCE(f->stamp), clock_read(&tlb_clock)), left = 0;

	for (u32 c = 0; c < cpu_count; c++) {
		if (!(cpus >> c & 1) || !READ_ONCE(cpu_public[c].online))
			continue;
		if (clock_read(&cpu_public[c].flush_stamp) <= used)
			left |= 1ul << c;
	}

	return left;
}

u64 tlb_holders(const struct frame *f)
{
	if (READ_ONCE(f->abroad) & ABROAD_MAPPED)
		return ALL_CPUS;

	return tlb_cpus_of(f->owner);
}

void tlb_forget(struct frame *f)
{
	bool abroad = READ_ONCE(f->abroad) & ABROAD_WRITABLE;
	u64 cpus = abroad ? ALL_CPUS : tlb_cpus_of(f->owner);

	cpus = not_flushed(cpus, f);
	if (cpus)
		tlb_flush(cpus);

	/* Nobody writes it from abroad any more, until an entry is made anew. */
	if (abroad)
		__atomic_fetch_and(&f->abroad, (u8)~ABROAD_WRITABLE, __ATOMIC_SEQ_CST);
}

void tlb_forget_block(const struct frame *f)
{
	u64 cpus = not_flushed(f->stale_cpus, f);

	if (cpus)
		tlb_flush(cpus);
}
