/* SPDX-License-Identifier: MIT */
/*
 * Our own additions to the ABI (pvabi/hospes.h), behind one number that it reserves for the
 * architecture: which of them there are, and the log of what a domain was refused.
 */
#include <ctl/hospes.h>
#include <frame/alloc.h>
#include <lib/fail.h>
#include <x86/budget.h>

#define BYTE_LOOKS 2 /* of the budget, for a byte of a log */

/* Which of the additions there are: a bit each. */
#define OP_hospes(nr, name, arg, who, how, ...) IF_ANSWERED(how, | 1u << nr)
static const u32 additions = 0
#include <pvabi/hypercalls.def>
	;

long op_hospes_features(struct hypercall *hc, void *a)
{
	return additions;
}

/* @d's log from *pos on to the caller's buffer; *pos moves on. Bytes read, or an error. */
static long log_out(struct domain *d, char *guest, u32 size, u64 *pos)
{
	char *buf;
	long n;

	buf = heap_alloc(HOSPES_LOG_MOST);
	if (!buf)
		return fail(-ENOMEM, "no memory for %u bytes of a log", HOSPES_LOG_MOST);

	n = domain_log_read(d, pos, buf, size);
	budget_charge(n * BYTE_LOOKS);
	if (n && guest_copy_out(guest, buf, n))
		n = fail(-EFAULT, "no room for %ld bytes of a log", n);

	heap_free(buf);
	return n;
}

/* (1, domain, buffer, size, pointer to a position): the log of what it was refused. Bytes read. */
long op_hospes_read_log(struct hypercall *hc, u64 *unused)
{
	u32 size = MIN((u32)hc->arg[3], (u32)HOSPES_LOG_MOST);
	u64 *position = HC_PTR(hc, 4, u64);
	struct domain *d;
	u64 pos;
	long n;
	int rc;

	if (guest_copy_in(&pos, position, sizeof(pos)))
		return fail(-EFAULT, "the position in a log is not readable");

	d = domain_target((domid_t)hc->arg[1], &rc);
	if (!d)
		return rc;

	n = log_out(d, HC_PTR(hc, 2, char), size, &pos);
	domain_put(d);
	if (n < 0)
		return n;

	if (guest_copy_out(position, &pos, sizeof(pos)))
		return fail(-EFAULT, "the position in a log is not writable");

	return n;
}

#define OP_hospes(nr, name, arg, who, how, ...) OP_ADAPTER(op_hospes_##name, arg, how)
#include <pvabi/hypercalls.def>

static const struct op ops[] = {
#define OP_hospes(nr, name, arg, who, how, ...) [nr] = OP_ROW(op_hospes_##name, arg, who, how),
#include <pvabi/hypercalls.def>
};

/* Elsewhere this number asks for machine-check records, with a pointer where our operations are. */
long hc_hospes(struct hypercall *hc)
{
	u32 cmd = MIN(hc->arg[0], (u64)~0u);

	return ops_run(OP_FIND(ops, cmd), cmd, "hospes", current(), NULL, hc);
}
