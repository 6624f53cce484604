/* SPDX-License-Identifier: MIT */
/*
 * Hypercalls that store page-table entries: mmu_update, update_va_mapping and its sibling for
 * foreign frames. Requests are copied in by runs; a run is applied under one hold of the lock.
 */
#include <lib/hypercall.h>
#include <ptable/internal.h>
#include <ptable/call.h>
#include <x86/cpu.h>

#define RUN          128 /* requests copied at once: 2 KiB of stack */
#define COMMAND_MASK 3ul /* of a request's ptr; the rest is an address */
#define ALL_VCPUS    (~0ul)
#define M2P_LOOKS    24 /* of the budget, for an entry of the m2p */

static int op_mmu_NORMAL_PT_UPDATE(struct pt_batch *b, u64 maddr, u64 val)
{
	return batch_update(b, maddr, val, false);
}

/* Sets the m2p entry of a frame of b->of. */
static int op_mmu_MACHPHYS_UPDATE(struct pt_batch *b, u64 maddr, u64 pfn)
{
	struct frame *f = frame_of(maddr_to_mfn(maddr));

	budget_charge(M2P_LOOKS);
	if (!f || !b->of || !frame_get(f, b->of))
		return fail(-EINVAL, "frame %#lx does not belong to the domain",
			    maddr >> PAGE_SHIFT);

	m2p_set(frame_mfn(f), PFN(pfn));
	frame_put(f);
	return 0;
}

static int op_mmu_PT_UPDATE_PRESERVE_AD(struct pt_batch *b, u64 maddr, u64 val)
{
	return batch_update(b, maddr, val, true);
}

/* Values are machine addresses in any case. */
static int op_mmu_PT_UPDATE_NO_TRANSLATE(struct pt_batch *b, u64 maddr, u64 val)
{
	return batch_update(b, maddr, val, false);
}

static int request_apply(struct pt_batch *b, const struct mmu_update *r)
{
	u64 maddr = r->ptr & ~COMMAND_MASK;

	budget_charge(1);
	switch (r->ptr & COMMAND_MASK) {
#define OP_mmu_update(nr, name, ...) \
	case nr:                     \
		return op_mmu_##name(b, maddr, r->val);
#include <pvabi/hypercalls.def>
	}
	__builtin_unreachable(); /* there are four */
}

/* Applies up to @n requests and counts them in *done. -ERESTART: drop the lock, then go on. */
static int run_apply(struct domain *table, struct domain *of, const struct mmu_update *r, u32 n,
		     u32 *done)
{
	struct pt_batch b;
	u32 i = 0;
	int rc = 0;

	batch_begin(&b, table, of);
	while (i < n && !budget_spent()) {
		i += batch_words(&b, &r[i], n - i);
		if (i == n)
			break;

		rc = request_apply(&b, &r[i]);
		if (rc)
			break;
		i++;
	}
	batch_end(&b);

	*done += i;
	return rc;
}

static int updates_apply(struct domain *table, struct domain *of, struct mmu_update *reqs,
			 struct progress *p)
{
	struct mmu_update run[RUN];
	int rc;

	for (;;) {
		u32 n;

		/* What the last ones put is free before they count as done to the guest. */
		if (ptable_settle(table))
			return -ERESTART;
		if (p->done == p->count)
			return 0;

		n = MIN(p->count - p->done, (u32)RUN);

		if (guest_copy_in(run, reqs + p->done, n * sizeof(*run)))
			return fail(-EFAULT, "update %u of %u can not be read", p->done, p->count);

		rc = run_apply(table, of, run, n, &p->done);
		if (rc && rc != -ERESTART)
			return rc;
		if (p->done < p->count && budget_preempt())
			return -ERESTART;
	}
}

long hc_mmu_update(struct hypercall *hc)
{
	struct domain *table, *of;
	struct progress p;
	int rc;

	rc = progress_begin(&p, hc, sizeof(struct mmu_update));
	if (!rc)
		rc = owners_resolve(current()->dom, (u32)hc->arg[3], &table, &of);
	if (rc)
		return rc;

	rc = updates_apply(table, of, HC_PTR(hc, 0, struct mmu_update), &p);
	owner_put(of);
	owner_put(table);

	return progress_end(&p, hc, rc);
}

/*
 * Flushes what update_va_mapping asks for by UVMF_*: the low bits say what, the rest where: on this
 * vcpu, on all, or on those in a mask at that address.
 */
static int va_flush(struct vcpu *v, u64 va, u64 flags)
{
	u64 kind = flags & UVMF_FLUSHTYPE_MASK, where = flags & ~UVMF_FLUSHTYPE_MASK;
	u64 vcpus = ALL_VCPUS;

	if (kind == UVMF_NONE)
		return 0;

	if (where == UVMF_LOCAL)
		vcpus = 1ul << v->id;
	else if (where != UVMF_ALL && guest_copy_in(&vcpus, (const void *)where, sizeof(vcpus)))
		return fail(-EFAULT, "the vcpu mask can not be read");

	vcpus_flush(v->dom, vcpus, kind == UVMF_INVLPG, va);
	return 0;
}

static long va_update(struct hypercall *hc, struct domain *of)
{
	struct vcpu *v = current();
	int rc;

	do {
		rc = ptable_update_va(v, of, hc->arg[0], hc->arg[1]);
	} while (rc == -ERESTART && !preempt_window());
	if (rc)
		return rc;

	return va_flush(v, hc->arg[0], hc->arg[2]);
}

long hc_update_va_mapping(struct hypercall *hc)
{
	return va_update(hc, current()->dom);
}

long hc_update_va_mapping_otherdomain(struct hypercall *hc)
{
	struct domain *of;
	long rc = owner_resolve(current()->dom, (domid_t)hc->arg[3], &of);

	if (rc)
		return rc;

	rc = va_update(hc, of);
	owner_put(of);
	return rc;
}
