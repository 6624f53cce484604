/* SPDX-License-Identifier: MIT */
/*
 * The domains of the small machine: made as dom0 and two guests that run, each with a tree of page
 * tables, and ended with nothing left. Each domain's frames have places, by which the input names
 * them: what goes leaves its place to what comes.
 */
#include "machine.h"
#include "../../host/fake/lock.h"
#include "../../host/fake/time.h"

#include <frame/alloc.h>
#include <life/life.h>
#include <memory/claim.h>
#include <ptable/ptable.h>
#include <x86/paging.h>

#include <string.h>

#define PLACES        64u /* of each domain */
#define SOIL          0x5a
#define TIME_AT_START 1000
#define PAGES_MOST    48 /* of a domain, when it begins: dom0's and the guests' max_pages */

#define GRANT_FRAMES 2u

/* Frames that each domain begins with. */
static const u32 begins_with[DOMAINS] = { 24, 40, 40, 0 };

static u64 places[DOMAINS][PLACES]; /* mfns; 0: nobody is there */
static const struct domain *owners[FRAMES];
static u8 owner_id[FRAMES];
static u64 free_at_start;

struct domain *world_domain(u32 id)
{
	struct domain *d = domain_next(id);

	if (!d)
		return NULL;

	/* Nothing is freed before the reaper runs. */
	domain_put(d);
	return d->id == id ? d : NULL;
}

u64 world_frame(u32 id, u32 i)
{
	return places[id % DOMAINS][i % PLACES];
}

/* --- frames that come and go ----------------------------------------------------------------- */

static void place_leave(u32 id, u64 m)
{
	for (u32 i = 0; i < PLACES; i++)
		if (places[id][i] == m)
			places[id][i] = 0;
}

static void place_take(u32 id, u64 m)
{
	for (u32 i = 0; i < PLACES; i++) {
		if (places[id][i])
			continue;
		places[id][i] = m;
		return;
	}
}

static bool is_clean(u64 m)
{
	const u64 *p = mfn_to_virt(MFN(m));
	u64 any = 0;

	for (u32 i = 0; i < PAGE_SIZE / sizeof(*p); i++)
		any |= p[i];
	return !any;
}

/* May the CPU reach the frame by what no table says any more? */
static bool reached_before(const struct machine_cpu *c, u64 m)
{
	struct reach now = { 0 };

	/* Tags keep what nobody uses, until somebody loads such tables. */
	if (!c->tables)
		return false;
	if (!frames_has(&c->held.read, m) && !frames_has(&c->held.walk, m))
		return false;

	reach_scan(c->tables, &now);
	return !frames_has(&now.read, m) && !frames_has(&now.walk, m);
}

static void frame_came(u64 m, const struct domain *d, bool alone)
{
	must(!alone || frame_table[m].flags & FRAME_SHARED || is_clean(m),
	     "frame %#lx comes to d%u with what another left in it", m, d->id);
	for (u32 c = 0; c < CPUS; c++)
		must(!reached_before(&machine[c], m),
		     "frame %#lx comes to d%u, and CPU %u reaches it by a stale translation", m,
		     d->id, c);

	owner_id[m] = d->id % DOMAINS;
	if (!(frame_table[m].flags & FRAME_SHARED))
		place_take(owner_id[m], m);
}

/* It may be in use as the hypervisor's own already. */
static bool is_free(u64 m)
{
	u64 order = 0;

	/* The block that it would be in begins at a multiple of its size. */
	for (; order < 8; order++) {
		const struct frame *f = &frame_table[m & ~0ul << order];

		if ((f->flags & FRAME_FREE) && f->order >= order)
			return true;
	}
	return false;
}

static void frame_went(u64 m)
{
	place_leave(owner_id[m], m);
	contents_lent[m] = false;
	if (is_free(m))
		memset(mfn_to_virt(MFN(m)), SOIL, PAGE_SIZE);
}

void world_frames_moved(bool alone)
{
	for (u64 m = FIRST_FRAME; m < FRAMES; m++) {
		const struct domain *d = frame_table[m].state ? frame_table[m].owner : NULL;

		if (d == owners[m])
			continue;
		if (owners[m])
			frame_went(m);
		owners[m] = d;
		if (d)
			frame_came(m, d, alone);
	}
}

/* --- domains --------------------------------------------------------------------------------- */

static struct domain *domain_new(u32 id)
{
	struct domain *d;

	must(!domain_build(id, VCPUS, GRANT_FRAMES, 1, &d), "d%u can not be made", id);
	d->max_pages = PAGES_MOST;
	for (u32 i = 0; i < begins_with[id]; i++) {
		struct frame *f;

		must(!domain_alloc_frames(d, 0, ADDR_ANY, &f), "no frame for d%u", id);
	}
	world_frames_moved(true);
	return d;
}

static pte_t *entries(u64 m)
{
	return mfn_to_virt(MFN(m));
}

/* L4 at place 0, L3 at 3, L2 at 6, L1 at 9, which maps the frames at 16 and 17. */
static void tree_make(struct domain *d)
{
	u32 id = d->id;
	u64 flags = PTE_P | PTE_RW | PTE_U;
	struct vcpu *v = d->vcpu[0];

	entries(world_frame(id, 0))[0] = entry_to(world_frame(id, 3), flags);
	entries(world_frame(id, 3))[0] = entry_to(world_frame(id, 6), flags);
	entries(world_frame(id, 6))[0] = entry_to(world_frame(id, TREE_L1), flags);
	entries(world_frame(id, TREE_L1))[0] = entry_to(world_frame(id, 16), flags);
	entries(world_frame(id, TREE_L1))[1] = entry_to(world_frame(id, 17), PTE_P | PTE_U);
	must(!ptable_set_kernel_root(v, MFN(world_frame(id, 0))), "the tree of d%u", id);
	must(!ptable_set_kernel_root(d->vcpu[1], MFN(world_frame(id, 0))), "the tree of d%u", id);
}

static void domain_starts(struct domain *d, bool takes_events)
{
	tree_make(d);
	d->control.pauses = 0;
	for (u32 i = 0; i < VCPUS; i++) {
		d->vcpu[i]->initialised = true;
		d->vcpu[i]->down = 0;
		guest_starts(d->vcpu[i], takes_events);
	}
	domain_unpause(d);
}

/* Memory stays from one world to the next; what is free does too, joined to the same blocks. */
static void memory_up(void)
{
	if (!frame_count) {
		fake_memory_up(FRAMES);
		frame_add_ram(FIRST_FRAME * PAGE_SIZE, FRAMES * PAGE_SIZE);
		memset(mfn_to_virt(MFN(0)), SOIL, FRAMES * PAGE_SIZE);
		for (u64 m = FIRST_FRAME; m < FRAMES; m++)
			m2p_set(MFN(m), PFN_NONE);
		ours_make();
	}

	for (u64 m = 0; m < FRAMES; m++) {
		frame_table[m].stamp = 0;
		if (!frame_table[m].state)
			frame_table[m].stale_cpus = 0;
	}
	free_at_start = frames_free_count();
}

void world_up(const struct kind_of_machine *k)
{
	memory_up();
	world_off = false;
	fake_time = TIME_AT_START;
	memset(places, 0, sizeof(places));
	memset(owners, 0, sizeof(owners));
	memset(contents_lent, 0, sizeof(contents_lent));
	fake_lock_pairs = 1u << LOCK_EVENT;
	machine_start(k);

	dom0 = domain_new(0);
	dom0->privileged = true;
	dom0->io.ports = heap_alloc(8192);
	domain_starts(dom0, k->events);
	for (u32 id = 1; id < 3; id++) {
		struct domain *d = domain_new(id);

		domain_starts(d, k->events);
		domain_put(d);
	}
}

/* --- the end --------------------------------------------------------------------------------- */

#define ENDS_MOST 100000 /* calls to end a domain */

static void domain_end(struct domain *d)
{
	u32 calls = 0;

	while (domain_destroy(d) == -ERESTART) {
		machine_call_end();
		must(calls++ < ENDS_MOST, "d%u does not end", d->id);
	}
	machine_call_end();
	world_frames_moved(true);
}

void world_down(void)
{
	struct domain *d;

	for (u32 c = 0; c < CPUS; c++) {
		machine[c].busy = false;
		machine_load(c, NULL);
	}
	machine_on(0);
	machine_call_begin(BUDGET_LOOKS, 0, 0);

	/* Those whose frames others still map are left, until these end too. */
	for (u32 id = 1; id < DOMAINS; id++) {
		d = world_domain(id);
		if (d)
			domain_end(d);
		machine_resume();
	}
	d = dom0;
	domain_end(d);
	dom0 = NULL;
	domain_put(d);
	machine_resume();
	world_frames_moved(true);

	d = domain_next(0);
	must(!d, "d%u has %u references left", d->id, d->refs);
	must(!claim_total(), "%lu frames are claimed in the end", claim_total());
	must(frames_free_count() == free_at_start, "%lu frames are free in the end, of %lu",
	     frames_free_count(), free_at_start);
	must(!heap_blocks, "%lu blocks of the heap are left", heap_blocks);
	must(!fake_timers_set, "%d timers are left", fake_timers_set);
}
