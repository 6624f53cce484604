/* SPDX-License-Identifier: MIT */
/* What the entries of vcpus into ring 0 cost (x86/perf.h), told to the control domain. */
#include <ctl/hospes.h>
#include <lib/fail.h>
#include <time/time.h>
#include <x86/budget.h>

_Static_assert(sizeof(((struct vcpu *)0)->perf) == sizeof(((struct hospes_perf *)0)->cause),
	       "told as it is kept");

/* The counts of @v, which may run meanwhile: each is whole, and they may be a moment apart. */
static int counts_tell(const struct vcpu *v, struct hospes_perf *guest)
{
	u64 khz = time_tsc_khz();

	budget_charge(BUDGET_PAGE);
	if (guest_copy_out(&guest->tsc_khz, &khz, sizeof(khz)) ||
	    guest_copy_out(guest->cause, v->perf, sizeof(v->perf)))
		return fail(-EFAULT, "the record of costs");

	return 0;
}

long op_hospes_perf(struct hypercall *hc, struct hospes_perf *unused)
{
	struct hospes_perf *guest = HC_PTR(hc, 1, struct hospes_perf);
	struct {
		u32 domain, vcpu;
	} of;
	const struct vcpu *v;
	struct domain *d;
	int rc;

	if (guest_copy_in(&of, guest, sizeof(of)))
		return fail(-EFAULT, "the record of costs");

	d = of.domain < DOMID_LIMIT ? domain_get(of.domain) : NULL;
	if (!d)
		return fail(-ESRCH, "there is no d%u", of.domain);

	v = domain_vcpu(d, of.vcpu);
	rc = v ? counts_tell(v, guest) : fail(-ESRCH, "there is no d%uv%u", of.domain, of.vcpu);
	domain_put(d);

	return rc;
}
