/* SPDX-License-Identifier: MIT */
/*
 * The hypercall grant_table_op: walks the guest's list, a batch at a time, with a look at other
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

static int setup_table(struct domain *self, const struct gnttab_setup_table *op)
{
	struct domain *d;
	int status = target_get(self, op->dom, &d);

	if (status)
		return status;

	status = frames_tell(d, op);
	domain_put(d);
	return status;
}

void op_grant_setup_table(struct domain *self, struct gnttab_setup_table *op, u32 n)
{
	for (u32 i = 0; i < n; i++)
		op[i].status = setup_table(self, &op[i]);
}

static int query_size(struct domain *self, struct gnttab_query_size *op)
{
	struct domain *d;
	int status = target_get(self, op->dom, &d);

	if (status)
		return status;

	op->nr_frames = READ_ONCE(d->grants->frames);
	op->max_nr_frames = d->grants->max_frames;
	domain_put(d);
	return GNTST_okay;
}

void op_grant_query_size(struct domain *self, struct gnttab_query_size *op, u32 n)
{
	for (u32 i = 0; i < n; i++)
		op[i].status = query_size(self, &op[i]);
}

long op_grant_set_version(struct domain *d, struct gnttab_set_version *v)
{
	/* Every kernel asks for version 2 first: no word in the log. */
	if (v->version != 1)
		return -ENOSYS;

	return 0;
}

/* --- dispatch --------------------------------------------------------------------------------- */

/* From a list's untyped elements to the operation on them. */
#define OP_grant_table_op(nr, name, arg, who, how, ...) \
	ROW_PASTE(GRANT_ADAPTER_, ROW_ON(how))(op_grant_##name, arg, how)
#define GRANT_ADAPTER_each(handler, arg, how)                                        \
	static void run_##handler(struct domain *self, void *elements, u32 n)        \
	{                                                                            \
		_Static_assert(sizeof(arg) <= sizeof(struct gnttab_copy), #handler); \
		handler(self, elements, n);                                          \
	}
#define GRANT_ADAPTER_domain(handler, arg, how) OP_ADAPTER_domain(handler, arg, how)
#define GRANT_ADAPTER_refused(handler, arg, how)
#include <pvabi/hypercalls.def>

/* The rows that take a list. */
static const struct grant_op {
	void (*run)(struct domain *self, void *elements, u32 n);
	u32 size;
} grant_ops[] = {
#define OP_grant_table_op(nr, name, arg, who, how, ...) \
	ROW_PASTE(GRANT_LIST_, ROW_ON(how))(nr, op_grant_##name, arg)
#define GRANT_LIST_each(nr, handler, arg) [nr] = { run_##handler, sizeof(arg) },
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

/*
 * Up to *n elements of @list: copied in, run, and given back with their status; *n becomes their
 * number. If they can not be read together one is tried, so that those before a hole in the guest's
 * memory are done. 0 or -EFAULT: *n are not told what became of them, or not done.
 */
static int batch_run(const struct grant_op *op, u8 *list, u32 *n)
{
	struct gnttab_copy e[GRANT_BATCH]; /* no operation's elements are larger */

	if (*n > 1 && guest_copy_in(e, list, *n * op->size))
		*n = 1;
	if (*n == 1 && guest_copy_in(e, list, op->size))
		return fail(-EFAULT, "the operation at %#lx is not readable", (u64)list);

	op->run(current()->dom, e, *n);
	return guest_answer(list, e, *n * op->size);
}

/* As many as the budget suffices for, one at least. */
static u32 batch_size(u32 left)
{
	u32 n = MIN(left, (u32)GRANT_BATCH);

	while (n > 1 && budget_is_below(n * GRANT_LOOKS))
		n--;

	budget_charge(n * GRANT_LOOKS);
	return n;
}

/* The whole list, in batches between which others have their turn. */
static long lists_run(struct hypercall *hc, const struct grant_op *op)
{
	u32 left = hc->arg[2];

	/* The ABI's count is signed. */
	if ((s32)left < 0)
		return fail(-EINVAL, "a list of %u elements", left);

	while (left) {
		u32 n = batch_size(left);
		u8 *list = HC_PTR(hc, 1, u8);
		int rc = batch_run(op, list, &n);

		if (rc)
			return fail(rc, "%u elements of the list at %#lx", n, (u64)list);

		left -= n;
		hc->arg[1] += (u64)n * op->size;
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
