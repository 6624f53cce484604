/* SPDX-License-Identifier: MIT */
/*
 * The hypercall grant_table_op: walks the guest's list, one element at a time, with a look at other work in
 * between; and the small operations on the table itself. Version 1 only: guests fall back to it.
 */
#include <grant/table.h>

#include <lib/fail.h>
#include <lib/string.h>
#include <x86/cpu.h>
#include <x86/paging.h>

/* The table that an operation on a whole table means: the caller's, or any for dom0. Referenced. */
static int target_get(struct domain *self, domid_t id, struct domain **out)
{
	if (id != DOMID_SELF && id != self->id && !self->privileged)
		return fail(GNTST_permission_denied, "the table of domain %u is not the caller's",
			    id);
	return grant_domain_get(self, id, out);
}

static int frames_tell(struct domain *d, const struct gnttab_setup_table *op)
{
	mfn_t m;

	if (op->nr_frames > d->grants->max_frames)
		return fail(GNTST_general_error, "%u grant frames asked for, domain %u may have %u",
			    op->nr_frames, d->id, d->grants->max_frames);
	for (u32 i = 0; i < op->nr_frames; i++) {
		if (grant_get_frame(d, i, &m))
			return GNTST_general_error;
		if (guest_write(op->frame_list.p, i, &m.n))
			return fail(GNTST_bad_virt_addr, "list of frames at %lx",
				    (u64)op->frame_list.p);
	}
	return GNTST_okay;
}

static int op_setup_table(struct grant_batch *b, void *arg)
{
	const struct gnttab_setup_table *op = arg;
	struct domain *d;
	int st = target_get(b->self, op->dom, &d);

	if (st)
		return st;
	st = frames_tell(d, op);
	domain_put(d);
	return st;
}

static int op_query_size(struct grant_batch *b, void *arg)
{
	struct gnttab_query_size *op = arg;
	struct domain *d;
	int st = target_get(b->self, op->dom, &d);

	if (st)
		return st;
	op->nr_frames = READ_ONCE(d->grants->frames);
	op->max_nr_frames = d->grants->max_frames;
	domain_put(d);
	return GNTST_okay;
}

#define GRANT_OP(run, name)                                             \
	{                                                               \
		run, sizeof(struct name), offsetof(struct name, status) \
	}

/* What no kernel asks of version 1 is not offered: transfer, dump, swap, replacing, the cache. */
static const struct grant_op {
	grant_op_fn *run;
	u8 size, status_at;
} grant_ops[] = {
	[GNTTABOP_map_grant_ref] = GRANT_OP(grant_op_map, gnttab_map_grant_ref),
	[GNTTABOP_unmap_grant_ref] = GRANT_OP(grant_op_unmap, gnttab_unmap_grant_ref),
	[GNTTABOP_setup_table] = GRANT_OP(op_setup_table, gnttab_setup_table),
	[GNTTABOP_copy] = GRANT_OP(grant_op_copy, gnttab_copy),
	[GNTTABOP_query_size] = GRANT_OP(op_query_size, gnttab_query_size),
};

/* Stops at an element that can not be read or written; what was unmapped before is finished in any case. */
static int list_run(struct domain *self, const struct grant_op *op, u8 *list, u32 n)
{
	struct grant_batch b = { .self = self, .n_unmapped = 0 };
	union {
		struct gnttab_copy largest;
		u8 bytes[sizeof(struct gnttab_copy)];
	} arg;
	int err = 0;

	for (u32 i = 0; !err && i < n; i++, list += op->size) {
		err = guest_copy_in(&arg, list, op->size);
		if (err)
			break;
		*(int16_t *)&arg.bytes[op->status_at] = op->run(&b, &arg);
		err = guest_copy_out(list, &arg, op->size);
	}
	grant_unmap_finish(&b);
	return err ? fail(err, "list of operations at %lx", (u64)list) : 0;
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
	u32 cmd = hc->arg[0], left = hc->arg[2];

	if (cmd == GNTTABOP_set_version)
		return set_version(hc);
	if (cmd >= ARRAY_SIZE(grant_ops) || !grant_ops[cmd].run)
		return -ENOSYS;
	if ((s32)left < 0)
		return fail(-EINVAL, "a list of %u elements", left);
	while (left) {
		u32 n = MIN(left, (u32)GRANT_BATCH);
		int err = list_run(current()->dom, &grant_ops[cmd], HC_PTR(hc, 1, u8), n);

		if (err)
			return err;
		left -= n;
		hc->arg[1] += (u64)n * grant_ops[cmd].size;
		hc->arg[2] = left;
		if (left && preempt_window())
			return -ERESTART;
	}
	return 0;
}
