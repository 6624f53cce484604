/* SPDX-License-Identifier: MIT */
/*
 * The extended page-table operations: pins, roots, TLB flushes, LDT, clearing and copying of
 * frames. One function an operation, in a table; each gets its arguments copied in once.
 */
#include <dom/ops.h>
#include <lib/string.h>
#include <ptable/internal.h>
#include <ptable/call.h>
#include <x86/cpu.h>

#define ALL_VCPUS (~0ul)

/*
 * A handler for each row that is answered. @of: the domain that the list is about, NULL if its
 * frames are nobody's. 0, an error, or -ERESTART: call again.
 */
#define OP_mmuext_op(nr, name, arg, who, how, ...)                                      \
	IF_ANSWERED(how, static int op_mmuext_##name(struct vcpu *v, struct domain *of, \
						     const arg *op);)
#include <pvabi/hypercalls.def>

/* --- tables and roots ----------------------------------------------------------------------- */

static int op_mmuext_PIN_L1_TABLE(struct vcpu *v, struct domain *of, const struct mmuext_op *op)
{
	return table_pin(of, MFN(op->arg1.mfn), FT_L1);
}

static int op_mmuext_PIN_L2_TABLE(struct vcpu *v, struct domain *of, const struct mmuext_op *op)
{
	return table_pin(of, MFN(op->arg1.mfn), FT_L2);
}

static int op_mmuext_PIN_L3_TABLE(struct vcpu *v, struct domain *of, const struct mmuext_op *op)
{
	return table_pin(of, MFN(op->arg1.mfn), FT_L3);
}

static int op_mmuext_PIN_L4_TABLE(struct vcpu *v, struct domain *of, const struct mmuext_op *op)
{
	return table_pin(of, MFN(op->arg1.mfn), FT_L4);
}

static int op_mmuext_UNPIN_TABLE(struct vcpu *v, struct domain *of, const struct mmuext_op *op)
{
	return table_unpin(of, MFN(op->arg1.mfn));
}

static int op_mmuext_NEW_BASEPTR(struct vcpu *v, struct domain *of, const struct mmuext_op *op)
{
	return ptable_set_kernel_root(v, MFN(op->arg1.mfn));
}

static int op_mmuext_NEW_USER_BASEPTR(struct vcpu *v, struct domain *of, const struct mmuext_op *op)
{
	return ptable_set_user_root(v, MFN(op->arg1.mfn));
}

static int op_mmuext_SET_LDT(struct vcpu *v, struct domain *of, const struct mmuext_op *op)
{
	return desc_set_ldt(v, op->arg1.linear_addr, op->arg2.nr_ents);
}

/* --- flushes: of the caller's own vcpus, whichever domain is named -------------------------- */

static int op_mmuext_TLB_FLUSH_LOCAL(struct vcpu *v, struct domain *of, const struct mmuext_op *op)
{
	vcpus_flush(v->dom, 1ul << v->id, false, 0);
	return 0;
}

static int op_mmuext_INVLPG_LOCAL(struct vcpu *v, struct domain *of, const struct mmuext_op *op)
{
	vcpus_flush(v->dom, 1ul << v->id, true, op->arg1.linear_addr);
	return 0;
}

static int op_mmuext_TLB_FLUSH_ALL(struct vcpu *v, struct domain *of, const struct mmuext_op *op)
{
	vcpus_flush(v->dom, ALL_VCPUS, false, 0);
	return 0;
}

static int op_mmuext_INVLPG_ALL(struct vcpu *v, struct domain *of, const struct mmuext_op *op)
{
	vcpus_flush(v->dom, ALL_VCPUS, true, op->arg1.linear_addr);
	return 0;
}

static int vcpumask_in(const struct mmuext_op *op, u64 *vcpus)
{
	if (guest_copy_in(vcpus, op->arg2.vcpumask.p, sizeof(*vcpus)))
		return fail(-EFAULT, "the vcpu mask can not be read");
	return 0;
}

static int op_mmuext_TLB_FLUSH_MULTI(struct vcpu *v, struct domain *of, const struct mmuext_op *op)
{
	u64 vcpus;
	int rc;

	rc = vcpumask_in(op, &vcpus);
	if (rc)
		return rc;

	vcpus_flush(v->dom, vcpus, false, 0);
	return 0;
}

static int op_mmuext_INVLPG_MULTI(struct vcpu *v, struct domain *of, const struct mmuext_op *op)
{
	u64 vcpus;
	int rc;

	rc = vcpumask_in(op, &vcpus);
	if (rc)
		return rc;

	vcpus_flush(v->dom, vcpus, true, op->arg1.linear_addr);
	return 0;
}

/* Of use with devices only; costs everybody's caches. */
static int cache_flush(const struct vcpu *v)
{
	if (!v->dom->privileged)
		return fail(-EACCES, "only a domain with devices may flush caches");

	__asm__ volatile("wbinvd" ::: "memory");
	return 0;
}

static int op_mmuext_FLUSH_CACHE(struct vcpu *v, struct domain *of, const struct mmuext_op *op)
{
	return cache_flush(v);
}

static int op_mmuext_FLUSH_CACHE_GLOBAL(struct vcpu *v, struct domain *of,
					const struct mmuext_op *op)
{
	return cache_flush(v);
}

/* --- frames --------------------------------------------------------------------------------- */

/* *f: frame @mfn of @of, held for writing. */
static int frame_to_write(struct domain *of, u64 mfn, struct frame **f)
{
	*f = frame_of(MFN(mfn));
	if (!*f)
		return fail(-EINVAL, "frame %#lx is not RAM", mfn);

	return frame_get_mapping(*f, of, true);
}

static int op_mmuext_CLEAR_PAGE(struct vcpu *v, struct domain *of, const struct mmuext_op *op)
{
	struct frame *f;
	int rc = frame_to_write(of, op->arg1.mfn, &f);

	if (rc)
		return rc;

	budget_charge(BUDGET_PAGE);
	memset(mfn_to_virt(frame_mfn(f)), 0, PAGE_SIZE);
	frame_put_mapping(f, true);
	return 0;
}

static int op_mmuext_COPY_PAGE(struct vcpu *v, struct domain *of, const struct mmuext_op *op)
{
	struct frame *to, *from = frame_of(MFN(op->arg2.src_mfn));
	int rc;

	if (!from || !frame_get(from, of))
		return fail(-EINVAL, "source frame %#lx does not belong to d%u", op->arg2.src_mfn,
			    of->id);

	rc = frame_to_write(of, op->arg1.mfn, &to);
	if (!rc) {
		budget_charge(BUDGET_PAGE);
		memcpy(mfn_to_virt(frame_mfn(to)), mfn_to_virt(frame_mfn(from)), PAGE_SIZE);
		frame_put_mapping(to, true);
	}

	frame_put(from);
	return rc;
}

/* --- dispatch ------------------------------------------------------------------------------- */

/* Which domain the list must be about. */
enum named {
	ANYBODY,  /* the operation does not look at it */
	A_DOMAIN, /* it acts on frames, which have an owner */
	ITSELF,   /* it acts on the calling vcpu */
};

static const struct operation {
	int (*fn)(struct vcpu *v, struct domain *of, const struct mmuext_op *op);
	enum named named;
	const char *why; /* it is refused */
} operations[] = {
#define NAMED_vcpu   ANYBODY
#define NAMED_domain A_DOMAIN
#define NAMED_own    ITSELF
#define OP_mmuext_op(nr, name, arg, who, how, ...)                                            \
	IF_ANSWERED(how, [nr] = { op_mmuext_##name, ROW_PASTE(NAMED_, ROW_ON(how)), NULL }, ) \
	IF_REFUSED(how, [nr] = { .why = ROW_WHY(how) }, )
#include <pvabi/hypercalls.def>
};

static int op_refuse(const struct operation *o, u32 cmd)
{
	if (!o || !o->why)
		return fail(-ENOSYS, "there is no mmuext_op %u", cmd);

	return fail(-ENOSYS, "mmuext_op %u is refused: %s", cmd, o->why);
}

/* 0, an error, or -ERESTART if others must run before it can end. */
static int op_apply(struct vcpu *v, struct domain *of, const struct mmuext_op *op)
{
	const struct operation *o = OP_FIND(operations, op->cmd);
	int rc;

	if (!o || !o->fn)
		return op_refuse(o, op->cmd);
	if (o->named == A_DOMAIN && !of)
		return fail(-EINVAL, "mmuext_op %u needs a domain", op->cmd);
	if (o->named == ITSELF && of != v->dom)
		return fail(-EPERM, "mmuext_op %u is for the vcpu's own domain", op->cmd);

	do {
		rc = o->fn(v, of, op);
	} while (rc == -ERESTART && !preempt_window());

	return rc;
}

static int ops_apply(struct vcpu *v, struct domain *of, struct mmuext_op *ops, struct progress *p)
{
	struct mmuext_op op;
	int rc;

	for (;;) {
		/* What the last one put is free before it counts as done to the guest. */
		if (of && ptable_settle(of))
			return -ERESTART;
		if (p->done == p->count)
			return 0;

		budget_charge(BUDGET_CALL);
		if (p->done && budget_preempt())
			return -ERESTART;

		if (guest_read(&op, ops, p->done))
			return fail(-EFAULT, "operation %u of %u can not be read", p->done,
				    p->count);

		rc = op_apply(v, of, &op);
		if (rc)
			return rc;

		p->done++;
	}
}

long hc_mmuext_op(struct hypercall *hc)
{
	struct vcpu *v = current();
	struct domain *of;
	struct progress p;
	int rc;

	rc = progress_begin(&p, hc, sizeof(struct mmuext_op));
	if (!rc)
		rc = owner_resolve(v->dom, (domid_t)hc->arg[3], &of);
	if (rc)
		return rc;

	rc = ops_apply(v, of, HC_PTR(hc, 0, struct mmuext_op), &p);
	owner_put(of);

	return progress_end(&p, hc, rc);
}
