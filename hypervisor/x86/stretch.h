/* SPDX-License-Identifier: MIT */
/*
 * How long ring 0 keeps interrupts off, measured: the rule is at most STRETCH_LIMIT. A stretch
 * begins where a guest enters ring 0 (GUEST_CALL of entry.h), where an interrupt arrives in ring 0,
 * and where preempt_window() or the idle loop closes its window again. It ends at the next window,
 * or with the return to the guest. Each CPU keeps its longest ones, one a cause. A guest's own
 * system calls and irets run no C, and are not measured.
 *
 * Debug builds (CONFIG_DEBUG_LOCKS) measure how long each lock is held, too: from the moment at
 * which this CPU is served to the release, with all that the holder waits for meanwhile: other
 * locks, and flushes that other CPUs owe it. The rule is the same. Each CPU keeps the longest of
 * each rank.
 *
 * In all builds each CPU counts how often a lock was taken when it wanted it, and how long it
 * waited. Who waits for nobody pays nothing for that.
 */
#ifndef X86_STRETCH_H
#define X86_STRETCH_H

#include <x86/cpu.h>
#include <x86/lock.h>
#include <x86/perf.h>

/* 100 us of a 2 GHz processor, in cycles of the TSC; where the clock counts instructions, these. */
#define STRETCH_LIMIT 200000ul

/* Shorter holds of a lock are not kept, in cycles. */
#define HOLD_NOTED 1000u

struct stretch {
	u64 cycles;
	u32 kind;         /* HOSPES_STRETCH_*; 0: no record */
	u32 number;       /* of the hypercall, or the vector, or a bit for each softirq; of waits */
	u32 operation;    /* of the hypercall, where its first argument says it; 0 elsewhere */
	const char *lock; /* the rank that was held, or waited for; NULL: interrupts were off */
};

/* Out of the way: the stretch that ends now belongs among the longest of this CPU. */
void stretch_keep(u64 cycles);
/*
 * A lock of @rank was held for so many cycles, less than 2^32 of them. What was before this CPU's
 * first stretch is not kept: nobody waits yet.
 */
void stretch_keep_hold(enum lock_rank rank, u64 cycles);

/* A lock of @rank was taken by another CPU, and this one waited for so long. */
void stretch_count_wait(enum lock_rank rank, u64 cycles);

/* The @index-th record of @cpu, in no order. False: there are no more. May be a moment old. */
bool stretch_read(u32 cpu, u32 index, struct stretch *out);
/* Forgets all records of all CPUs. */
void stretches_forget(void);
/* Once on each CPU, before its first stretch. */
void stretch_start(void);

/* The present entry has the cause @c of the vcpu that is loaded. */
static inline void perf_enter(struct perf_count *c)
{
	c->entries++;
	cpu_info()->perf = c;
}

/*
 * The vcpu of the last entry is charged what it took until now, and nobody until the next one: it
 * may be freed from now on.
 */
void perf_leave(void);

static inline u64 stretch_tsc(void)
{
	return __builtin_ia32_rdtsc();
}

static inline void stretch_begin(void)
{
	cpu_info()->stretch.began = stretch_tsc();
}

static inline void stretch_end(void)
{
	u64 cycles = stretch_tsc() - cpu_info()->stretch.began;

	cpu_info()->perf->cycles += cycles;
	if (cycles > cpu_info()->stretch.least)
		stretch_keep(cycles);
}

/* Is the present stretch so long that a window should come before other work? */
static inline bool stretch_is_long(void)
{
	return stretch_tsc() - cpu_info()->stretch.began > STRETCH_LIMIT / 4;
}

/* The entry was a hypercall, with these registers. */
static inline void stretch_is_hypercall(u32 number, u32 operation)
{
	cpu_info()->stretch.number = number;
	cpu_info()->stretch.operation = operation;
}

/* The interrupt of this vector, which arrived in ring 0, is the cause. 0: none is, any more. */
static inline void stretch_is_irq(u8 vector)
{
	cpu_info()->stretch.irq = vector;
}

/* Until the next return to a guest these softirqs are the cause. 0: none of them. */
static inline void stretch_is_softirqs(u32 softirqs)
{
	cpu_info()->stretch.softirqs = softirqs;
}

#endif
