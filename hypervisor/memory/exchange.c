/* SPDX-License-Identifier: MIT */
/*
 * XENMEM_exchange: a guest trades frames for as many others, to get them adjacent or below an
 * address. All at once: the old frames are checked and the new ones allocated before anything
 * changes, so there is a limit to how many.
 */
#include <frame/alloc.h>
#include <lib/fail.h>
#include <lib/string.h>
#include <memory/memory.h>
#include <x86/cpu.h>
#include <x86/paging.h>

struct trade {
	const struct xen_memory_exchange *x;
	struct domain *d;
	struct frame **old, **fresh; /* frames that are referenced, extents that are allocated */
	u32 n_old, n_fresh;
};

static int trade_check(const struct xen_memory_exchange *x)
{
	u64 n_in = x->in.nr_extents, n_out = x->out.nr_extents;
	u32 in = x->in.extent_order, out = x->out.extent_order;
	u64 most = 1ul << extent_order_max(current()->dom);

	if (in > MAX_ORDER || out > MAX_ORDER || n_in > most >> in || n_out > most >> out)
		return fail(-EPERM, "exchange of %lu << %u frames, at most %lu at once", n_in, in,
			    most);
	if (!n_in || n_in << in != n_out << out || x->nr_exchanged)
		return fail(-EINVAL, "exchange of %lu << %u for %lu << %u frames, %lu of it done",
			    n_in, in, n_out, out, x->nr_exchanged);
	if (x->in.domid != x->out.domid)
		return fail(-EINVAL, "exchange between domains %u and %u", x->in.domid,
			    x->out.domid);
	return 0;
}

/* A frame can go if nothing but the allocation and our own look at it holds it. */
static int old_take(struct trade *t, mfn_t m)
{
	struct frame *f = frame_of(m);
	fstate_t s;

	if (!f || !frame_get(f, t->d))
		return fail(-EINVAL, "frame %#lx to exchange is not of d%u", m.n, t->d->id);
	t->old[t->n_old++] = f;
	s = READ_ONCE(f->state);
	if (f->flags & FRAME_SHARED || !FS_HAS(s, FS_ALLOCATED) || FS_REFS(s) != 2 || FS_TREFS(s))
		return fail(-EINVAL, "frame %#lx to exchange: %lu references, %lu of a type", m.n,
			    FS_REFS(s) - 1, FS_TREFS(s));
	return 0;
}

static int olds_take(struct trade *t)
{
	const struct xen_memory_reservation *in = &t->x->in;
	int ret = 0;
	u64 mfn;

	for (u64 i = 0; i < in->nr_extents && !ret; i++) {
		if (guest_read(&mfn, in->extent_start.p, i))
			return -EFAULT;
		for (u64 k = 0; k < 1ul << in->extent_order && !ret; k++)
			ret = old_take(t, MFN(mfn + k));
	}
	return ret;
}

static int fresh_alloc(struct trade *t)
{
	u32 order = t->x->out.extent_order, bits = extent_address_bits(t->x->out.mem_flags);

	while (t->n_fresh < t->x->out.nr_extents) {
		struct frame *f = frames_alloc(order, bits);

		if (!f)
			return -ENOMEM; /* Linux tries one address width after the other: no word */
		memset(mfn_to_virt(frame_mfn(f)), 0, PAGE_SIZE << order);
		t->fresh[t->n_fresh++] = f;
	}
	return 0;
}

static void trade_undo(struct trade *t)
{
	while (t->n_old)
		frame_put(t->old[--t->n_old]);
	while (t->n_fresh)
		frames_free(t->fresh[--t->n_fresh], t->x->out.extent_order);
}

/*
 * The old frames go first: a domain at its limit has no room for both. A frame that the guest began
 * to use in this very moment stays with it, and may then cost it the new one: its own race.
 */
static int trade_commit(struct trade *t)
{
	const struct xen_memory_reservation *out = &t->x->out;
	u64 pfn, mfn;
	int ret = 0;

	for (u32 i = 0; i < t->n_old; i++)
		frame_unallocate(t->old[i]);
	while (t->n_old)
		frame_put(t->old[--t->n_old]);
	while (t->n_fresh && !ret) {
		struct frame *f = t->fresh[--t->n_fresh];

		if (guest_read(&pfn, out->extent_start.p, t->n_fresh))
			pfn = PFN_NONE.n;
		mfn = frame_mfn(f).n;
		ret = extent_give(t->d, f, out->extent_order, PFN(pfn));
		if (!ret && guest_write(out->extent_start.p, t->n_fresh, &mfn))
			domain_log(t->d, "exchange: the list of new frames is not writable");
	}
	return ret;
}

long op_memory_exchange(struct domain *d, struct xen_memory_exchange *x)
{
	struct trade t = { .x = x, .d = d };
	u64 n;
	int rc;

	rc = trade_check(x);
	if (rc)
		return rc;

	n = x->in.nr_extents << x->in.extent_order;
	t.old = heap_alloc(2 * n * sizeof(*t.old));
	if (!t.old)
		return fail(-ENOMEM, "no memory for an exchange of %lu frames", n);
	t.fresh = t.old + n;

	rc = olds_take(&t);
	if (!rc)
		rc = fresh_alloc(&t);
	if (!rc)
		rc = trade_commit(&t);

	trade_undo(&t);
	heap_free(t.old);
	if (!rc)
		x->nr_exchanged = x->in.nr_extents;
	return rc;
}
