/* SPDX-License-Identifier: MIT */
/*
 * A domain's frames by lists of extents: taking new ones (increase, populate) and giving some back
 * (decrease). The answer is how many extents were done; a long list is interrupted, and goes on at the
 * extent that the upper bits of the command name, as the ABI has it.
 */
#include <ctl/memory.h>
#include <ctl/state.h>
#include <frame/alloc.h>
#include <lib/fail.h>
#include <x86/cpu.h>
#include <x86/paging.h>

#define PREEMPT_PAGES 64 /* cleared between two looks at what waits */

/* Larger blocks than 2 MiB are for who drives devices. */
u32 extent_order_max(const struct domain *d)
{
	return d->privileged ? 12 : 9;
}

u32 extent_address_bits(u32 mem_flags)
{
	u32 bits = XENMEMF_get_address_bits(mem_flags);

	return bits ? bits : ADDR_ANY;
}

/* The whole block goes, or what of it is not still mapped somewhere. */
void extent_free(struct frame *f, u32 order)
{
	for (u64 i = 0; i < 1ul << order; i++)
		frame_unallocate(f + i);
}

static int extent_alloc(struct domain *d, const struct xen_memory_reservation *r, struct frame **f)
{
	if (!claim_take(d, 1ul << r->extent_order))
		return fail(-ENOMEM, "the free frames are claimed by other domains");
	return domain_alloc_frames(d, r->extent_order, extent_address_bits(r->mem_flags), f);
}

static int increase_one(struct domain *d, const struct xen_memory_reservation *r, u64 i)
{
	struct frame *f;
	u64 mfn;
	int ret = extent_alloc(d, r, &f);

	if (ret || !r->extent_start.p)
		return ret;
	mfn = frame_mfn(f).n;
	if (!guest_write(r->extent_start.p, i, &mfn))
		return 0;
	extent_free(f, r->extent_order);
	return -EFAULT;
}

static int populate_one(struct domain *d, const struct xen_memory_reservation *r, u64 i)
{
	u64 pfn, mfn, pages = 1ul << r->extent_order;
	struct frame *f;
	int ret;

	if (guest_read(&pfn, r->extent_start.p, i))
		return -EFAULT;
	if (pfn + pages < pfn)
		return fail(-EINVAL, "pfn %#lx", pfn);
	ret = extent_alloc(d, r, &f);
	if (ret)
		return ret;
	mfn = frame_mfn(f).n;
	if (guest_write(r->extent_start.p, i, &mfn)) {
		extent_free(f, r->extent_order);
		return -EFAULT;
	}
	for (u64 k = 0; k < pages; k++)
		m2p_set(MFN(mfn + k), PFN(pfn + k));
	if (pfn + pages - 1 > d->max_pfn) /* a hint for the tools: a lost race does no harm */
		d->max_pfn = pfn + pages - 1;
	return 0;
}

/* What we gave it to share is not its own to give back. */
static int frame_give_back(struct domain *d, mfn_t m)
{
	struct frame *f = frame_of(m);

	if (!f || !frame_get(f, d))
		return fail(-EINVAL, "frame %#lx is not of d%u", m.n, d->id);
	if (f->flags & FRAME_SHARED || !frame_unallocate(f)) {
		frame_put(f);
		return fail(-EINVAL, "frame %#lx of d%u can not be given back", m.n, d->id);
	}
	frame_put(f);
	return 0;
}

static int decrease_one(struct domain *d, const struct xen_memory_reservation *r, u64 i)
{
	u64 mfn;
	int ret = 0;

	if (guest_read(&mfn, r->extent_start.p, i))
		return -EFAULT;
	for (u64 k = 0; k < 1ul << r->extent_order && !ret; k++)
		ret = frame_give_back(d, MFN(mfn + k));
	return ret;
}

typedef int extent_fn(struct domain *d, const struct xen_memory_reservation *r, u64 i);

static int order_check(u64 op, u32 order)
{
	u32 most = op == XENMEM_decrease_reservation ? MAX_ORDER : extent_order_max(current()->dom);

	if (order > most)
		return fail(-EINVAL, "extents of 2^%u frames, at most 2^%u", order, most);
	return 0;
}

/* Returns the extents done, or -ERESTART with the next one in the command. */
static long extents_run(struct hypercall *hc, struct domain *d, const struct xen_memory_reservation *r,
			extent_fn *fn, u64 start)
{
	u64 done = start, pages = 0;

	for (; done < r->nr_extents; done++) {
		if (pages >= PREEMPT_PAGES) {
			pages = 0;
			if (preempt_window()) {
				hc->arg[0] = (hc->arg[0] & MEMOP_CMD_MASK) | done << MEMOP_EXTENT_SHIFT;
				return -ERESTART;
			}
		}
		if (fn(d, r, done))
			break;
		pages += 1ul << r->extent_order;
	}
	return done;
}

static long reservation(struct hypercall *hc, extent_fn *fn)
{
	u64 op = hc->arg[0] & MEMOP_CMD_MASK, start = hc->arg[0] >> MEMOP_EXTENT_SHIFT;
	struct xen_memory_reservation r;
	struct domain *d;
	long ret = start;
	int err;

	if (guest_copy_in(&r, HC_PTR(hc, 1, void), sizeof(r)))
		return start;
	if (start >= r.nr_extents || r.nr_extents > ~0ul >> (MEMOP_EXTENT_SHIFT + 1))
		return start;
	if (order_check(op, r.extent_order))
		return start;
	d = domain_target(r.domid, &err);
	if (!d)
		return err == -EPERM ? err : (long)start;
	ret = extents_run(hc, d, &r, fn, start);
	domain_put(d);
	return ret;
}

long mem_increase(struct hypercall *hc)
{
	return reservation(hc, increase_one);
}

long mem_decrease(struct hypercall *hc)
{
	return reservation(hc, decrease_one);
}

long mem_populate(struct hypercall *hc)
{
	return reservation(hc, populate_one);
}
