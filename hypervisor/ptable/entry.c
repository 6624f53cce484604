/* SPDX-License-Identifier: MIT */
/*
 * What one page-table entry may hold, and the references it takes: at level 1 on the frame it maps
 * (the domain's own, another's, or device memory, which has none), above on the table below it.
 */
#include <ptable/internal.h>
#include <x86/cpu.h>
#include <x86/features.h>
#include <x86/hooks.h>
#include <x86/spec.h>

/*
 * How the processor caches what @e maps. Page tables are write-back for everybody: what we check
 * must be what the processor walks. So is the RAM of a domain without devices, whatever it writes:
 * if two mappings of a frame are cached otherwise, one may show what the other overwrote. (Where
 * nothing but RAM is mapped entry_cache_fit would find that too: two looks at it are meant.)
 */
static pte_t cache_bits_clear(const struct domain *d, pte_t e, u32 level)
{
	if (level > 1)
		return e & ~PTE_CACHE;
	if (!d->privileged)
		return e & ~PTE_CACHE_L1;

	return e;
}

inline int entry_check(const struct domain *d, pte_t *e, u32 level)
{
	u64 reserved = PTE_ADDR & ~((1ul << features.phys_bits) - 1);

	if (*e & reserved)
		return fail(-EINVAL, "L%u entry %#lx has more address bits than the %u there are",
			    level, *e, features.phys_bits);
	if (level > 1 && (*e & PTE_PSE))
		return fail(-EINVAL, "L%u entry %#lx maps a large page", level, *e);

	*e = (cache_bits_clear(d, *e, level) | PTE_U) & ~PTE_G;
	return 0;
}

/*
 * What the processor may take an absent entry's address for: its bits above those that there are do
 * not count. Memory ends where the frame table does; below lie also firmware and its own memory.
 * Page 0 holds no secret, and an entry that names nothing else has it. Linux stores the offsets of
 * swapped pages and the numbers of pages without access inverted, which is far above any memory.
 */
int entry_check_absent(const struct domain *d, pte_t e, u32 level)
{
	u64 addr = e & PTE_ADDR & ((1ul << features.phys_bits) - 1);

	if (!addr || addr >> PAGE_SHIFT >= frame_count)
		return 0;

	/* Who drives the machine reads all memory anyway. */
	if (d->privileged || !spec_uses(DEFENCE_L1TF))
		return 0;

	return fail(-EINVAL, "L%u entry %#lx is not present and names memory (L1TF)", level, e);
}

/* Does one mapping alone refer to @f, beside its allocation? */
static bool mapped_once(const struct frame *f)
{
	fstate_t s = READ_ONCE(f->state);

	return FS_HAS(s, FS_ALLOCATED) && FS_REFS(s) == 2;
}

/*
 * For a frame of its own that nothing else maps, @d changes how it is cached. Others take their
 * reference first and then look: who comes in between finds the new way, and here it is seen.
 */
static bool cache_change(const struct domain *d, struct frame *f, u32 cache)
{
	u32 was = frame_cache(f);
	int rc;

	if (!d->privileged || f->owner != d || f->flags & FRAME_SHARED || !mapped_once(f))
		return false;

	rc = frame_cache_set(f, cache);
	if (rc)
		return false;
	if (mapped_once(f))
		return true;

	rc = frame_cache_set(f, was);
	assert(!rc);
	return false;
}

inline void entry_cache_fit(const struct domain *d, pte_t *e)
{
	struct frame *f = frame_of(pte_mfn(*e));
	u32 asked = pte_cache(*e);

	/* Registers of devices are cached as their driver says. */
	if (!f || asked == frame_cache(f) || cache_change(d, f, asked))
		return;

	*e = (*e & ~PTE_CACHE_L1) | pte_cache_bits(frame_cache(f));
}

/* Takes what the L1 entry *@e of a table of @d maps: a frame of @of. pt.lock is held. */
static int map_get(struct domain *d, struct domain *of, pte_t *entry)
{
	pte_t e = *entry;
	mfn_t m = pte_mfn(e);
	struct frame *f = frame_of(m);
	int rc;

	if (!f) {
		if (hook_iomem_permitted(d, m))
			return 0;
		return fail(-EINVAL, "frame %#lx is not RAM, and not the domain's to map", m.n);
	}
	if (!of)
		return fail(-EINVAL, "frame %#lx is RAM, not device memory", m.n);

	/* What is a descriptor page only because it was faulted in as LDT may be written again. */
	if ((e & PTE_RW) && of == d && is_desc(f))
		ldt_put_all(d);

	rc = frame_get_mapping(f, of, e & PTE_RW);
	if (!rc)
		entry_cache_fit(d, entry);

	return rc;
}

int entry_get(struct pt_work *w, struct domain *of, pte_t *e, u32 level)
{
	struct frame *f;
	int rc = entry_check(w->d, e, level);

	if (rc)
		return rc;

	if (level == 1)
		return map_get(w->d, of, e);

	f = frame_of(pte_mfn(*e));
	if (!f)
		return fail(-EINVAL, "L%u entry %#lx refers to no RAM", level, *e);

	return work_get(w, f, (enum ftype)(level - 1));
}

void entry_put(struct pt_work *w, pte_t e, u32 level)
{
	struct frame *f = frame_of(pte_mfn(e));

	assert(spin_held(&w->d->pt.lock));

	if (level > 1)
		work_put(w, f);
	else if (f)
		frame_put_mapping(f, e & PTE_RW);
}
