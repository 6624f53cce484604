/* SPDX-License-Identifier: MIT */
/*
 * A domain's frames by lists of extents: taking new ones (increase, populate) and giving some back
 * (decrease). The answer is how many extents were done; a long list is interrupted, and goes on at
 * the extent that the upper bits of the command name, as the ABI has it.
 */
#include <frame/alloc.h>
#include <lib/fail.h>
#include <lib/string.h>
#include <memory/claim.h>
#include <memory/memory.h>
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

static void extent_name(struct frame *f, u32 order, pfn_t pfn)
{
	for (u64 k = 0; k < 1ul << order; k++)
		m2p_set(frame_mfn(f + k), mfn_valid(MFN(pfn.n)) ? PFN(pfn.n + k) : PFN_NONE);
}

int extent_give(struct domain *d, struct frame *f, u32 order, pfn_t pfn)
{
	int ret;

	extent_name(f, order, pfn);
	ret = domain_add_frames(d, f, order);
	if (ret) {
		extent_name(f, order, PFN_NONE);
		frames_free(f, order);
	}
	return ret;
}

/*
 * Increase, or populate: then the list names a place. The guest learns the number of the block
 * before it is its own: what is not done is not in the count that it gets.
 */
static int extent_take(struct domain *d, const struct xen_memory_reservation *r, u64 i, bool named)
{
	u64 pages = 1ul << r->extent_order, pfn = PFN_NONE.n, mfn;
	struct frame *f;
	int rc;

	if (named && guest_read(&pfn, r->extent_start.p, i))
		return -EFAULT;
	if (named && pfn + pages < pfn)
		return fail(-EINVAL, "pfn %#lx", pfn);

	/* Looked at before the clearing, which takes its time; extent_give counts for good. */
	if (READ_ONCE(d->tot_pages) + pages > d->max_pages)
		return fail(-ENOMEM, "d%u has %lu of %lu frames", d->id, d->tot_pages,
			    d->max_pages);

	f = claim_alloc(d, r->extent_order, extent_address_bits(r->mem_flags));
	if (!f)
		return fail(-ENOMEM, "no free block of 2^%u frames, or other domains claim it",
			    r->extent_order);

	mfn = frame_mfn(f).n;
	if (r->extent_start.p && guest_write(r->extent_start.p, i, &mfn)) {
		frames_free(f, r->extent_order);
		return -EFAULT;
	}

	memset(mfn_to_virt(MFN(mfn)), 0, pages << PAGE_SHIFT);
	rc = extent_give(d, f, r->extent_order, PFN(pfn));

	/* A hint for the tools: a lost race does no harm. */
	if (!rc && named && pfn + pages - 1 > d->memory.max_pfn)
		d->memory.max_pfn = pfn + pages - 1;
	return rc;
}

/* What we gave it to share is not its own to give back. */
static int frame_give_back(struct domain *d, mfn_t m)
{
	struct frame *f = frame_of(m);
	bool done;

	if (!f || !frame_get(f, d))
		return fail(-EINVAL, "frame %#lx is not of d%u", m.n, d->id);
	done = !(f->flags & FRAME_SHARED) && frame_unallocate(f);
	frame_put(f);
	return done ? 0 : fail(-EINVAL, "frame %#lx of d%u can not be given back", m.n, d->id);
}

static int extent_give_back(struct domain *d, const struct xen_memory_reservation *r, u64 i)
{
	u64 mfn;
	int ret = 0;

	if (guest_read(&mfn, r->extent_start.p, i))
		return -EFAULT;
	for (u64 k = 0; k < 1ul << r->extent_order && !ret; k++)
		ret = frame_give_back(d, MFN(mfn + k));
	return ret;
}

/* Takes or gives back extent @i of the list. */
static int extent_run(struct domain *d, u32 op, const struct xen_memory_reservation *r, u64 i)
{
	if (op == XENMEM_decrease_reservation)
		return extent_give_back(d, r, i);
	return extent_take(d, r, i, op == XENMEM_populate_physmap);
}

/* Returns the extents done, or -ERESTART with the next one in the command. */
static long extents_run(struct hypercall *hc, u32 op, struct domain *d,
			const struct xen_memory_reservation *r, u64 done)
{
	u64 pages = 0;

	for (; done < r->nr_extents; done++) {
		if (extent_run(d, op, r, done))
			break;

		pages += 1ul << r->extent_order;
		if (pages < PREEMPT_PAGES || done + 1 == r->nr_extents)
			continue;

		pages = 0;
		if (preempt_window()) {
			hc->arg[0] = op | (done + 1) << MEMOP_EXTENT_SHIFT;
			return -ERESTART;
		}
	}
	return done;
}

static int order_check(u32 op, u32 order)
{
	u32 most = op == XENMEM_decrease_reservation ? MAX_ORDER : extent_order_max(current()->dom);

	if (order <= most)
		return 0;
	return fail(-EINVAL, "extents of 2^%u frames, at most 2^%u", order, most);
}

/* A list that is no good ends where it began: the answer is how many extents were done before. */
static long reservation_run(struct hypercall *hc, u32 op,
			    const struct xen_memory_reservation *guest)
{
	u64 start = hc->arg[0] >> MEMOP_EXTENT_SHIFT;
	struct xen_memory_reservation r;
	struct domain *d;
	long ret;
	int rc;

	if (guest_copy_in(&r, guest, sizeof(r)))
		return start;
	if (start >= r.nr_extents || r.nr_extents > ~0ul >> (MEMOP_EXTENT_SHIFT + 1))
		return start;
	if (order_check(op, r.extent_order))
		return start;

	d = domain_target(r.domid, &rc);
	if (!d)
		return rc == -EPERM ? rc : (long)start;

	ret = extents_run(hc, op, d, &r, start);
	domain_put(d);
	return ret;
}

long op_memory_increase_reservation(struct hypercall *hc, struct xen_memory_reservation *guest)
{
	return reservation_run(hc, XENMEM_increase_reservation, guest);
}

long op_memory_decrease_reservation(struct hypercall *hc, struct xen_memory_reservation *guest)
{
	return reservation_run(hc, XENMEM_decrease_reservation, guest);
}

long op_memory_populate_physmap(struct hypercall *hc, struct xen_memory_reservation *guest)
{
	return reservation_run(hc, XENMEM_populate_physmap, guest);
}
