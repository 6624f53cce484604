/* SPDX-License-Identifier: MIT */
/*
 * The longest stretches of each CPU with interrupts off, one a cause; of each rank of locks its
 * longest hold, and all its waits: kept, read, forgotten.
 */
#include <lib/index.h>
#include <x86/stretch.h>
#include <x86/traps.h>

/* A CPU's records: so many causes, then of each rank the longest hold, then its waits. */
#define KEPT    8
#define WAITS   (KEPT + LOCK_RANKS)
#define RECORDS (WAITS + LOCK_RANKS)

#define OPERATION_LAST 255
#define MEMORY_OP_MASK 63u

/* Written by their own CPU; others read single words, or forget all. */
static struct stretch kept[MAX_CPUS][RECORDS];
static struct cpu_stretch *state_of[MAX_CPUS]; /* NULL: that CPU has not started */

/* What is charged to nobody. */
static struct perf_count nobody[MAX_CPUS];

static bool same_cause(const struct stretch *a, const struct stretch *b)
{
	return a->kind == b->kind && a->number == b->number && a->operation == b->operation;
}

/* Where @s belongs among @list: its cause's place, or else the shortest's. */
static struct stretch *place_of(struct stretch *list, const struct stretch *s)
{
	struct stretch *least = list;

	for (u32 i = 0; i < KEPT; i++) {
		if (same_cause(&list[i], s))
			return &list[i];
		if (list[i].cycles < least->cycles)
			least = &list[i];
	}

	return least;
}

static u64 least_cycles(const struct stretch *list)
{
	u64 least = list[0].cycles;

	for (u32 i = 1; i < KEPT; i++)
		least = MIN(least, list[i].cycles);

	return least;
}

/*
 * What the first argument tells of hypercall @number. Many have a pointer there; that of memory_op
 * has the place at which an interrupted call goes on above its operation.
 */
static u32 operation_of(u32 number, u32 argument)
{
	if (number == __HYPERVISOR_memory_op)
		return argument & MEMORY_OP_MASK;
	if (argument > OPERATION_LAST)
		return 0;

	return argument;
}

/* What this CPU does now. */
static struct stretch cause_of(u64 cycles)
{
	const struct cpu_stretch *now = &cpu_info()->stretch;
	struct stretch s = { .cycles = cycles };

	if (now->irq) {
		s.kind = HOSPES_STRETCH_interrupt;
		s.number = now->irq;
	} else if (now->softirqs) {
		s.kind = HOSPES_STRETCH_softirqs;
		s.number = now->softirqs;
	} else if (guest_regs()->entry_vector == TRAP_SYSCALL) {
		s.kind = HOSPES_STRETCH_hypercall;
		s.number = now->number;
		s.operation = operation_of(now->number, now->operation);
	} else {
		s.kind = HOSPES_STRETCH_trap;
		s.number = guest_regs()->entry_vector;
	}

	return s;
}

void stretch_keep(u64 cycles)
{
	struct stretch s = cause_of(cycles);
	struct stretch *list = kept[cpu_id()];
	struct stretch *place = place_of(list, &s);

	if (s.cycles > place->cycles)
		*place = s;

	cpu_info()->stretch.least = least_cycles(list);
}

void stretch_keep_hold(enum lock_rank rank, u64 cycles)
{
	struct stretch *longest = &kept[cpu_id()][KEPT + rank];

	if (!state_of[cpu_id()] || cycles <= longest->cycles)
		return;

	*longest = cause_of(cycles);
	longest->lock = lock_rank_name(rank);
}

void stretch_count_wait(enum lock_rank rank, u64 cycles)
{
	struct stretch *all = &kept[cpu_id()][WAITS + rank];

	all->kind = HOSPES_STRETCH_waits;
	all->lock = lock_rank_name(rank);
	all->number++;
	all->cycles += cycles;
}

bool stretch_read(u32 cpu, u32 index, struct stretch *out)
{
	if (cpu >= MAX_CPUS)
		return false;

	cpu = index_nospec(cpu, MAX_CPUS);
	for (u32 i = 0; i < RECORDS; i++) {
		*out = kept[cpu][i];
		if (out->kind && !index--)
			return true;
	}

	return false;
}

void stretches_forget(void)
{
	for (u32 c = 0; c < MAX_CPUS; c++) {
		if (!state_of[c])
			continue;

		for (u32 i = 0; i < RECORDS; i++)
			kept[c][i] = (struct stretch){ 0 };
		WRITE_ONCE(state_of[c]->least, 0);
	}
}

void perf_leave(void)
{
	cpu_info()->perf->cycles += stretch_tsc() - cpu_info()->stretch.began;
	cpu_info()->perf = &nobody[cpu_id()];
}

void stretch_start(void)
{
	cpu_info()->perf = &nobody[cpu_id()];
	WRITE_ONCE(state_of[cpu_id()], &cpu_info()->stretch);
	stretch_begin();
}
