/* SPDX-License-Identifier: MIT */
/*
 * Two domains do at random what guests can do to their page tables; after each step everything is
 * recounted. Most entries are plausible, so deep tables arise; some are wrong. Work is cut into
 * small pieces, taken up again by whoever comes next.
 */
#include "machine.h"
#include "suites.h"
#include "../fake/fail.h"

#include <stdlib.h>

static u64 done[16], tried[16];

static u32 pick(u32 n)
{
	return (u32)rand() % n;
}

/* By habit a frame's number says what it is used as, so that tables fit together now and then. */
static u64 frame_for(struct domain *d, u32 level)
{
	static const u32 first[] = { 30, 14, 8, 4, 0, 0 }, count[] = { 26, 16, 6, 4, 4, 0 };
	u64 base = d->id * OWNED;

	if (!pick(15))
		return pick(FRAMES + 2);
	return base + first[level] + pick(count[level]);
}

static u32 slot_for(void)
{
	static const u32 slots[] = { 0, 1, 2, 3, 255, 256, 271, 272, 511 };

	return pick(8) ? slots[pick(9)] : pick(512);
}

/* An entry for a table of @level. */
static pte_t entry_for(struct domain *d, u32 level)
{
	u64 flags = PTE_P | (pick(2) ? PTE_RW : 0) | (pick(2) ? PTE_U : 0) | (pick(9) ? 0 : PTE_G) |
		    (pick(2) ? PTE_A : 0) | (pick(3) ? 0 : PTE_NX) | (pick(40) ? 0 : PTE_PSE) |
		    (pick(60) ? 0 : 1ul << 45);

	if (!pick(3))
		flags &= ~PTE_P;
	return frame_for(d, level - 1) << PAGE_SHIFT | flags;
}

/* What a guest can write without us: pages that are nothing special now. */
static void act_write(struct domain *d, struct vcpu *v)
{
	u32 level = 1 + pick(4);
	u64 m = frame_for(d, level);
	struct frame *f = m < FRAMES ? &frame_table[m] : NULL;

	if (!f || f->owner != d || (FS_TREFS(f->state) && state_type(f->state) != FT_WRITABLE))
		return;
	((pte_t *)mfn_to_virt(MFN(m)))[slot_for()] = entry_for(d, level);
}

/* A run under one hold of the lock, mostly in one frame. */
static int act_update(struct domain *d, struct vcpu *v)
{
	u32 level = 1 + pick(4);
	u64 m = frame_for(d, level);
	struct domain *of = !d->id && !pick(4) ? &doms[1] : d;
	struct pt_batch b;
	int rc = 0;

	batch_begin(&b, d, of);
	for (u32 n = 1 + pick(4); n && !rc; n--) {
		u64 maddr = m << PAGE_SHIFT | slot_for() * 8;

		rc = batch_update(&b, maddr, entry_for(of, level), pick(2));
		if (!pick(4)) {
			level = 1 + pick(4);
			m = frame_for(d, level);
		}
	}
	batch_end(&b);

	return rc;
}

static int act_pin(struct domain *d, struct vcpu *v)
{
	u32 level = 1 + pick(4);

	return table_pin(d, MFN(frame_for(d, level)), (enum ftype)level);
}

static int act_unpin(struct domain *d, struct vcpu *v)
{
	return table_unpin(d, MFN(frame_for(d, 1 + pick(4))));
}

static int act_root(struct domain *d, struct vcpu *v)
{
	if (pick(2))
		return ptable_set_kernel_root(v, MFN(frame_for(d, 4)));
	return ptable_set_user_root(v, MFN(pick(4) ? frame_for(d, 4) : 0));
}

/* As the hypercall does: what was let go before is torn down first, in pieces. */
static int update_va(struct vcpu *v, u64 va, pte_t e)
{
	int rc;

	do
		rc = ptable_update_va(v, v->dom, va, e);
	while (machine_again(rc));

	return rc;
}

/* Few addresses are below tables: so several are tried. */
static int act_update_va(struct domain *d, struct vcpu *v)
{
	int rc = -EINVAL;

	for (u32 i = 0; rc == -EINVAL && i < 4; i++) {
		u64 va = (u64)slot_for() << 39 | (u64)slot_for() << 30 | (u64)slot_for() << 21 |
			 (u64)slot_for() << 12;

		rc = update_va(v, (u64)((s64)(va << 16) >> 16), entry_for(d, 1));
	}

	return rc;
}

static int act_grant(struct domain *d, struct vcpu *v)
{
	u64 m = frame_for(&doms[!d->id], 0), where = frame_for(d, 1) << PAGE_SHIFT | slot_for() * 8;

	struct grant_mapping made = { .entry = where, .frame = MFN(m), .write = pick(2) };

	if (m >= FRAMES)
		return -EINVAL;
	if (pick(2))
		return grant_unmap(v, where, true, &made);
	if (!frame_get(&frame_table[m], frame_table[m].owner))
		return -EINVAL;
	held[m]++;
	int rc = grant_map(v, where, true, pick(2) ? PTE_RW : 0, &made);
	held[m]--;
	frame_put(&frame_table[m]);
	return rc;
}

static int act_gdt(struct domain *d, struct vcpu *v)
{
	mfn_t frames[2] = { MFN(frame_for(d, 0)), MFN(frame_for(d, 0)) };

	return desc_set_gdt(v, frames, pick(1025));
}

static int act_ldt(struct domain *d, struct vcpu *v)
{
	if (!pick(4))
		return desc_set_ldt(v, (u64)slot_for() << 12, pick(1025));
	return ldt_fault(v, v->desc.ldt_window + pick(3) * PAGE_SIZE) ? 0 : -EINVAL;
}

/* The balloon: gives a frame up, gets another, whoever had it before. */
static int act_balloon(struct domain *d, struct vcpu *v)
{
	u64 m = frame_for(d, pick(5));

	if (m < FRAMES && frame_get(&frame_table[m], d)) {
		frame_unallocate(&frame_table[m]);
		frame_put(&frame_table[m]);
	}
	machine_give(d);
	return 0;
}

static int act_desc_update(struct domain *d, struct vcpu *v)
{
	return desc_update(d, frame_for(d, 0) << PAGE_SHIFT | slot_for() * 8,
			   (u64)rand() << 32 | (u32)rand());
}

typedef int action(struct domain *d, struct vcpu *v);
static const struct {
	const char *name;
	action *fn;
	u32 weight;
} actions[] = {
	{ "update", act_update, 14 },
	{ "pin", act_pin, 5 },
	{ "unpin", act_unpin, 3 },
	{ "root", act_root, 2 },
	{ "update_va", act_update_va, 3 },
	{ "grant", act_grant, 4 },
	{ "gdt", act_gdt, 1 },
	{ "ldt", act_ldt, 1 },
	{ "balloon", act_balloon, 1 },
	{ "descriptor", act_desc_update, 1 },
};
#define ACTIONS (sizeof(actions) / sizeof(actions[0]))

static void step(void)
{
	u32 i = pick(2), w = pick(35), a = 0;

	fake_budget = pick(3) ? 4 + (int)pick(30) : 20000;
	for (u32 n = pick(3); n; n--)
		act_write(&doms[i], &vcpus[i]);
	while (w >= actions[a].weight)
		w -= actions[a++].weight;
	tried[a]++;
	machine_entered();
	done[a] += actions[a].fn(&doms[i], &vcpus[i]) == 0;
	machine_recount(actions[a].name);
}

/*
 * A domain dies: all it held goes away, but what the other one still maps stays until that is gone.
 */
static void domain_end(struct domain *d)
{
	fake_budget = 7;
	d->dying = LIFE_DYING;
	while (machine_again(ptable_put_roots(d->vcpu[0])))
		machine_recount("put_roots");
	machine_recount("put_roots");
	desc_put_tables(d->vcpu[0]);
	machine_recount("put_tables");
	for (u32 m = 0; m < FRAMES; m++) {
		struct frame *f = &frame_table[m];

		if (!frame_get(f, d))
			continue;
		held[m]++;
		while (machine_again(table_teardown(d, f)))
			machine_recount("teardown");
		frame_unallocate(f);
		held[m]--;
		frame_put(f);
		machine_recount("unallocate");
	}
}

START_TEST(random_guests)
{
	srand((unsigned)_i + 1);
	machine_start();
	for (int i = 0; i < 6000; i++)
		step();
	for (u32 a = 0; a < ACTIONS; a++)
		CHECK(!tried[a] || done[a] || !actions[a].weight, "%s never worked in %lu tries",
		      actions[a].name, tried[a]);
	domain_end(&doms[0]);
	domain_end(&doms[1]);
	CHECK(!doms[0].tot_pages && !doms[1].tot_pages, "left: %lu and %lu pages",
	      doms[0].tot_pages, doms[1].tot_pages);
	for (u32 m = 0; m < FRAMES; m++)
		CHECK(!frame_table[m].state, "frame %x", m);
	CHECK(fake_refusals && flushes && released, "%lu refusals, %lu flushes, %lu freed",
	      fake_refusals, flushes, released);
}
END_TEST

Suite *fuzz_suite(void)
{
	Suite *s = suite_create("random guests");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, random_guests, 0, 8);
	suite_add_tcase(s, t);
	return s;
}
