/* SPDX-License-Identifier: MIT */
/*
 * The extended page-table operations: pins, roots, flushes, LDT, clearing and copying of frames. One function an
 * operation, in a table; each gets its arguments copied in once.
 */
#include <lib/hypercall.h>
#include <lib/string.h>
#include <ptable/internal.h>
#include <ptable/call.h>
#include <x86/cpu.h>

#define PREEMPT_EVERY 16

/* @of: the domain named. -ERESTART: call again. */
typedef int mmuext_fn(struct vcpu *v, struct domain *of, const struct mmuext_op *op);

/* Pin commands are numbered as the levels. */
static int ext_pin(struct vcpu *v, struct domain *of, const struct mmuext_op *op)
{
	return table_pin(of, MFN(op->arg1.mfn),
			 (enum ftype)(FT_L1 + op->cmd - MMUEXT_PIN_L1_TABLE));
}

static int ext_unpin(struct vcpu *v, struct domain *of, const struct mmuext_op *op)
{
	return table_unpin(of, MFN(op->arg1.mfn));
}

static int ext_new_baseptr(struct vcpu *v, struct domain *of, const struct mmuext_op *op)
{
	return ptable_set_kernel_root(v, MFN(op->arg1.mfn));
}

static int ext_new_user_baseptr(struct vcpu *v, struct domain *of, const struct mmuext_op *op)
{
	return ptable_set_user_root(v, MFN(op->arg1.mfn));
}

static int ext_flush(struct vcpu *v, struct domain *of, const struct mmuext_op *op)
{
	bool page = op->cmd == MMUEXT_INVLPG_LOCAL || op->cmd == MMUEXT_INVLPG_MULTI ||
		    op->cmd == MMUEXT_INVLPG_ALL;
	u64 vcpus = ~0ul;

	if (op->cmd == MMUEXT_TLB_FLUSH_LOCAL || op->cmd == MMUEXT_INVLPG_LOCAL)
		vcpus = 1ul << v->id;
	else if ((op->cmd == MMUEXT_TLB_FLUSH_MULTI || op->cmd == MMUEXT_INVLPG_MULTI) &&
		 guest_copy_in(&vcpus, op->arg2.vcpumask.p, sizeof(vcpus)))
		return fail(-EFAULT, "the vcpu mask can not be read");
	vcpus_flush(v->dom, vcpus, page, op->arg1.linear_addr);
	return 0;
}

/* Of use with devices only; costs everybody's caches. */
static int ext_flush_cache(struct vcpu *v, struct domain *of, const struct mmuext_op *op)
{
	if (!v->dom->privileged)
		return fail(-EACCES, "only a domain with devices may flush caches");
	__asm__ volatile("wbinvd" ::: "memory");
	return 0;
}

static int ext_set_ldt(struct vcpu *v, struct domain *of, const struct mmuext_op *op)
{
	return desc_set_ldt(v, op->arg1.linear_addr, op->arg2.nr_ents);
}

/* A frame of @of to be written whole. */
static int frame_to_write(struct domain *of, u64 mfn, struct frame **f)
{
	*f = frame_of(MFN(mfn));
	return *f ? frame_get_mapping(*f, of, true) : fail(-EINVAL, "frame %lx is no RAM", mfn);
}

static int ext_clear_page(struct vcpu *v, struct domain *of, const struct mmuext_op *op)
{
	struct frame *f;
	int rc = frame_to_write(of, op->arg1.mfn, &f);

	if (rc)
		return rc;
	memset(mfn_to_virt(frame_mfn(f)), 0, PAGE_SIZE);
	frame_put_mapping(f, true);
	return 0;
}

static int ext_copy_page(struct vcpu *v, struct domain *of, const struct mmuext_op *op)
{
	struct frame *f, *src = frame_of(MFN(op->arg2.src_mfn));
	int rc = frame_to_write(of, op->arg1.mfn, &f);

	if (rc)
		return rc;
	if (src && frame_get(src, of)) {
		memcpy(mfn_to_virt(frame_mfn(f)), mfn_to_virt(frame_mfn(src)), PAGE_SIZE);
		frame_put(src);
	} else {
		rc = fail(-EINVAL, "source frame %lx does not belong to the domain",
			  op->arg2.src_mfn);
	}
	frame_put_mapping(f, true);
	return rc;
}

/* Whom an operation may name; all but the first kind act on tables or frames. */
enum named { ANYBODY, A_DOMAIN, ITSELF };

static const struct operation {
	mmuext_fn *fn;
	enum named named;
} operations[] = {
	[MMUEXT_PIN_L1_TABLE] = { ext_pin, A_DOMAIN },
	[MMUEXT_PIN_L2_TABLE] = { ext_pin, A_DOMAIN },
	[MMUEXT_PIN_L3_TABLE] = { ext_pin, A_DOMAIN },
	[MMUEXT_PIN_L4_TABLE] = { ext_pin, A_DOMAIN },
	[MMUEXT_UNPIN_TABLE] = { ext_unpin, A_DOMAIN },
	[MMUEXT_NEW_BASEPTR] = { ext_new_baseptr, ITSELF },
	[MMUEXT_TLB_FLUSH_LOCAL] = { ext_flush, ANYBODY },
	[MMUEXT_INVLPG_LOCAL] = { ext_flush, ANYBODY },
	[MMUEXT_TLB_FLUSH_MULTI] = { ext_flush, ANYBODY },
	[MMUEXT_INVLPG_MULTI] = { ext_flush, ANYBODY },
	[MMUEXT_TLB_FLUSH_ALL] = { ext_flush, ANYBODY },
	[MMUEXT_INVLPG_ALL] = { ext_flush, ANYBODY },
	[MMUEXT_FLUSH_CACHE] = { ext_flush_cache, ANYBODY },
	[MMUEXT_SET_LDT] = { ext_set_ldt, ITSELF },
	[MMUEXT_NEW_USER_BASEPTR] = { ext_new_user_baseptr, ITSELF },
	[MMUEXT_CLEAR_PAGE] = { ext_clear_page, A_DOMAIN },
	[MMUEXT_COPY_PAGE] = { ext_copy_page, A_DOMAIN },
	[MMUEXT_FLUSH_CACHE_GLOBAL] = { ext_flush_cache, ANYBODY },
};

/* 0, an error, or -ERESTART if others must run before it can end. */
static int op_apply(struct vcpu *v, struct domain *of, const struct mmuext_op *op)
{
	const struct operation *o = op->cmd < ARRAY_SIZE(operations) ? &operations[op->cmd] : NULL;
	int rc;

	if (!o || !o->fn)
		return fail(-ENOSYS, "mmuext_op %u is not known", op->cmd);
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

	for (; p->done < p->count; p->done++) {
		if (p->done % PREEMPT_EVERY == PREEMPT_EVERY - 1 && preempt_window())
			return -ERESTART;
		if (guest_read(&op, ops, p->done))
			return fail(-EFAULT, "operation %u of %u can not be read", p->done,
				    p->count);
		rc = op_apply(v, of, &op);
		if (rc)
			return rc;
	}
	return 0;
}

long hc_mmuext_op(struct hypercall *hc)
{
	struct vcpu *v = current();
	struct domain *of;
	struct progress p;
	int rc = progress_begin(&p, hc, sizeof(struct mmuext_op));

	if (!rc)
		rc = owner_resolve(v->dom, (domid_t)hc->arg[3], &of);
	if (rc)
		return rc;
	rc = ops_apply(v, of, HC_PTR(hc, 0, struct mmuext_op), &p);
	owner_put(of);
	return progress_end(&p, hc, rc);
}
