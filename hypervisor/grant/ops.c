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

/*
 * The domain whose whole table an operation is about: the caller, or any for dom0. Referenced.
 * GNTST_okay, GNTST_permission_denied or GNTST_bad_domain.
 */
static int target_get(struct domain *self, domid_t id, struct domain **out)
{
	if (id != DOMID_SELF && id != self->id && !self->privileged)
		return refuse(GNTST_permission_denied, "d%u is not the caller", id);

	return grant_domain_get(self, id, out);
}

/* Writes the frames of @d's table to the guest's list. */
static int frames_tell(struct domain *d, const struct gnttab_setup_table *op)
{
	mfn_t m;

	if (op->nr_frames > d->grants->max_frames)
		return refuse(GNTST_general_error, "d%u asks for %u grant frames and may have %u",
			      d->id, op->nr_frames, d->grants->max_frames);

	for (u32 i = 0; i < op->nr_frames; i++) {
		if (grant_get_frame(d, i, &m))
			return GNTST_general_error; /* the reason is in the log */

		if (guest_write(op->frame_list.p, i, &m.n))
			return refuse(GNTST_bad_virt_addr, "the list of frames at %#lx",
				      (u64)op->frame_list.p);
	}

	return GNTST_okay;
}

static int op_setup_table(struct grant_batch *b, void *arg)
{
	const struct gnttab_setup_table *op = arg;
	struct domain *d;
	int status = target_get(b->self, op->dom, &d);

	if (status)
		return status;

	status = frames_tell(d, op);
	domain_put(d);
	return status;
}

static int op_query_size(struct grant_batch *b, void *arg)
{
	struct gnttab_query_size *op = arg;
	struct domain *d;
	int status = target_get(b->self, op->dom, &d);

	if (status)
		return status;

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

/* Room for an element of any operation's list. */
union element {
	struct gnttab_copy largest;
	u8 bytes[sizeof(struct gnttab_copy)];
};

/* One element: copied in, run, and given back with its status. 0 or -EFAULT. */
static int element_run(struct grant_batch *b, const struct grant_op *op, u8 *at)
{
	union element e;
	int16_t *status = (int16_t *)&e.bytes[op->status_at];
	int rc = guest_copy_in(&e, at, op->size);

	if (rc)
		return rc;

	*status = op->run(b, &e);
	return guest_copy_out(at, &e, op->size);
}

/* Stops at an element that can not be read or written; what was unmapped before is finished. */
static int list_run(struct domain *self, const struct grant_op *op, u8 *list, u32 n)
{
	struct grant_batch b = { .self = self, .n_unmapped = 0 };
	int rc = 0;

	for (u32 i = 0; i < n; i++) {
		rc = element_run(&b, op, list + (u64)i * op->size);
		if (rc) {
			rc = fail(rc, "element %u of the list at %#lx", i, (u64)list);
			break;
		}
	}

	grant_unmap_finish(&b);
	return rc;
}

static long set_version(struct hypercall *hc)
{
	struct gnttab_set_version v;

	if (guest_copy_in(&v, HC_PTR(hc, 1, void), sizeof(v)))
		return fail(-EFAULT, "the argument of set_version");

	/* Every kernel asks for version 2 first: no word in the log. */
	if (v.version != 1)
		return -ENOSYS;

	return 0;
}

long hc_grant_table_op(struct hypercall *hc)
{
	u32 cmd = hc->arg[0];
	u32 left = hc->arg[2];

	if (cmd == GNTTABOP_set_version)
		return set_version(hc);

	if (cmd >= ARRAY_SIZE(grant_ops) || !grant_ops[cmd].run)
		return -ENOSYS;

	/* The ABI's count is signed. */
	if ((s32)left < 0)
		return fail(-EINVAL, "a list of %u elements", left);

	while (left) {
		u32 n = MIN(left, (u32)GRANT_BATCH);
		int rc = list_run(current()->dom, &grant_ops[cmd], HC_PTR(hc, 1, u8), n);

		if (rc)
			return rc;

		left -= n;
		hc->arg[1] += (u64)n * grant_ops[cmd].size;
		hc->arg[2] = left;

		if (left && preempt_window())
			return -ERESTART;
	}

	return 0;
}
