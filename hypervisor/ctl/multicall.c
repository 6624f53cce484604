/* SPDX-License-Identifier: MIT */
/*
 * Hypercall multicall: a list of other hypercalls, each with its result. A call that is to be made
 * again, and a list that is interrupted, keep their progress in the guest's list and registers.
 */
#include <ctl/ctl.h>
#include <lib/fail.h>
#include <lib/string.h>
#include <pvabi/hypercall.h>
#include <x86/budget.h>

/* Makes the call that @e asks for, in @hc. */
static long entry_run(const struct multicall_entry *e, struct hypercall *hc)
{
	memcpy(hc->arg, e->args, sizeof(hc->arg));
	hc->nr = MIN(e->op, (u64)HYPERCALL_COUNT);

	/* One that would nest, and one that never comes back. */
	if (hc->nr == __HYPERVISOR_multicall || hc->nr == __HYPERVISOR_iret)
		return fail(-EINVAL, "hypercall %u inside a multicall", hc->nr);

	return hypercall_run(hc);
}

/* One call of a list. 0, or -EFAULT; -ERESTART: the entry holds where it is to go on. */
static int multicall_one(struct multicall_entry *entry)
{
	struct multicall_entry e;
	struct hypercall hc;
	long result;

	if (guest_copy_in(&e, entry, sizeof(e)))
		return fail(-EFAULT, "a multicall entry is not readable");

	result = entry_run(&e, &hc);
	if (result != -ERESTART)
		return guest_answer(&entry->result, &result, sizeof(result));

	memcpy(e.args, hc.arg, sizeof(hc.arg));
	if (guest_copy_out(entry, &e, sizeof(e)))
		return fail(-EFAULT, "a multicall entry is not writable");

	return -ERESTART;
}

/* Runs the list up to an error, or to a crash of its domain; *done counts. */
static int list_run(struct multicall_entry *list, u32 count, u32 *done)
{
	const struct domain *d = current()->dom;

	for (*done = 0; *done < count && !READ_ONCE(d->crash_waits); ++*done) {
		int rc;

		/* The calls share one budget. */
		budget_charge(BUDGET_CALL);
		if (*done && budget_preempt())
			return -ERESTART;

		rc = multicall_one(&list[*done]);
		if (rc)
			return rc;
	}

	return 0;
}

long hc_multicall(struct hypercall *hc)
{
	struct multicall_entry *list = HC_PTR(hc, 0, struct multicall_entry);
	u32 count = (u32)hc->arg[1];
	u32 done;
	int rc = list_run(list, count, &done);

	if (rc == -ERESTART) {
		hc->arg[0] = (u64)&list[done];
		hc->arg[1] = count - done;
	}
	return rc;
}
