/* SPDX-License-Identifier: MIT */
/*
 * CPUs made up: which code runs on which, windows, flushes, and the load of a vcpu as dom/switch.c
 * does it. A TLB drops nothing before it is told to, and takes up all that the tables hold.
 */
#include "machine.h"
#include "../../host/fake/lock.h"

#include <frame/tlb.h>
#include <x86/budget.h>
#include <x86/features.h>
#include <x86/hooks.h>
#include <x86/paging.h>
#include <x86/spec.h>

#include <string.h>

#define POLLS_MOST 10000 /* who polls more often waits for ever */
#define OVERDRAW \
	(BUDGET_LOOKS - 1) /* so no stretch is as long as two budgets: 200,000 instructions */

/*
 * What is done is charged: this many blocks of code at most for a look, beside what any call does.
 * A budget's are then some 55,000, of about three instructions.
 */
#define BLOCKS_FREE   5000u
#define BLOCKS_A_LOOK 4u

struct cpu_public cpu_public[MAX_CPUS];
u32 cpu_count = CPUS;
u32 fake_cpu;
__thread struct vcpu *fake_current;
u32 fake_softirqs;
struct cpu_features features = { .phys_bits = 40,
				 .max_leaf = 0xd,
				 .max_ext_leaf = 0x80000008,
				 .fpu_size = 832,
				 .xsave = true,
				 .xfeatures = 7 };
u32 spec_defences;

struct machine_cpu machine[CPUS];
s64 machine_most_looks;
static struct cpu_info infos[CPUS];
static u32 polls;
u64 machine_blocks;

struct cpu_info *cpu_info(void)
{
	return &infos[fake_cpu];
}

void machine_on(u32 cpu)
{
	fake_cpu = cpu;
	fake_current = machine[cpu].vcpu;
}

/* --- flushes --------------------------------------------------------------------------------- */

/* What is in memory at this moment is taken up at once. */
static void flushed(void)
{
	struct machine_cpu *c = &machine[fake_cpu];

	memset(&c->held, 0, sizeof(c->held));
	if (c->tables)
		reach_scan(c->tables, &c->held);
}

void host_write_cr3(u64 v)
{
	struct machine_cpu *c = &machine[fake_cpu];

	c->tables = fake_current ? fake_current->dom : NULL;
	c->cr3 = v & ~CR3_KEEP;
	if (!(v & CR3_KEEP))
		flushed();
}

u64 host_read_cr3(void)
{
	return machine[fake_cpu].cr3;
}

void host_write_cr4(u64 v)
{
	struct machine_cpu *c = &machine[fake_cpu];

	if ((v ^ c->cr4) & CR4_PGE)
		flushed();
	c->cr4 = v;
}

u64 host_read_cr4(void)
{
	return machine[fake_cpu].cr4;
}

void host_invpcid(u64 type)
{
	assert(features.pcid);
	if (type == INVPCID_ALL)
		flushed();
}

void softirq_post(u32 cpu, enum softirq s)
{
	if (s == SOFTIRQ_TLB)
		machine[cpu].asked = true;
}

/* --- what other CPUs do while this one waits ------------------------------------------------- */

static void answer(u32 cpu)
{
	machine[cpu].asked = false;
	machine_on(cpu);
	hook_tlb_poll();
}

static bool must_leave(const struct machine_cpu *c)
{
	return c->vcpu && !c->busy && !c->vcpu->run.ready;
}

/* The others answer, and those whose vcpus may not run any more are left by them. */
void cpu_poll(void)
{
	u32 self = fake_cpu;

	must(polls++ < POLLS_MOST, "CPU %u waits for ever", self);
	for (u32 c = 0; c < CPUS; c++) {
		if (machine[c].asked)
			answer(c);
		if (c != self && must_leave(&machine[c]))
			machine_load(c, NULL);
	}
	machine_on(self);
}

/* --- calls ----------------------------------------------------------------------------------- */

static void stretch_over(void)
{
	const struct machine_cpu *c = &machine[fake_cpu];
	s64 looks = c->budget - cpu_info()->budget;

	must(cpu_info()->budget >= -(s64)OVERDRAW, "%ld looks, of a budget of %ld", looks,
	     c->budget);
	must(machine_blocks <= BLOCKS_FREE + BLOCKS_A_LOOK * (u64)looks,
	     "%lu blocks of code, for which %ld looks were charged", machine_blocks, looks);
	if (c->budget == BUDGET_LOOKS && looks > machine_most_looks)
		machine_most_looks = looks;
}

bool preempt_window(void)
{
	struct machine_cpu *c = &machine[fake_cpu];
	u32 self = fake_cpu;

	must(!fake_locks_held(), "a window with %u locks held", fake_locks_held());
	stretch_over();

	polls = 0;
	if (c->others_in && !--c->others_in) {
		c->busy = true;
		ops_meanwhile();
		c->busy = false;
		machine_on(self);
	}

	machine_blocks = 0;
	cpu_info()->budget = c->budget;
	return c->preempt_in && !--c->preempt_in;
}

void machine_call_begin(s64 budget, u32 preempt_in, u32 others_in)
{
	struct machine_cpu *c = &machine[fake_cpu];

	c->budget = budget;
	c->preempt_in = preempt_in;
	c->others_in = others_in;
	cpu_info()->budget = budget;
	machine_blocks = 0;
	polls = 0;
}

void machine_call_end(void)
{
	must(!fake_locks_held(), "%u locks are held at the end of a call", fake_locks_held());
	stretch_over();
	machine_call_begin(BUDGET_LOOKS, 0, 0);
}

/* --- who runs where -------------------------------------------------------------------------- */

void vcpu_load_cr3(struct vcpu *v)
{
	v->roots.kernel_cr3 = tlb_cr3(v->roots.kernel, TAG_KERNEL);
	v->roots.user_cr3 = tlb_cr3(v->roots.user, TAG_USER);
	v->roots.cr3 = v->kernel_mode ? v->roots.kernel_cr3 : v->roots.user_cr3;

	if (v == current())
		tlb_load(v->roots.cr3);
}

static void tables_load(struct vcpu *v)
{
	const u64 *windows = NULL;
	struct domain *d = NULL;
	u64 begun;

	if (v) {
		d = v->dom;
		windows = &d->pt.windows;
	}

	begun = tlb_switch_begin(windows);
	if (v)
		vcpu_load_cr3(v);
	else
		write_cr3(0);
	tlb_switch_end(d, begun);
}

void machine_load(u32 cpu, struct vcpu *v)
{
	struct machine_cpu *c = &machine[cpu];
	struct vcpu *prev = c->vcpu;
	u64 now = time_now();

	if (prev == v)
		return;

	machine_on(cpu);
	assert(!c->busy);
	if (prev)
		vcpu_leaves_cpu(prev, now);

	c->vcpu = fake_current = cpu_public[cpu].running = v;
	if (v) {
		assert(v->run.ready && !v->run.running);
		v->run.running = true;
		v->run.cpu = cpu;
	}
	tables_load(v);

	if (prev)
		vcpu_left_cpu(prev, now);
	if (v)
		vcpu_came_to_cpu(v, now);
}

void machine_resume(void)
{
	if (fake_softirqs & 1u << SOFTIRQ_REAP) {
		fake_softirqs = 0;
		domain_crash_finish();
		domain_reap();
	}

	for (u32 c = 0; c < CPUS; c++)
		if (must_leave(&machine[c]))
			machine_load(c, NULL);
}

void machine_start(bool pcid, bool l1tf)
{
	memset(machine, 0, sizeof(machine));
	memset(cpu_public, 0, sizeof(cpu_public));
	features.pcid = pcid;
	spec_defences = l1tf ? SPEC_BIT(DEFENCE_L1TF) : 0;
	fake_softirqs = 0;

	/* Soon a frame's stamp, 32 bits of it, wraps. */
	tlb_clock = (1ul << 32) - 16;

	for (u32 c = 0; c < CPUS; c++) {
		cpu_public[c].online = true;
		cpu_public[c].apic_id = cpu_public[c].acpi_id = c;
		machine[c].cr4 = CR4_PGE;
		machine_on(c);
		machine_call_begin(BUDGET_LOOKS, 0, 0);
		tables_load(NULL);
	}
	machine_on(0);
}
