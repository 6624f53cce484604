/* SPDX-License-Identifier: MIT */
/*
 * The steps that an input stands for. Each is a call of a vcpu, or something that a guest does by
 * itself; before it a few bytes say whose, on which CPU, how much it may do until others wait, and
 * whether another CPU makes a call in between. A call that is to be made again waits with its vcpu,
 * which may do other things first.
 */
#include "call.h"

#include <ctl/ctl.h>
#include <x86/budget.h>

#include <pvabi/hypercall.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOLD         24u  /* of the last steps, when something is found */
#define HEAP_FAILS   248u /* of the byte that chooses a budget: from here on it fails soon */
#define BUDGET_LEAST 130
#define COUNT_EVERY  3u  /* steps: then all references are counted */
#define ALL_EVERY    24u /* steps: then what seldom changes is looked at too */
#define LOOK_EVERY   64u /* calls: then all frames' contents are compared */

static const struct kind {
	const char *name;
	void (*make)(struct call *c);
	u8 weight;
	enum {
		A_CALL,
		CONTROL, /* a call of dom0's, not in the middle of another's */
		A_STEP,  /* of a guest, which needs no call */
	} what;
} kinds[] = {
	{ "mmu_update", call_mmu_update, 14, A_CALL },
	{ "mmuext_op", call_mmuext_op, 14, A_CALL },
	{ "update_va", call_update_va, 8, A_CALL },
	{ "set_gdt", call_set_gdt, 2, A_CALL },
	{ "descriptor", call_descriptor, 2, A_CALL },
	{ "memory_op", call_memory_op, 6, A_CALL },
	{ "exchange", call_exchange, 2, A_CALL },
	{ "grant map", call_grant_map, 8, A_CALL },
	{ "grant unmap", call_grant_unmap, 6, A_CALL },
	{ "grant copy", call_grant_copy, 4, A_CALL },
	{ "grant", call_grant_other, 1, A_CALL },
	{ "event", call_event, 8, A_CALL },
	{ "sched", call_sched, 2, A_CALL },
	{ "vcpu", call_vcpu, 2, A_CALL },
	{ "multicall", call_multicall, 4, A_CALL },
	{ "row", call_row, 4, A_CALL },
	{ "domctl", call_domctl, 4, CONTROL },
	{ "create", call_create, 1, CONTROL },
	{ "context", call_context, 1, CONTROL },
	{ "(store)", guest_store, 12, A_STEP },
	{ "(fill)", guest_fills, 2, A_STEP },
	{ "(grants)", guest_grants, 8, A_STEP },
	{ "(toggle)", guest_toggles, 1, A_STEP },
	{ "(leaves)", guest_leaves, 1, A_STEP },
	{ "(fault)", guest_faults, 5, A_STEP },
	{ "(time)", time_passes, 1, A_STEP },
	{ "(interrupt)", device_interrupts, 1, A_STEP },
	{ "iret", call_iret, 2, A_CALL },
	{ "entries", call_entries, 1, A_CALL },
	{ "(trap)", guest_traps, 3, A_STEP },
	{ "(shares)", guest_shares, 4, A_STEP },
};

/* A call that is to be made again, by vcpu; not one that waits for others to leave a CPU. */
static struct hypercall pending[DOMAINS][VCPUS];
static bool is_pending[DOMAINS][VCPUS];

static u8 arguments[DOMAINS][VCPUS][ARGS_SIZE] __aligned(4096);
static struct fuzz_input *input;
static u64 steps, calls_to_look;
static u32 count_every;
static bool alone; /* one call was made in this step, and no list */
u64 ops_calls;

/* --- what was done, in words ----------------------------------------------------------------- */

static struct told {
	const char *name;
	u32 id, vcpu, cpu;
	s64 budget;
	struct hypercall hc;
	long rc;
	bool meanwhile, over;
} told[TOLD];
static u64 n_told;

static struct told *tell(const struct call *c, const char *name)
{
	struct told *t = &told[n_told++ % TOLD];

	*t = (struct told){ .name = name,
			    .id = c->id,
			    .vcpu = c->v->id,
			    .cpu = cpu_id(),
			    .hc = c->hc,
			    .meanwhile = c->meanwhile };
	return t;
}

void ops_print(void)
{
	u64 i = n_told > TOLD ? n_told - TOLD : 0;

	for (; i < n_told; i++) {
		const struct told *t = &told[i % TOLD];

		fprintf(stderr, "  %s%s by d%uv%u on CPU %u: %u(%#lx, %#lx, %#lx, %#lx)",
			t->meanwhile ? "meanwhile " : "", t->name, t->id, t->vcpu, t->cpu, t->hc.nr,
			t->hc.arg[0], t->hc.arg[1], t->hc.arg[2], t->hc.arg[3]);
		if (t->budget != BUDGET_LOOKS)
			fprintf(stderr, " with %ld looks", t->budget);
		if (t->over)
			fprintf(stderr, " = %ld\n", t->rc);
		else
			fprintf(stderr, " goes on\n");
	}
}

void __noreturn finding(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "not so: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	ops_print();
	abort();
}

void __noreturn panic(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "not so: panic: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	ops_print();
	abort();
}

/* --- who, and where -------------------------------------------------------------------------- */

/* Vcpu @i of domain @id if it can run on a CPU that is not busy; loaded then, and this CPU's. */
static struct vcpu *vcpu_take(u32 id, u32 i, u32 cpu)
{
	struct domain *d = world_domain(id);
	struct vcpu *v;

	if (!d || d->dying || i >= d->max_vcpus)
		return NULL;

	v = d->vcpu[i];
	if (v->blocked)
		vcpu_wake(v, false);
	if (!v->run.ready)
		return NULL;

	if (v->run.running)
		cpu = v->run.cpu;
	if (machine[cpu].busy)
		return NULL;

	machine_load(cpu, v);
	machine_on(cpu);
	return v;
}

/* --- calls ----------------------------------------------------------------------------------- */

/*
 * Looks until a window, often so few that each piece of work ends after an entry or two. One piece
 * must get from an L4 to an entry of an L1, or it would begin for ever.
 */
static s64 budget_of(u8 how)
{
	if (how < 128)
		return BUDGET_LOOKS;
	if (how < 224)
		return BUDGET_LEAST + 4 * (how - 128);
	return 200 * (how - 220);
}

/* Who paused a domain goes on when its vcpus are off their CPUs. */
static void paused_check(const struct vcpu *by)
{
	for (u32 i = 0; i < CPUS; i++) {
		const struct vcpu *v = machine[i].vcpu;

		must(!v || v->dom == by->dom || !v->dom->pauses, "d%uv%u is paused, and runs",
		     v->dom->id, v->id);
	}
}

static bool is_control(u32 nr)
{
	return nr == __HYPERVISOR_domctl || nr == __HYPERVISOR_sysctl ||
	       nr == __HYPERVISOR_platform_op;
}

static void call_run(struct call *c, const char *name)
{
	u8 how = pick(c), windows = pick(c);
	u32 others = c->meanwhile ? 0 : windows >> 5;
	bool all = ++calls_to_look % LOOK_EVERY == 0;
	struct told *t = tell(c, name);
	u32 id = c->id, vcpu = c->v->id;
	long rc;

	if (c->hc.nr == __HYPERVISOR_multicall)
		alone = false;
	if (!c->meanwhile)
		contents_keep(c->v->dom, c->named, c->n_named, all);

	machine_enter();
	t->budget = budget_of(how);
	machine_call_begin(t->budget, windows & 31, others);
	heap_fails_in = how >= HEAP_FAILS ? 1u + how - HEAP_FAILS : 0;
	rc = hypercall_run(&c->hc);
	heap_fails_in = 0;
	machine_call_end();

	t->rc = rc;
	t->over = true;
	ops_calls += 1 + c->listed;
	must(rc <= c->most, "d%u may do what it may not", id);
	must(rc == -EPERM || id == 0 || !is_control(c->hc.nr), "d%u may control", id);
	if (c->hc.nr == __HYPERVISOR_domctl && !rc)
		paused_check(c->v);
	if (!c->meanwhile)
		contents_compare();

	is_pending[id][vcpu] = rc == -ERESTART;
	pending[id][vcpu] = c->hc;
}

/* True: the vcpu's call was made again. */
static bool call_again(struct call *c)
{
	if (!is_pending[c->id][c->v->id])
		return false;

	c->hc = pending[c->id][c->v->id];

	/* It might wait for the one that is busy. */
	if (c->meanwhile && (c->hc.nr == __HYPERVISOR_domctl || c->hc.nr == __HYPERVISOR_multicall))
		return false;

	call_run(c, "again");
	return true;
}

static const struct kind *kind_of(u8 n)
{
	static const struct kind *by_number[256];

	if (!by_number[0]) {
		u32 at = 0;

		for (u32 i = 0; at < 256; i = (i + 1) % ARRAY_SIZE(kinds))
			for (u32 k = 0; k < kinds[i].weight && at < 256; k++)
				by_number[at++] = &kinds[i];
	}
	return by_number[n];
}

static void step_make(struct call *c, u8 who, const struct kind *k)
{
	if (k->what == CONTROL && c->meanwhile)
		return;

	/* Its old call first, most often. */
	if (k->what != A_STEP && who < 192 && call_again(c))
		return;

	c->hc.nr = HYPERCALL_COUNT;
	k->make(c);
	if (k->what == A_STEP) {
		tell(c, k->name)->over = true;
		return;
	}
	if (c->hc.nr != HYPERCALL_COUNT)
		call_run(c, k->name);
}

/* The third guest, as long as there is none, leaves its steps to the first. */
static u32 domain_of(u8 who)
{
	u32 id = who % DOMAINS;

	return world_domain(id) ? id : 1;
}

static void step(struct fuzz_input *in, bool meanwhile)
{
	u8 who = fuzz_byte(in);
	const struct kind *k = kind_of(fuzz_byte(in));
	u32 id = k->what == CONTROL ? 0 : domain_of(who), vcpu = who / 4 % VCPUS;
	u32 cpu = (id * VCPUS + vcpu) % CPUS;
	struct call c = { .in = in,
			  .id = id,
			  .most = ANYTHING,
			  .meanwhile = meanwhile,
			  .args = arguments[id][vcpu] };

	/* Most often where it is at home: then its translations stay. */
	if (who / 8 % 8 == 7)
		cpu = who / 64;
	c.v = vcpu_take(id, vcpu, cpu);
	if (c.v)
		step_make(&c, who, k);
	machine_resume();
}

void ops_meanwhile(void)
{
	contents_forget();
	alone = false;
	step(input, true);
}

void ops_step(struct fuzz_input *in)
{
	input = in;
	alone = true;
	step(in, false);
	world_frames_moved(alone);
	if (++steps % count_every == 0)
		recount(count_every == 1 || steps % ALL_EVERY == 0);
}

void ops_count_each(bool each)
{
	count_every = each ? 1 : COUNT_EVERY;
}

void ops_start(void)
{
	steps = calls_to_look = 0;
	memset(is_pending, 0, sizeof(is_pending));
	n_told = 0;
	guest_memory_arguments(arguments, sizeof(arguments));
}
