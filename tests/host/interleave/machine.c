/* SPDX-License-Identifier: MIT */
/* The machine with adverse TLBs: see machine.h. */
#include "machine.h"

#include <lib/errno.h>
#include <string.h>
#include <x86/features.h>
#include <x86/hooks.h>

struct cpu_features features;
struct domain doms[DOMAINS] = { { 0 }, { 1 } };

static struct slot {
	struct domain *d;
	struct frame *f;
	enum use use;
} slots[SLOTS];

static struct machine_cpu {
	struct domain *tables;             /* whose page tables CR3 names; NULL: our own */
	struct domain *current;            /* whose vcpu is current() */
	struct domain *next;               /* that write_cr3 loads */
	bool asked;                        /* to flush */
	struct domain *held[FRAMES][USES]; /* the TLB: by whose tables it may use the frame so */
} machine[CPUS];

static bool is_free[FRAMES];

/* --- the CPUs --------------------------------------------------------------------------------- */

void explore_on(u32 cpu)
{
	fake_cpu = cpu;
	fake_current = (struct vcpu *)machine[cpu].current;
}

bool explore_interrupted(u32 cpu)
{
	return machine[cpu].asked;
}

static void current_set(struct domain *d)
{
	machine[fake_cpu].current = d;
	explore_on(fake_cpu);
}

void host_write_cr3(u64 v)
{
	struct machine_cpu *c = &machine[fake_cpu];

	explore_step();
	memset(c->held, 0, sizeof(c->held));
	c->tables = c->next;
}

u64 host_read_cr3(void)
{
	machine[fake_cpu].next = machine[fake_cpu].tables;
	return 0;
}

/* No global entries. */
u64 host_read_cr4(void)
{
	return 0;
}

void softirq_post(u32 cpu, enum softirq s)
{
	explore_step();
	machine[cpu].asked = true;
}

void cpu_poll(void)
{
	if (!machine[fake_cpu].asked)
		return;

	machine[fake_cpu].asked = false;
	hook_tlb_poll();
}

void machine_runs(u32 cpu, struct domain *d)
{
	machine[cpu].tables = machine[cpu].current = d;
	cpu_public[cpu].flush_stamp = d ? 0 : ~0ul;
	cpu_public[cpu].tables = d;
}

/* dom/switch.c: context_switch, vcpu_load, idle_load. */
void machine_switch(struct domain *d)
{
	static const u64 no_windows;
	u64 begun;

	explore_step();
	current_set(d);
	begun = tlb_switch_begin(d ? &no_windows : NULL);

	machine[fake_cpu].next = d;
	write_cr3(0);
	tlb_switch_end(d, begun);
}

/* --- memory ----------------------------------------------------------------------------------- */

void machine_start(void)
{
	memset(machine, 0, sizeof(machine));
	memset(slots, 0, sizeof(slots));
	memset(is_free, 0, sizeof(is_free));
	memset(frame_table, 0, FRAMES * sizeof(struct frame));
	memset(cpu_public, 0, sizeof(cpu_public));

	tlb_clock = 100;
	cpu_count = CPUS;
	for (u32 c = 0; c < CPUS; c++) {
		cpu_public[c].online = true;
		machine_runs(c, &doms[0]);
	}
	frame_assign(frame_table, 0, &doms[0], 0);
	frame_assign(frame_table + 1, 0, &doms[0], 0);
	explore_on(0);
}

void slot_set(u32 slot, struct domain *d, struct frame *f, enum use use)
{
	explore_step();
	slots[slot] = (struct slot){ d, f, use };
}

/* All is write-back. */
int frame_cache_set(struct frame *f, u32 cache)
{
	return -ENOMEM;
}

void hook_frame_freed(struct frame *f)
{
}

/* As frame/buddy.c: the stamp of a free frame is the clock when it was freed. */
void frames_free(struct frame *f, u32 order)
{
	explore_step();
	f->stamp = (u32)tlb_clock;
	explore_step();
	is_free[frame_mfn(f).n] = true;
}

bool machine_take(struct frame *f, struct domain *d)
{
	explore_step();
	if (!is_free[frame_mfn(f).n])
		return false;

	is_free[frame_mfn(f).n] = false;
	tlb_forget_block(f);
	f->stale_cpus = 0;
	frame_assign(f, 0, d, 0);
	return true;
}

/* --- what the TLBs hold ------------------------------------------------------------------- */

static void fill(void)
{
	for (u32 c = 0; c < CPUS; c++) {
		for (u32 s = 0; s < SLOTS; s++) {
			const struct slot *slot = &slots[s];

			if (slot->f && machine[c].tables == slot->d)
				machine[c].held[frame_mfn(slot->f).n][slot->use] = slot->d;
		}
	}
}

static void frame_check(u32 cpu, u32 mfn)
{
	const struct frame *f = &frame_table[mfn];
	fstate_t s = f->state;
	bool trusted = FS_TREFS(s) && FS_HAS(s, FS_VALIDATED);

	for (u32 use = 0; use < USES; use++) {
		const struct domain *by = machine[cpu].held[mfn][use];

		if (!by)
			continue;

		if (s && f->owner && f->owner != by)
			explore_failed("CPU %u reaches frame %u, which is another domain's", cpu,
				       mfn);
		if (use == USE_WRITE && trusted && state_type(s) != FT_WRITABLE)
			explore_failed("CPU %u can write frame %u, %s", cpu, mfn,
				       ftype_name(state_type(s)));
		if (use == USE_WALK && trusted && !ftype_is_table(state_type(s)))
			explore_failed("CPU %u walks frame %u, which is %s", cpu, mfn,
				       ftype_name(state_type(s)));
	}
}

void machine_check(void)
{
	fill();
	for (u32 c = 0; c < CPUS; c++)
		for (u32 m = 0; m < FRAMES; m++)
			frame_check(c, m);
}
