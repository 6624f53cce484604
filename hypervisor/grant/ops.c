/* SPDX-License-Identifier: MIT */
/*
 * The hypercall grant_table_op: walks the guest's list, one element at a time, with a look at other
 * work in between; and the small operations on the table itself. Version 1 only: guests fall back
 * to it.
 */
#include <grant/table.h>

#include <lib/fail.h>
#include <lib/string.h>
#include <x86/budget.h>
#include <x86/paging.h>

#define FRAME_LOOKS 24 /* of the budget, for a frame of a table that is told */

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
		budget_charge(FRAME_LOOKS);
		budget_window();
		if (grant_get_frame(d, i, &m))
			return GNTST_general_error; /* the reason is in the log */

		if (guest_write(op->frame_list.p, i, &m.n))
			return refuse(GNTST_bad_virt_addr, "the list of frames at %#lx",
				      (u64)op->frame_list.p);
	}

	return GNTST_okay;
}

int op_grant_setup_table(struct grant_batch *b, struct gnttab_setup_table *op)
{
	struct domain *d;
	int status = target_get(b->self, op->dom, &d);

	if (status)
		return status;

	status = frames_tell(d, op);
	domain_put(d);
	return status;
}

int op_grant_query_size(struct grant_batch *b, struct gnttab_query_size *op)
{
	struct domain *d;
	int status = target_get(b->self, op->dom, &d);

	if (status)
		return status;

	op->nr_frames = READ_ONCE(d->grants->frames);
	op->max_nr_frames = d->grants->max_frames;
	domain_put(d);
	return GNTST_okay;
}

long op_grant_set_version(struct domain *d, struct gnttab_set_version *v)
{
	/* Every kernel asks for version 2 first: no word in the log. */
	if (v->version != 1)
		return -ENOSYS;

	return 0;
}

/* --- dispatch --------------------------------------------------------------------------------- */

/* From a list's untyped element to the operation on it. */
#define OP_grant_table_op(nr, name, arg, who, how, ...) \
	ROW_PASTE(GRANT_ADAPTER_, ROW_ON(how))(op_grant_##name, arg, how)
#define GRANT_ADAPTER_each(handler, arg, how)                          \
	static int run_##handler(struct grant_batch *b, void *element) \
	{                                                              \
		return handler(b, element);                            \
	}
#define GRANT_ADAPTER_domain(handler, arg, how) OP_ADAPTER_domain(handler, arg, how)
#define GRANT_ADAPTER_refused(handler, arg, how)
#include <pvabi/hypercalls.def>

/* The rows that take a list. */
static const struct grant_op {
	int (*run)(struct grant_batch *b, void *element);
	u8 size, status_at;
} grant_ops[] = {
#define OP_grant_table_op(nr, name, arg, who, how, ...) \
	ROW_PASTE(GRANT_LIST_, ROW_ON(how))(nr, op_grant_##name, arg)
#define GRANT_LIST_each(nr, handler, arg) \
	[nr] = { run_##handler, sizeof(arg), offsetof(arg, status) },
#define GRANT_LIST_domain(nr, handler, arg)
#define GRANT_LIST_refused(nr, handler, arg)
#include <pvabi/hypercalls.def>
};

/* The others. */
static const struct op ops[] = {
#define OP_grant_table_op(nr, name, arg, who, how, ...) \
	ROW_PASTE(GRANT_ROW_, ROW_ON(how))(nr, op_grant_##name, arg, who, how)
#define GRANT_ROW_each(nr, handler, arg, who, how)
#define GRANT_ROW_domain(nr, handler, arg, who, how)  [nr] = OP_ROW(handler, arg, who, how),
#define GRANT_ROW_refused(nr, handler, arg, who, how) [nr] = OP_ROW(handler, arg, who, how),
#include <pvabi/hypercalls.def>
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

	if (guest_copy_in(&e, at, op->size))
		return fail(-EFAULT, "the operation at %#lx is not readable", (u64)at);

	*status = op->run(b, &e);
	return guest_answer(at, &e, op->size);
}

/*
 * As many of @n elements as the budget suffices for, one at least; *done counts them. Stops at one
 * that can not be read or written. What was unmapped before is finished.
 */
static int list_run(struct domain *self, const struct grant_op *op, u8 *list, u32 n, u32 *done)
{
	struct grant_batch b;
	int rc = 0;

	/* The array has nothing before n_unmapped counts it: it is large. */
	b.self = self;
	b.n_unmapped = 0;

	for (*done = 0; *done < n; ++*done) {
		if (*done && budget_spent())
			break;

		budget_charge(GRANT_LOOKS);
		rc = element_run(&b, op, list + (u64)*done * op->size);
		if (rc) {
			rc = fail(rc, "element %u of the list at %#lx", *done, (u64)list);
			break;
		}
	}

	grant_unmap_finish(&b);
	return rc;
}

/* The whole list, in runs between which others have their turn. */
static long lists_run(struct hypercall *hc, const struct grant_op *op)
{
	u32 left = hc->arg[2];

	/* The ABI's count is signed. */
	if ((s32)left < 0)
		return fail(-EINVAL, "a list of %u elements", left);

	while (left) {
		u32 n = MIN(left, (u32)GRANT_BATCH);
		u32 done;
		int rc = list_run(current()->dom, op, HC_PTR(hc, 1, u8), n, &done);

		if (rc)
			return rc;

		left -= done;
		hc->arg[1] += (u64)done * op->size;
		hc->arg[2] = left;

		if (left && budget_preempt())
			return -ERESTART;
	}

	return 0;
}

long hc_grant_table_op(struct hypercall *hc)
{
	u32 cmd = hc->arg[0];
	const struct grant_op *list = OP_FIND(grant_ops, cmd);

	if (list && list->run)
		return lists_run(hc, list);
	return ops_run(OP_FIND(ops, cmd), cmd, "grant table", current(), HC_PTR(hc, 1, void), hc);
}
