/* SPDX-License-Identifier: MIT */
/*
 * The hypercall grant_table_op: walks the guest's list, one element at a time, with a look at other
 * work in between; and the small operations on the table itself. Version 1 only: guests fall back
 * to it.
 */
#include <grant/table.h>

#include <lib/fail.h>
#include <lib/string.h>
#include <x86/cpu.h>
#include <x86/paging.h>

/* Elements between two looks at other work. */
#define LIST_BATCH UNMAP_BATCH

void grant_op_swap(struct domain *self, void *arg)
{
	struct gnttab_swap_grant_ref *op = arg;
	struct grant_table *t = self->grants;
	u32 n, a = op->ref_a, b = op->ref_b;

	spin_lock(&t->lock);
	n = t->dead ? 0 : t->frames * ENTRIES_PER_FRAME;
	if (a >= n || b >= n)
		op->status = fail(GNTST_bad_gntref, "no grant %u or %u", a, b);
	else
		op->status = entry_swap(&t->shared[a / ENTRIES_PER_FRAME][a % ENTRIES_PER_FRAME],
					&t->use[a / ENTRIES_PER_FRAME][a % ENTRIES_PER_FRAME],
					&t->shared[b / ENTRIES_PER_FRAME][b % ENTRIES_PER_FRAME],
					&t->use[b / ENTRIES_PER_FRAME][b % ENTRIES_PER_FRAME]);
	spin_unlock(&t->lock);
}

/* The table that an operation on a whole table means: the caller's, or any for dom0. Referenced. */
static int target_get(struct domain *self, domid_t id, struct domain **out)
{
	if (id != DOMID_SELF && id != self->id && !self->privileged)
		return fail(GNTST_permission_denied, "the table of domain %u is not the caller's",
			    id);
	*out = grant_domain_get(self, id);
	return *out ? GNTST_okay : fail(GNTST_bad_domain, "no domain %u", id);
}

static int table_setup(struct domain *d, const struct gnttab_setup_table *op)
{
	struct grant_table *t = d->grants;
	xen_pfn_t mfn;
	int err;

	spin_lock(&t->lock);
	err = table_grow(d, op->nr_frames);
	spin_unlock(&t->lock);
	if (err)
		return GNTST_general_error;
	for (u32 i = 0; i < op->nr_frames; i++) {
		mfn_t m;

		if (grant_get_frame(d, i, &m))
			return GNTST_general_error;
		mfn = m.n;
		if (guest_write(op->frame_list.p, i, &mfn))
			return fail(GNTST_bad_virt_addr, "list of frames at %lx",
				    (u64)op->frame_list.p);
	}
	return GNTST_okay;
}

static void op_setup_table(struct domain *self, void *arg)
{
	struct gnttab_setup_table *op = arg;
	struct domain *d;

	op->status = target_get(self, op->dom, &d);
	if (op->status)
		return;
	op->status = table_setup(d, op);
	domain_put(d);
}

static void op_query_size(struct domain *self, void *arg)
{
	struct gnttab_query_size *op = arg;
	struct domain *d;

	op->status = target_get(self, op->dom, &d);
	if (op->status)
		return;
	op->nr_frames = grant_frame_count(d);
	op->max_nr_frames = d->grants->max_frames;
	domain_put(d);
}

static void op_dump_table(struct domain *self, void *arg)
{
	struct gnttab_dump_table *op = arg;
	struct domain *d;

	op->status = self->privileged ? target_get(self, op->dom, &d) : GNTST_permission_denied;
	if (op->status)
		return;
	grant_dump(d);
	domain_put(d);
}

static void op_get_version(struct domain *self, void *arg)
{
	((struct gnttab_get_version *)arg)->version = 1;
}

static void op_get_status_frames(struct domain *self, void *arg)
{
	/* version 1 has none */
	((struct gnttab_get_status_frames *)arg)->status = GNTST_general_error;
}

static const struct grant_op {
	void (*run)(struct domain *self, void *op);
	u8 size;
} grant_ops[] = {
	[GNTTABOP_map_grant_ref] = { grant_op_map, sizeof(struct gnttab_map_grant_ref) },
	[GNTTABOP_setup_table] = { op_setup_table, sizeof(struct gnttab_setup_table) },
	[GNTTABOP_dump_table] = { op_dump_table, sizeof(struct gnttab_dump_table) },
	[GNTTABOP_copy] = { grant_op_copy, sizeof(struct gnttab_copy) },
	[GNTTABOP_query_size] = { op_query_size, sizeof(struct gnttab_query_size) },
	[GNTTABOP_get_version] = { op_get_version, sizeof(struct gnttab_get_version) },
	[GNTTABOP_get_status_frames] = { op_get_status_frames,
					 sizeof(struct gnttab_get_status_frames) },
	[GNTTABOP_swap_grant_ref] = { grant_op_swap, sizeof(struct gnttab_swap_grant_ref) },
	/*
	 * unmap_grant_ref is walked in batches. Not offered: transfer, unmap_and_replace,
	 * cache_flush, version 2.
	 */
};

static int list_batch(struct domain *self, const struct grant_op *op, u8 *list, u32 n)
{
	union {
		struct gnttab_copy copy;
		u8 bytes[64];
	} arg;

	for (u32 i = 0; i < n; i++) {
		if (guest_copy_in(&arg, list + i * op->size, op->size))
			return fail(-EFAULT, "list of operations at %lx", (u64)list);
		op->run(self, &arg);
		if (guest_copy_out(list + i * op->size, &arg, op->size))
			return fail(-EFAULT, "list of operations at %lx", (u64)list);
	}
	return 0;
}

static long set_version(struct hypercall *hc)
{
	struct gnttab_set_version v;

	if (guest_copy_in(&v, HC_PTR(hc, 1, void), sizeof(v)))
		return fail(-EFAULT, "argument of set_version");
	return v.version == 1 ? 0 : -ENOSYS; /* no words: every kernel asks for 2 first */
}

long hc_grant_table_op(struct hypercall *hc)
{
	struct domain *self = current()->dom;
	u32 cmd = hc->arg[0], left = hc->arg[2], size;
	bool unmap = cmd == GNTTABOP_unmap_grant_ref;

	if (cmd == GNTTABOP_set_version)
		return set_version(hc);
	if (!unmap && (cmd >= ARRAY_SIZE(grant_ops) || !grant_ops[cmd].run))
		return -ENOSYS;
	if ((s32)left < 0)
		return fail(-EINVAL, "a list of %u elements", left);
	size = unmap ? sizeof(struct gnttab_unmap_grant_ref) : grant_ops[cmd].size;
	while (left) {
		u32 n = MIN(left, (u32)LIST_BATCH);
		int err = unmap ? grant_unmap_batch(self,
						    HC_PTR(hc, 1, struct gnttab_unmap_grant_ref), n)
				: list_batch(self, &grant_ops[cmd], HC_PTR(hc, 1, u8), n);

		if (err)
			return err;
		left -= n;
		hc->arg[1] += (u64)n * size;
		hc->arg[2] = left;
		if (left && preempt_window())
			return -ERESTART;
	}
	return 0;
}
