/* SPDX-License-Identifier: MIT */
/*
 * What domains reach by their tables, and CPUs by translations that they may still hold: no table
 * that is trusted is writable, nothing else is walked, and no domain reaches another's frame but by
 * a grant that it has mapped.
 */
#include "recount.h"

struct abroad abroad[DOMAINS][FRAMES];
struct reach reach[DOMAINS];

/* --- by tables ------------------------------------------------------------------------------- */

void reach_entry(struct reach *r, pte_t e, u32 level)
{
	u64 m = pte_mfn(e).n;

	if (!(e & PTE_P) || m >= FRAMES)
		return;

	if (level > 1) {
		frames_add(&r->walk, m);
		return;
	}

	frames_add(&r->read, m);
	if (e & PTE_RW)
		frames_add(&r->write, m);
}

void reach_roots(const struct domain *d, struct reach *r)
{
	for (u32 i = 0; i < d->max_vcpus; i++) {
		const struct vcpu *v = d->vcpu[i];

		if (v && mfn_valid(v->roots.kernel))
			frames_add(&r->walk, v->roots.kernel.n);
		if (v && mfn_valid(v->roots.user))
			frames_add(&r->walk, v->roots.user.n);
	}
}

void reach_scan(const struct domain *d, struct reach *r)
{
	for (u64 m = FIRST_FRAME; m < FRAMES; m++) {
		const struct frame *f = &frame_table[m];
		u32 level = level_of(f);
		const pte_t *t = mfn_to_virt(MFN(m));
		u32 end;

		if (!level || f->owner != d)
			continue;

		end = entries_of(f);
		for (u32 i = next_entry(t, 0, end); i < end; i = next_entry(t, i + 1, end))
			if (!is_ours(i, level))
				reach_entry(r, t[i], level);
	}
	reach_roots(d, r);
}

/* --- abroad ---------------------------------------------------------------------------------- */

void abroad_check(const struct domain *d)
{
	for (u64 m = FIRST_FRAME; m < FRAMES && !d->privileged; m++) {
		const struct abroad *a = &abroad[d->id][m];

		if (!a->mapped)
			continue;
		must(a->mapped <= a->granted, "d%u maps d%u's frame %#lx %u times by %u grants",
		     d->id, frame_table[m].owner->id, m, a->mapped, a->granted);
		must(a->written <= a->granted_write,
		     "d%u maps d%u's frame %#lx %u times writable by %u grants", d->id,
		     frame_table[m].owner->id, m, a->written, a->granted_write);
	}
}

/* A frame of another domain, as the CPU may still reach it. */
static void stale_foreign(u32 cpu, const struct domain *d, u64 m)
{
	const struct abroad *a = &abroad[d->id][m];
	const struct reach *held = &machine[cpu].held;

	if (d->privileged)
		return;
	must(a->mapped || a->granted, "CPU %u of d%u reads d%u's frame %#lx by a stale translation",
	     cpu, d->id, frame_table[m].owner->id, m);
	must(!frames_has(&held->write, m) || a->written || a->granted_write,
	     "CPU %u of d%u writes d%u's frame %#lx by a stale translation", cpu, d->id,
	     frame_table[m].owner->id, m);
}

/* What is in the window that a CPU uses is a descriptor table still. */
static void windows_stale(u32 cpu)
{
	const u64 *held = machine[cpu].windows[machine[cpu].tables->id].word;

	for (u32 w = 0; w < FRAMES / 64; w++) {
		for (u64 any = held[w]; any; any &= any - 1) {
			u64 m = w * 64 + (u64)__builtin_ctzl(any);
			fstate_t s = frame_table[m].state;

			must(FS_TREFS(s) && state_type(s) == FT_DESC,
			     "CPU %u takes descriptors from frame %#lx (word %#lx)", cpu, m, s);
		}
	}
}

static void stale_check(u32 cpu, u64 m)
{
	const struct domain *d = machine[cpu].tables;
	const struct reach *held = &machine[cpu].held;
	fstate_t s = frame_table[m].state;
	bool trusted = FS_TREFS(s) && FS_HAS(s, FS_VALIDATED);

	if (!s)
		return;

	must(!frames_has(&held->write, m) || !trusted || state_type(s) == FT_WRITABLE,
	     "CPU %u can write frame %#lx, which is trusted (word %#lx)", cpu, m, s);
	must(!frames_has(&held->walk, m) || !trusted || ftype_is_table(state_type(s)),
	     "CPU %u walks frame %#lx, which is no table (word %#lx)", cpu, m, s);
	if (frame_table[m].owner != d && frames_has(&held->read, m))
		stale_foreign(cpu, d, m);
}

/* --- by TLBs --------------------------------------------------------------------------------- */

void tlbs_check(void)
{
	for (u32 c = 0; c < CPUS; c++) {
		const struct reach *held = &machine[c].held;

		if (!machine[c].tables)
			continue;

		windows_stale(c);
		for (u32 w = 0; w < FRAMES / 64; w++)
			for (u64 any = held->read.word[w] | held->walk.word[w]; any; any &= any - 1)
				stale_check(c, w * 64 + (u32)__builtin_ctzl(any));
	}
}

void tlbs_fill(void)
{
	for (u32 c = 0; c < CPUS; c++) {
		u64 *to = machine[c].held.read.word;
		const u64 *from;

		if (!machine[c].tables)
			continue;

		from = reach[machine[c].tables->id].read.word;
		for (u32 w = 0; w < sizeof(struct reach) / sizeof(u64); w++)
			to[w] |= from[w];
		ours_windows(machine[c].tables, &machine[c].windows[machine[c].tables->id]);
	}
}
