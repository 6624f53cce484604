/* SPDX-License-Identifier: MIT */
/*
 * XENMEM_exchange: a guest trades frames for as many others, to get them adjacent or below an
 * address. Done in chunks of the larger extent size: a chunk's old frames are checked and its new
 * ones allocated before anything changes. How many are done is kept in the guest's own argument.
 */
#include <ctl/memory.h>
#include <ctl/state.h>
#include <frame/alloc.h>
#include <lib/fail.h>
#include <lib/string.h>
#include <x86/cpu.h>
#include <x86/paging.h>

struct chunk {
	const struct xen_memory_exchange *x;
	struct domain *d;
	u32 order;	     /* frames in all: 2^order */
	u64 in_first, out_first; /* indices of its extents in the guest's lists */
	u32 in_held;	     /* frames of ->frames that are referenced */
	u32 out_held;	     /* extents of ->fresh that are allocated */
	struct frame **frames, **fresh;
};

static int exchange_check(const struct xen_memory_exchange *x)
{
	u32 in = x->in.extent_order, out = x->out.extent_order, chunk = MAX(in, out);
	u32 most = extent_order_max(current()->dom);

	if (chunk > most)
		return fail(-EPERM, "exchange of blocks of 2^%u frames, at most 2^%u", chunk, most);
	if (x->in.nr_extents > 1ul << 40 || x->out.nr_extents > 1ul << 40 ||
	    x->in.nr_extents << in != x->out.nr_extents << out)
		return fail(-EINVAL, "exchange of %lu << %u for %lu << %u frames", x->in.nr_extents, in,
			    x->out.nr_extents, out);
	if ((x->in.nr_extents << in) % (1ul << chunk) || x->nr_exchanged > x->in.nr_extents ||
	    x->nr_exchanged % (1ul << (chunk - in)))
		return fail(-EINVAL, "exchange goes on at extent %lu of %lu", x->nr_exchanged,
			    x->in.nr_extents);
	if (x->in.domid != x->out.domid)
		return fail(-EINVAL, "exchange between domains %u and %u", x->in.domid, x->out.domid);
	return 0;
}

/* A frame can go if nothing but the allocation and our own look at it holds it. */
static int frame_check_idle(struct chunk *c, mfn_t m)
{
	struct frame *f = frame_of(m);
	fstate_t s;

	if (!f || !frame_get(f, c->d))
		return fail(-EINVAL, "frame %#lx to exchange is not of d%u", m.n, c->d->id);
	c->frames[c->in_held++] = f;
	s = READ_ONCE(f->state);
	if (f->flags & FRAME_SHARED || !FS_HAS(s, FS_ALLOCATED) || state_refs(s) != 2 || state_type_refs(s))
		return fail(-EINVAL, "frame %#lx to exchange is in use: %lu references, %lu of a type", m.n,
			    state_refs(s) - 1, state_type_refs(s));
	return 0;
}

static int chunk_check(struct chunk *c)
{
	u32 order = c->x->in.extent_order;
	u64 mfn;
	int ret = 0;

	for (u64 i = 0; i < 1ul << (c->order - order) && !ret; i++) {
		if (guest_read(&mfn, c->x->in.extent_start.p, c->in_first + i))
			return -EFAULT;
		for (u64 k = 0; k < 1ul << order && !ret; k++)
			ret = frame_check_idle(c, MFN(mfn + k));
	}
	return ret;
}

static int chunk_alloc(struct chunk *c)
{
	u32 order = c->x->out.extent_order, bits = extent_address_bits(c->x->out.mem_flags);

	for (u64 i = 0; i < 1ul << (c->order - order); i++) {
		struct frame *f = frames_alloc(order, bits);

		if (!f)
			return -ENOMEM; /* Linux tries one address width after the other: no word in the log */
		memset(mfn_to_virt(frame_mfn(f)), 0, PAGE_SIZE << order);
		c->fresh[c->out_held++] = f;
	}
	return 0;
}

static void chunk_undo(struct chunk *c)
{
	while (c->in_held)
		frame_put(c->frames[--c->in_held]);
	while (c->out_held)
		frames_free(c->fresh[--c->out_held], c->x->out.extent_order);
}

/*
 * The old frames go first: a domain at its limit has no room for both. A frame that the guest began
 * to use in this very moment stays with it, and may then cost it the new one: its own race.
 */
static int chunk_commit(struct chunk *c)
{
	u32 order = c->x->out.extent_order, n = c->out_held;
	u64 pfn, mfn;

	while (c->in_held) {
		struct frame *f = c->frames[--c->in_held];

		frame_unallocate(f);
		frame_put(f);
	}
	for (u32 i = 0; i < n; i++) {
		struct frame *f = c->fresh[i];

		if (guest_read(&pfn, c->x->out.extent_start.p, c->out_first + i))
			pfn = PFN_NONE.n;
		mfn = frame_mfn(f).n;
		if (extent_give(c->d, f, order, PFN(pfn))) {
			memmove(c->fresh, c->fresh + i + 1, (n - i - 1) * sizeof(*c->fresh));
			c->out_held = n - i - 1;
			return -ENOMEM;
		}
		if (guest_write(c->x->out.extent_start.p, c->out_first + i, &mfn))
			domain_log(c->d, "exchange: the list of new frames is not writable");
	}
	c->out_held = 0;
	return 0;
}

static int chunk_run(struct chunk *c)
{
	int ret = chunk_check(c);

	if (!ret)
		ret = chunk_alloc(c);
	if (!ret)
		ret = chunk_commit(c);
	chunk_undo(c);
	return ret;
}

long mem_exchange(struct domain *d, void *arg)
{
	struct xen_memory_exchange *x = arg;
	u32 in = x->in.extent_order, out = x->out.extent_order;
	struct chunk c = { .x = x, .d = d, .order = MAX(in, out) };
	int ret = exchange_check(x);

	if (ret)
		return ret;
	c.frames = heap_alloc(2 * sizeof(*c.frames) << c.order);
	if (!c.frames)
		return fail(-ENOMEM, "no memory for an exchange of 2^%u", c.order);
	c.fresh = c.frames + (1ul << c.order);
	while (x->nr_exchanged < x->in.nr_extents && !ret) {
		c.in_first = x->nr_exchanged;
		c.out_first = x->nr_exchanged << in >> out;
		ret = chunk_run(&c);
		if (ret)
			break;
		x->nr_exchanged += 1ul << (c.order - in);
		if (x->nr_exchanged < x->in.nr_extents && preempt_window())
			ret = -ERESTART;
	}
	heap_free(c.frames);
	return ret;
}
