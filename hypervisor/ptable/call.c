/* SPDX-License-Identifier: MIT */
/*
 * What page-table hypercalls begin and end with: whose frames are named, and may the caller; how
 * much of a list of requests is done.
 */
#include <lib/fail.h>
#include <ptable/call.h>
#include <x86/cpu.h>

/* In the upper half of the count when a call is made again: no guest's count has it. */
#define CONTINUED (1ul << 63)

int owner_resolve(struct domain *d, domid_t id, struct domain **of)
{
	*of = NULL;

	if (id == DOMID_SELF || id == d->id) {
		*of = d;
		return 0;
	}
	if (!d->privileged)
		return fail(-EPERM, "only a privileged domain may name d%u", id);
	if (id == DOMID_IO || id == DOMID_XEN)
		return 0;

	*of = domain_get(id);
	if (*of && !(*of)->dying)
		return 0;

	owner_put(*of);
	return fail(-ESRCH, "there is no d%u", id);
}

int owners_resolve_named(struct domain *d, u32 foreign, struct domain **table, struct domain **of)
{
	u32 table_word = foreign >> 16;
	domid_t table_id = table_word ? table_word - 1 : DOMID_SELF;
	int rc;

	rc = owner_resolve(d, table_id, table);
	if (rc)
		return rc;
	if (!*table)
		return fail(-ESRCH, "domain %#x has no page tables", table_id);

	rc = owner_resolve(d, (domid_t)foreign, of);
	if (rc)
		owner_put(*table);

	return rc;
}

void owner_put(struct domain *d)
{
	if (d && d != current()->dom)
		domain_put(d);
}

int progress_begin(struct progress *p, struct hypercall *hc, u64 size)
{
	bool continued = hc->arg[1] >> 32 == CONTINUED >> 32;

	*p = (struct progress){
		.pdone = HC_PTR(hc, 2, u32),
		.count = (u32)hc->arg[1],
		.size = size,
	};

	if (continued && p->pdone && guest_read(&p->before, p->pdone, 0))
		return fail(-EFAULT, "the count of what is done can not be read");

	return 0;
}

int progress_end(const struct progress *p, struct hypercall *hc, int rc)
{
	u32 total = p->before + p->done;

	if (p->pdone && guest_write(p->pdone, 0, &total) && !rc)
		rc = fail(-EFAULT, "the count of what is done can not be written");

	if (rc == -ERESTART) {
		hc->arg[0] += p->done * p->size;
		hc->arg[1] = (p->count - p->done) | CONTINUED;
	}

	return rc;
}
