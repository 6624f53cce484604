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
#include <x86/budget.h>
#include <x86/paging.h>

#define NAME_LOOKS 2 /* of the budget, for a frame's entry of the m2p */

/* The largest block: 2 MiB, and 16 MiB for a domain that drives devices. */
#define ORDER_MAX            9
#define ORDER_MAX_PRIVILEGED 12

#define NODE_BITS 0xff00u /* of XENMEMF_*: a node's number and one */

u32 extent_order_max(const struct domain *d)
{
	if (d->privileged)
		return ORDER_MAX_PRIVILEGED;

	return ORDER_MAX;
}

/* A wish for a node is one: without EXACT it may come to nothing. */
int extent_flags_check(u32 mem_flags)
{
	u32 known = XENMEMF_get_address_bits(~0u) | NODE_BITS | XENMEMF_exact_node_request;

	if (mem_flags & ~known)
		return fail(-EINVAL, "memory flags %#x: no memory on demand, no virtual nodes",
			    mem_flags);

	if ((mem_flags & XENMEMF_exact_node_request) && XENMEMF_get_node(mem_flags))
		return fail(-EINVAL, "memory of node %u: there is one node, 0",
			    XENMEMF_get_node(mem_flags));

	return 0;
}

u32 extent_address_bits(u32 mem_flags)
{
	u32 bits = XENMEMF_get_address_bits(mem_flags);

	if (!bits)
		return ADDR_ANY;

	return bits;
}

/* Writes the block's place in the m2p; PFN_NONE takes it out. */
static void extent_name(struct frame *f, u32 order, pfn_t pfn)
{
	bool named = pfn.n != PFN_NONE.n;

	for (u64 k = 0; k < 1ul << order; k++) {
		if (named)
			m2p_set(frame_mfn(f + k), PFN(pfn.n + k));
		else
			m2p_set(frame_mfn(f + k), PFN_NONE);
		budget_charge(NAME_LOOKS);
		budget_window();
	}
}

void extent_free(struct frame *f, u32 order)
{
	budget_window_for(FREE_LOOKS << order);
	frames_free(f, order);
}

int extent_give(struct domain *d, struct frame *f, u32 order, pfn_t pfn)
{
	int rc;

	extent_name(f, order, pfn);
	budget_charge(BUDGET_FRAME);

	rc = domain_add_frames(d, f, order);
	if (rc) {
		extent_name(f, order, PFN_NONE);
		extent_free(f, order);
	}
	return rc;
}

/* --- increase and populate -------------------------------------------------------------------- */

/*
 * A free block for entry @i of the list. The guest learns its number before it is its own: what is
 * not done is not in the count that it gets. NULL: *rc has the error.
 */
static struct frame *block_take(struct domain *d, const struct xen_memory_reservation *r, u64 i,
				int *rc)
{
	struct frame *f;
	u64 mfn;

	f = claim_alloc(d, r->extent_order, extent_address_bits(r->mem_flags));
	if (!f) {
		*rc = fail(-ENOMEM, "no free block of 2^%u frames, or other domains claim it",
			   r->extent_order);
		return NULL;
	}

	budget_charge(BUDGET_FRAME);
	mfn = frame_mfn(f).n;
	if (r->extent_start.p && guest_write(r->extent_start.p, i, &mfn)) {
		extent_free(f, r->extent_order);
		*rc = fail(-EFAULT, "entry %lu of the list is not writable", i);
		return NULL;
	}

	return f;
}

/* Gives @d a block for entry @i of the list, at @pfn, or at no place for PFN_NONE. */
static int extent_add(struct domain *d, const struct xen_memory_reservation *r, u64 i, pfn_t pfn)
{
	u64 pages = 1ul << r->extent_order;
	struct frame *f;
	int rc;

	/* Before the block is cleared in vain. domain_add_frames decides. */
	if (READ_ONCE(d->tot_pages) + pages > d->max_pages)
		return fail(-ENOMEM, "d%u has %lu of %lu frames", d->id, d->tot_pages,
			    d->max_pages);

	f = block_take(d, r, i, &rc);
	if (!f)
		return rc;

	frames_clear(f, r->extent_order);
	return extent_give(d, f, r->extent_order, pfn);
}

static int extent_increase(struct domain *d, const struct xen_memory_reservation *r, u64 i)
{
	return extent_add(d, r, i, PFN_NONE);
}

/* The list names the place of each block. */
static int extent_populate(struct domain *d, const struct xen_memory_reservation *r, u64 i)
{
	u64 pages = 1ul << r->extent_order;
	u64 pfn;
	int rc;

	if (guest_read(&pfn, r->extent_start.p, i))
		return fail(-EFAULT, "entry %lu of the list is not readable", i);

	if (pfn + pages < pfn)
		return fail(-EINVAL, "pfn %#lx", pfn);

	rc = extent_add(d, r, i, PFN(pfn));
	if (rc)
		return rc;

	/* A hint for the tools: a lost race does no harm. */
	if (pfn + pages - 1 > d->memory.max_pfn)
		d->memory.max_pfn = pfn + pages - 1;
	return 0;
}

/* --- decrease --------------------------------------------------------------------------------- */

/* Takes a reference on frame @m of @d, which may be given back. */
static int given_frame_get(struct domain *d, mfn_t m, struct frame **f)
{
	*f = frame_of(m);
	if (!*f || !frame_get(*f, d))
		return fail(-EINVAL, "frame %#lx is not d%u's", m.n, d->id);

	/* Not what is shared with us: that we gave it ourselves. */
	if (!((*f)->flags & FRAME_SHARED) && FS_HAS((*f)->state, FS_ALLOCATED))
		return 0;

	frame_put(*f);
	return fail(-EINVAL, "frame %#lx of d%u can not be given back", m.n, d->id);
}

/* May all frames of the block at @m go? So none goes of one that is not counted as done. */
static int block_check(struct domain *d, mfn_t m, u32 order)
{
	struct frame *f;

	for (u64 k = 0; k < 1ul << order; k++) {
		int rc = given_frame_get(d, MFN(m.n + k), &f);

		if (rc)
			return rc;

		frame_put(f);
		budget_charge(BUDGET_FRAME / 4);
		budget_window();
	}

	return 0;
}

/* One frame. Another vcpu may have given it back since it was looked at. */
static int frame_give_back(struct domain *d, mfn_t m)
{
	struct frame *f;
	bool done;
	int rc;

	rc = given_frame_get(d, m, &f);
	if (rc)
		return rc;

	done = frame_unallocate(f);
	frame_put(f);

	if (!done)
		return fail(-EINVAL, "frame %#lx of d%u was given back already", m.n, d->id);

	return 0;
}

static int extent_decrease(struct domain *d, const struct xen_memory_reservation *r, u64 i)
{
	u64 mfn;
	int rc;

	if (guest_read(&mfn, r->extent_start.p, i))
		return fail(-EFAULT, "entry %lu of the list is not readable", i);

	rc = block_check(d, MFN(mfn), r->extent_order);

	for (u64 k = 0; !rc && k < 1ul << r->extent_order; k++) {
		budget_window();
		rc = frame_give_back(d, MFN(mfn + k));
	}

	return rc;
}

/* --- lists ------------------------------------------------------------------------------------ */

static int extent_run(struct domain *d, u32 op, const struct xen_memory_reservation *r, u64 i)
{
	switch (op) {
	case XENMEM_decrease_reservation:
		return extent_decrease(d, r, i);
	case XENMEM_populate_physmap:
		return extent_populate(d, r, i);
	default:
		return extent_increase(d, r, i);
	}
}

/* Returns the extents done, or -ERESTART with the next one in the command. */
static long extents_run(struct hypercall *hc, u32 op, struct domain *d,
			const struct xen_memory_reservation *r, u64 done)
{
	while (done < r->nr_extents) {
		/* The reason is in the log. The guest sees how many were done. */
		if (extent_run(d, op, r, done))
			return done;

		done++;
		budget_charge(BUDGET_CALL);
		if (done < r->nr_extents && budget_preempt()) {
			hc->arg[0] = op | done << MEMOP_EXTENT_SHIFT;
			return -ERESTART;
		}
	}

	return done;
}

/* Of blocks that are given back too: one is done as a whole, so it must not be large. */
static int order_check(u32 order)
{
	u32 most = extent_order_max(current()->dom);

	if (order > most)
		return fail(-EINVAL, "extents of 2^%u frames, at most 2^%u", order, most);

	return 0;
}

/* The reservation, of which @start extents are done already. */
static int reservation_in(struct xen_memory_reservation *r,
			  const struct xen_memory_reservation *guest, u32 op, u64 start)
{
	int rc;

	if (guest_copy_in(r, guest, sizeof(*r)))
		return fail(-EFAULT, "the reservation at %#lx is not readable", (u64)guest);

	/* More than the command has bits to go on at. */
	if (r->nr_extents > ~0ul >> (MEMOP_EXTENT_SHIFT + 1))
		return fail(-EINVAL, "%lu extents at once", r->nr_extents);

	rc = order_check(r->extent_order);
	if (!rc && op != XENMEM_decrease_reservation)
		rc = extent_flags_check(r->mem_flags);

	return rc;
}

/* By the ABI the answer to a bad list is not an error, but the number of extents done before. */
static long reservation_run(struct hypercall *hc, u32 op,
			    const struct xen_memory_reservation *guest)
{
	u64 start = hc->arg[0] >> MEMOP_EXTENT_SHIFT;
	struct xen_memory_reservation r;
	struct domain *d;
	long done;
	int rc;

	if (reservation_in(&r, guest, op, start) || start >= r.nr_extents)
		return start;

	d = domain_target(r.domid, &rc);
	if (!d && rc == -EPERM)
		return rc;
	if (!d)
		return start;

	done = extents_run(hc, op, d, &r, start);
	domain_put(d);
	return done;
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
