/* SPDX-License-Identifier: MIT */
/*
 * What the frames' words should be, counted from the tables in use, roots, descriptor tables and
 * pins, with no help of the code under test. A table in the middle of a change holds for the
 * entries below its progress.
 */
#include "machine.h"

#include <stdlib.h>
#include <string.h>

static struct count {
	u32 plain, typed;
	enum ftype type;
	bool writable_now;
} counts[FRAMES];
static bool was_writable[FRAMES], stale[FRAMES];

/* From now on only what is mapped at this moment can become stale. */
void machine_flushed(void)
{
	memset(stale, 0, sizeof(stale));
	memset(was_writable, 0, sizeof(was_writable));
	for (u64 m = 0; m < FRAMES; m++) {
		struct frame *f = &frame_table[m];
		pte_t *t = mfn_to_virt(MFN(m));

		if (!FS_TREFS(f->state) || state_type(f->state) != FT_L1)
			continue;
		for (u32 i = 0; i < (FS_HAS(f->state, FS_CHANGING) ? f->progress : PTE_COUNT); i++)
			if ((t[i] & PTE_P) && (t[i] & PTE_RW))
				was_writable[pte_mfn(t[i]).n] = true;
	}
}

static void count_type(u64 m, enum ftype t, const char *who)
{
	CHECK(m < FRAMES, "%s refers to frame %lx", who, m);
	CHECK(!counts[m].typed || counts[m].type == t, "%s: frame %lx has types %d and %d", who, m,
	      counts[m].type, t);
	counts[m].typed++;
	counts[m].type = t;
}

static const char *after_what;

static void count_entry(pte_t e, u32 level, u64 table)
{
	u64 m = pte_mfn(e).n;

	if (level > 1 && m < FRAMES && (frame_table[m].flags & FRAME_UNDO))
		return; /* its last reference became its teardown */
	CHECK((e & PTE_U) && !(e & PTE_G) && (level == 1 || !(e & PTE_PSE)),
	      "after %s L%u entry %lx of %lx", after_what, level, e, table);
	CHECK(!(e & PTE_ADDR & ~((1ul << 36) - 1)), "L%u entry %lx of %lx", level, e, table);
	CHECK(m < FRAMES && frame_table[m].owner, "L%u entry %lx of %lx", level, e, table);
	if (level > 1) {
		CHECK(frame_table[m].owner == frame_table[table].owner, "L%u entry %lx of %lx",
		      level, e, table);
		count_type(m, (enum ftype)(level - 1), "entry");
	} else if (e & PTE_RW) {
		count_type(m, FT_WRITABLE, "mapping");
		counts[m].writable_now = true;
	} else {
		counts[m].plain++;
	}
}

static void count_table(u64 m, u32 level)
{
	struct frame *f = &frame_table[m];
	pte_t *t = mfn_to_virt(MFN(m));
	u32 end = FS_HAS(f->state, FS_CHANGING) ? f->progress : PTE_COUNT;

	for (u32 i = 0; i < end; i++) {
		if (slot_is_ours(i, level)) {
			CHECK(FS_HAS(f->state, FS_CHANGING) ||
				      t[i] == f->owner->map.slots[i - HV_SLOT_FIRST],
			      "slot %u of L4 %lx", i, m);
			continue;
		}
		if (t[i] & PTE_P)
			count_entry(t[i], level, m);
	}
}

static void count_vcpu(struct vcpu *v)
{
	if (mfn_valid(v->roots.kernel))
		count_type(v->roots.kernel.n, FT_L4, "kernel root");
	if (mfn_valid(v->roots.user))
		count_type(v->roots.user.n, FT_L4, "user root");
	for (u32 i = 0; i < (v->desc.gdt_entries + 511) / 512; i++)
		count_type(v->desc.gdt_frame[i].n, FT_DESC, "GDT");
	for (u32 i = 0; i < 16 && v->desc.ldt_entries; i++)
		if (mfn_valid(v->desc.ldt_frame[i]))
			count_type(v->desc.ldt_frame[i].n, FT_DESC, "LDT");
}

static void frame_compare(u64 m, const char *after)
{
	struct frame *f = &frame_table[m];
	fstate_t s = f->state;
	bool allocated = s >> 63, pinned = s >> 62 & 1, changing = FS_HAS(s, FS_CHANGING);
	u64 typed = counts[m].typed + pinned + changing;

	CHECK(FS_TREFS(s) == typed,
	      "after %s frame %lx has %lu type references, %lu are due (word %lx)", after, m,
	      FS_TREFS(s), typed, s);
	CHECK(FS_REFS(s) == typed + allocated + counts[m].plain + held[m],
	      "after %s frame %lx has %lu references, %lu are due", after, m, FS_REFS(s),
	      typed + allocated + counts[m].plain + held[m]);
	CHECK(!typed || !counts[m].typed || counts[m].type == state_type(s),
	      "after %s frame %lx: type", after, m);
	CHECK(!changing || (f->flags & (FRAME_PARTIAL | FRAME_UNDO)),
	      "after %s frame %lx changes for ever", after, m);
	CHECK(changing || !(f->flags & (FRAME_PARTIAL | FRAME_UNDO)), "after %s frame %lx: flags",
	      after, m);
	CHECK(!(f->flags & FRAME_UNDO) || f->owner->pt.pending,
	      "after %s frame %lx is left half undone", after, m);
	CHECK((s == 0) == (f->owner == NULL), "after %s frame %lx: owner", after, m);
	/* A translation that lost its entry since the last flush may still be used. */
	if (was_writable[m] && !counts[m].writable_now)
		stale[m] = true;
	CHECK(!stale[m] || !typed || state_type(s) == FT_WRITABLE,
	      "after %s frame %lx is trusted, and writable by a stale translation", after, m);
	was_writable[m] = counts[m].writable_now;
}

void machine_recount(const char *after)
{
	after_what = after;
	memset(counts, 0, sizeof(counts));
	for (u64 m = 0; m < FRAMES; m++)
		if (FS_TREFS(frame_table[m].state) &&
		    ftype_is_table(state_type(frame_table[m].state)))
			count_table(m, state_type(frame_table[m].state));
	count_vcpu(&vcpus[0]);
	count_vcpu(&vcpus[1]);
	for (u64 m = 0; m < FRAMES; m++)
		frame_compare(m, after);
}
