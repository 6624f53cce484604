/* SPDX-License-Identifier: MIT */
/*
 * XENMEM_exchange: a guest trades frames for as many others, to get them adjacent or below an
 * address. All at once: the old frames are checked and the new ones allocated before anything
 * changes, so there is a limit to how many. How a frame becomes a domain's is reserve.c's.
 */
#include <frame/alloc.h>
#include <lib/fail.h>
#include <lib/string.h>
#include <memory/memory.h>
#include <x86/budget.h>
#include <x86/paging.h>

struct trade {
	const struct xen_memory_exchange *x;
	struct domain *d;
	struct frame **old;   /* with a reference each */
	struct frame **fresh; /* the first frames of allocated extents, nobody's yet */
	u32 n_old, n_fresh;
};

static int trade_check(const struct xen_memory_exchange *x)
{
	u64 n_in = x->in.nr_extents, n_out = x->out.nr_extents;
	u32 in = x->in.extent_order, out = x->out.extent_order;
	u64 most = 1ul << extent_order_max(current()->dom);

	if (in > MAX_ORDER || out > MAX_ORDER)
		return fail(-EPERM, "exchange of blocks of 2^%u for 2^%u frames", in, out);

	if (n_in > most >> in || n_out > most >> out)
		return fail(-EPERM, "exchange of %lu << %u frames, at most %lu at once", n_in, in,
			    most);

	if (!n_in || n_in << in != n_out << out)
		return fail(-EINVAL, "exchange of %lu << %u for %lu << %u frames", n_in, in, n_out,
			    out);

	if (x->nr_exchanged)
		return fail(-EINVAL, "exchange with %lu extents done already", x->nr_exchanged);

	if (x->in.domid != x->out.domid)
		return fail(-EINVAL, "exchange between d%u and d%u", x->in.domid, x->out.domid);

	return extent_flags_check(x->out.mem_flags);
}

/* A frame can go if nothing but the allocation and our own look at it holds it. */
static bool only_allocated(const struct frame *f)
{
	fstate_t s = READ_ONCE(f->state);

	if (f->flags & FRAME_SHARED)
		return false;

	return FS_HAS(s, FS_ALLOCATED) && FS_REFS(s) == 2 && !FS_TREFS(s);
}

static int old_take(struct trade *t, mfn_t m)
{
	struct frame *f = frame_of(m);
	fstate_t s;

	if (!f || !frame_get(f, t->d))
		return fail(-EINVAL, "frame %#lx to exchange is not d%u's", m.n, t->d->id);

	/* trade_undo puts the reference whatever follows. */
	t->old[t->n_old++] = f;

	if (!only_allocated(f)) {
		s = READ_ONCE(f->state);
		return fail(-EINVAL, "frame %#lx to exchange: %lu references, %lu of a type", m.n,
			    FS_REFS(s) - 1, FS_TREFS(s));
	}

	return 0;
}

static int old_extent_take(struct trade *t, u64 i)
{
	const struct xen_memory_reservation *in = &t->x->in;
	u64 mfn;

	if (guest_read(&mfn, in->extent_start.p, i))
		return fail(-EFAULT, "entry %lu of the list of old frames", i);

	for (u64 k = 0; k < 1ul << in->extent_order; k++) {
		int rc = old_take(t, MFN(mfn + k));

		budget_charge(BUDGET_FRAME / 4);
		budget_window();

		if (rc)
			return rc;
	}

	return 0;
}

static int old_take_all(struct trade *t)
{
	for (u64 i = 0; i < t->x->in.nr_extents; i++) {
		int rc = old_extent_take(t, i);

		if (rc)
			return rc;
	}

	return 0;
}

static int fresh_alloc(struct trade *t)
{
	u32 order = t->x->out.extent_order;
	u32 bits = extent_address_bits(t->x->out.mem_flags);

	while (t->n_fresh < t->x->out.nr_extents) {
		struct frame *f = frames_alloc(order, bits);

		/* Linux tries one address width after the other: no word in the log. */
		if (!f)
			return -ENOMEM;

		frames_clear(f, order);
		budget_charge(BUDGET_FRAME);
		t->fresh[t->n_fresh++] = f;
	}

	return 0;
}

static void old_put(struct trade *t)
{
	while (t->n_old) {
		frame_put(t->old[--t->n_old]);
		budget_charge(BUDGET_FRAME / 4);
		budget_window();
	}
}

static void trade_undo(struct trade *t)
{
	old_put(t);

	while (t->n_fresh) {
		extent_free(t->fresh[--t->n_fresh], t->x->out.extent_order);
		budget_charge(BUDGET_FRAME);
		budget_window();
	}
}

/* The new extent @i becomes the domain's, at the pfn that the list names, and is told there. */
static int fresh_give(struct trade *t, u32 i)
{
	const struct xen_memory_reservation *out = &t->x->out;
	struct frame *f = t->fresh[i];
	u64 mfn = frame_mfn(f).n;
	u64 pfn;
	int rc;

	/* Nothing can be refused any more: a frame without a place is better than none. */
	if (guest_read(&pfn, out->extent_start.p, i))
		pfn = PFN_NONE.n;

	rc = extent_give(t->d, f, out->extent_order, PFN(pfn));
	if (rc)
		return rc;

	if (guest_write(out->extent_start.p, i, &mfn))
		domain_log(t->d, "exchange: the list of new frames is not writable");
	return 0;
}

/*
 * The old frames go first: a domain at its limit has no room for both. A frame that the guest began
 * to use in this very moment stays with it, and may then cost it the new one: its own race.
 */
static int trade_commit(struct trade *t)
{
	for (u32 i = 0; i < t->n_old; i++) {
		frame_unallocate(t->old[i]);
		budget_charge(BUDGET_FRAME / 4);
		budget_window();
	}
	old_put(t);

	while (t->n_fresh) {
		int rc = fresh_give(t, --t->n_fresh);

		if (rc)
			return rc;

		budget_charge(BUDGET_FRAME);
		budget_window();
	}

	return 0;
}

/* Checks all, then commits; what is left in @t afterwards is for trade_undo. */
static int trade_run(struct trade *t)
{
	int rc;

	rc = old_take_all(t);
	if (rc)
		return rc;

	rc = fresh_alloc(t);
	if (rc)
		return rc;

	return trade_commit(t);
}

long op_memory_exchange(struct domain *d, struct xen_memory_exchange *x)
{
	struct trade t = { .x = x, .d = d };
	int rc = trade_check(x);
	u64 n;

	if (rc)
		return rc;

	/* There are no more new extents than old frames. */
	n = x->in.nr_extents << x->in.extent_order;
	t.old = heap_alloc(2 * n * sizeof(*t.old));
	if (!t.old)
		return fail(-ENOMEM, "no memory for an exchange of %lu frames", n);
	t.fresh = t.old + n;

	rc = trade_run(&t);
	trade_undo(&t);
	heap_free(t.old);
	if (rc)
		return rc;

	x->nr_exchanged = x->in.nr_extents;
	return 0;
}
