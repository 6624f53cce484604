/* SPDX-License-Identifier: MIT */
/*
 * CPUs made up: which code runs on which, windows, flushes, and the load of a vcpu as dom/switch.c
 * does it. A TLB drops nothing before it is told to, and takes up all that the tables hold.
 */
#include "machine.h"
#include "../../host/fake/lock.h"

#include <dom/isolation.h>
#include <event/event.h>
#include <frame/tlb.h>
#include <guest/guest.h>
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

/* With isolation a guest's tables are not in force in ring 0. */
static bool tables_in_force(const struct machine_cpu *c)
{
	return c->tables && !(isolated() && c->ring0);
}

/* Descriptor windows are global, or nothing is. */
static void windows_flushed(struct machine_cpu *c)
{
	memset(c->windows, 0, sizeof(c->windows));
	if (tables_in_force(c))
		ours_windows(c->tables, &c->windows[c->tables->id]);
}

/* What is in memory at this moment is taken up at once. */
static void flushed(void)
{
	struct machine_cpu *c = &machine[fake_cpu];

	memset(&c->held, 0, sizeof(c->held));
	c->tags_dropped = 0;
	if (tables_in_force(c))
		reach_scan(c->tables, &c->held);
	if (isolated())
		windows_flushed(c);
}

void host_write_cr3(u64 v)
{
	struct machine_cpu *c = &machine[fake_cpu];

	c->cr3 = v & ~CR3_KEEP;
	if (v & CR3_KEEP)
		return;

	/* Only what has the tag of ours. */
	if (isolated() && features.pcid)
		return;
	flushed();
}

u64 host_read_cr3(void)
{
	return machine[fake_cpu].cr3;
}

void host_write_cr4(u64 v)
{
	struct machine_cpu *c = &machine[fake_cpu];

	if ((v ^ c->cr4) & CR4_PGE) {
		flushed();
		windows_flushed(c);
	}
	c->cr4 = v;
}

u64 host_read_cr4(void)
{
	return machine[fake_cpu].cr4;
}

void host_invpcid(u64 type, u64 tag)
{
	struct machine_cpu *c = &machine[fake_cpu];

	assert(features.pcid);
	if (type == INVPCID_TAG)
		c->tags_dropped |= 1u << tag;
	if (type == INVPCID_ALL || c->tags_dropped == (1u << TAG_KERNEL | 1u << TAG_USER))
		flushed();
}

void softirq_post(u32 cpu, enum softirq s)
{
	if (s == SOFTIRQ_TLB)
		machine[cpu].asked = true;
}

/* --- into ring 0, and back ------------------------------------------------------------------- */

/* With isolation: what its entries know is taken over, and what is without a tag is dropped. */
void machine_enter(void)
{
	struct machine_cpu *c = &machine[fake_cpu];

	if (c->ring0)
		return;

	c->ring0 = true;
	if (!isolated())
		return;

	c->vcpu->roots.cr3 = c->vcpu->entry->cr3;
	c->vcpu->kernel_mode = c->vcpu->entry->kernel_mode;
	if (!features.pcid)
		flushed();
}

/* Loads the guest's tables, if they are not. */
static void guest_tables_load(u64 cr3)
{
	struct machine_cpu *c = &machine[fake_cpu];

	c->guest_cr3 = cr3 & ~CR3_KEEP;
	if (!(cr3 & CR3_KEEP))
		flushed();
}

/* The guest runs on. */
static void leave(void)
{
	struct machine_cpu *c = &machine[fake_cpu];

	c->ring0 = false;
	if (isolated())
		guest_tables_load(vcpu_entry_publish(c->vcpu)->cr3);
	else
		c->guest_cr3 = c->cr3;
}

/* What waits for the guest is put on its stack first. */
static void back_to_guest(void)
{
	struct vcpu *v = current();

	while (bounce_pending(v))
		;
	if (!v->dom->crash_waits)
		must(!event_upcall_due(v) || !v->callbacks.event, "an upcall of d%uv%u waits",
		     v->dom->id, v->id);
	leave();
}

void machine_toggle(void)
{
	struct vcpu *v = current();
	struct entry_page *e = v->entry;

	if (!isolated()) {
		vcpu_toggle_mode(v);
		machine[fake_cpu].guest_cr3 = machine[fake_cpu].cr3;
		return;
	}

	e->kernel_mode = !e->kernel_mode;
	e->cr3 = e->kernel_mode ? e->kernel_cr3 : e->user_cr3;
	guest_tables_load(e->cr3);
}

static void registers_check(const struct vcpu *v, const struct cpu_user_regs *r)
{
	must((r->cs & 3) == 3 && (r->ss & 3) == 3, "d%uv%u runs with cs %#x, ss %#x", v->dom->id,
	     v->id, r->cs, r->ss);
	must((r->rflags & EFLAGS_IF) && !(r->rflags & (EFLAGS_IOPL | EFLAGS_VM)),
	     "d%uv%u runs with flags %#lx", v->dom->id, v->id, r->rflags);
}

/* CR3 holds the root that its vcpu has at this moment, for the mode that it is in. */
static void tables_check(const struct machine_cpu *c)
{
	const struct vcpu *v = c->vcpu;
	bool kernel = isolated() ? v->entry->kernel_mode : v->kernel_mode;
	mfn_t root = kernel ? v->roots.kernel : v->roots.user;
	u64 m = (c->guest_cr3 & PTE_ADDR) >> PAGE_SHIFT;

	must(mfn_valid(root) ? m == root.n : !m, "d%uv%u runs on root %#lx, it has %#lx",
	     v->dom->id, v->id, m, root.n);
	must(!m || (FS_TREFS(frame_table[m].state) && frame_table[m].owner == v->dom &&
		    state_type(frame_table[m].state) == FT_L4),
	     "d%uv%u runs on frame %#lx (word %#lx)", v->dom->id, v->id, m, frame_table[m].state);
	must(!isolated() || mfn_valid(v->roots.user) == !!v->entry->user_cr3,
	     "d%uv%u would go to the user root %#lx", v->dom->id, v->id, v->entry->user_cr3);
}

void cpus_check(void)
{
	for (u32 i = 0; i < CPUS; i++) {
		const struct machine_cpu *c = &machine[i];

		if (!c->vcpu || c->ring0)
			continue;
		registers_check(c->vcpu, &c->regs);
		tables_check(c);
		if (isolated())
			ours_entry_check(c->vcpu);
	}
}

/* --- what other CPUs do while this one waits ------------------------------------------------- */

static void answer(u32 cpu)
{
	bool was_there = machine[cpu].ring0;

	machine[cpu].asked = false;
	machine_on(cpu);
	machine_enter();
	hook_tlb_poll();
	if (!was_there)
		leave();
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
	machine[fake_cpu].tables = d;
	if (v)
		vcpu_load_gdt(v);
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
	if (prev) {
		machine_enter();
		vcpu_leaves_cpu(prev, now);
		prev->regs = c->regs;
	}

	c->vcpu = fake_current = cpu_public[cpu].running = v;
	if (v) {
		assert(v->run.ready && !v->run.running);
		v->run.running = true;
		v->run.cpu = cpu;
		v->entry = v->entry_memory;
		c->regs = v->regs;
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

	for (u32 c = 0; c < CPUS; c++) {
		if (must_leave(&machine[c]))
			machine_load(c, NULL);
		if (!machine[c].vcpu || machine[c].busy || !machine[c].ring0)
			continue;
		machine_on(c);
		back_to_guest();
	}
}

void machine_start(const struct kind_of_machine *k)
{
	memset(machine, 0, sizeof(machine));
	memset(cpu_public, 0, sizeof(cpu_public));
	features.pcid = k->pcid;
	spec_defences = (k->l1tf ? SPEC_BIT(DEFENCE_L1TF) : 0) |
			(k->isolation ? SPEC_BIT(DEFENCE_ISOLATION) : 0);
	fake_softirqs = 0;

	/* Soon a frame's stamp, 32 bits of it, wraps. */
	tlb_clock = (1ul << 32) - 16;

	for (u32 c = 0; c < CPUS; c++) {
		cpu_public[c].online = true;
		cpu_public[c].apic_id = cpu_public[c].acpi_id = c;
		machine[c].ring0 = true;
		machine[c].cr4 = k->isolation ? 0 : CR4_PGE;
		machine_on(c);
		machine_call_begin(BUDGET_LOOKS, 0, 0);
		tables_load(NULL);
	}
	machine_on(0);
}
