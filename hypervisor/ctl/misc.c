/* SPDX-License-Identifier: MIT */
/* Small hypercalls of no other file, and our own additions. */
#include <ctl/ctl.h>
#include <dom/ops.h>
#include <event/event.h>
#include <frame/alloc.h>
#include <lib/fail.h>
#include <pvabi/hospes.h>
#include <x86/cpu.h>

/* The helps that there are: a bit each. Those of 32-bit guests change nothing. */
#define OP_vm_assist(nr, name, ...) | 1ul << nr
static const u64 assists = 0
#include <pvabi/hypercalls.def>
	;

long hc_vm_assist(struct hypercall *hc)
{
	struct domain *d = current()->dom;
	u64 type = (u32)hc->arg[1];

	if (type >= 64 || !(assists >> type & 1))
		return fail(-EINVAL, "assistance of type %lu", type);

	switch ((u32)hc->arg[0]) {
	case VMASST_CMD_enable:
		__atomic_fetch_or(&d->vm_assist, 1ul << type, __ATOMIC_SEQ_CST);
		return 0;
	case VMASST_CMD_disable:
		__atomic_fetch_and(&d->vm_assist, ~(1ul << type), __ATOMIC_SEQ_CST);
		return 0;
	default:
		return fail(-ENOSYS, "assistance command %lu", hc->arg[0]);
	}
}

/* The old form: the command stands before the argument, in the guest's memory. */
long hc_event_channel_op_compat(struct hypercall *hc)
{
	struct hypercall new = { .nr = __HYPERVISOR_event_channel_op };
	u32 cmd;

	if (guest_copy_in(&cmd, HC_PTR(hc, 0, void), sizeof(cmd)))
		return -EFAULT;

	new.arg[0] = cmd;
	new.arg[1] = hc->arg[0] + sizeof(cmd);
	return hc_event_channel_op(&new);
}

/* --- our own ---------------------------------------------------------------------------------- */

#define OP_hospes(nr, name, arg, who, how, ...) OP_HANDLER(op_hospes_##name, arg, how)
#include <pvabi/hypercalls.def>

/* Which of the additions there are: a bit each. */
#define OP_hospes(nr, name, ...) | 1u << nr
static const u32 additions = 0
#include <pvabi/hypercalls.def>
	;

long op_hospes_features(struct hypercall *hc, void *a)
{
	return additions;
}

/* @d's log from *pos on to the caller's buffer; *pos moves on. Bytes read. */
static long log_out(struct domain *d, char *guest, u32 size, u64 *pos)
{
	char *buf;
	long n;

	buf = heap_alloc(HOSPES_LOG_MOST);
	if (!buf)
		return -ENOMEM;

	n = domain_log_read(d, pos, buf, size);
	if (n && guest_copy_out(guest, buf, n))
		n = -EFAULT;
	heap_free(buf);
	return n;
}

/* (1, domain, buffer, size, pointer to a position): the log of what it was refused. Bytes read. */
long op_hospes_read_log(struct hypercall *hc, u64 *unused)
{
	u32 size = MIN((u32)hc->arg[3], (u32)HOSPES_LOG_MOST);
	u64 *position = HC_PTR(hc, 4, u64), pos;
	struct domain *d;
	long n;
	int rc;

	if (guest_copy_in(&pos, position, sizeof(pos)))
		return -EFAULT;

	d = domain_target((domid_t)hc->arg[1], &rc);
	if (!d)
		return rc;

	n = log_out(d, HC_PTR(hc, 2, char), size, &pos);
	domain_put(d);
	if (n < 0)
		return n;

	if (guest_copy_out(position, &pos, sizeof(pos)))
		return -EFAULT;
	return n;
}

/* Elsewhere this number asks for machine-check records, with a pointer where our operations are. */
long hc_hospes(struct hypercall *hc)
{
	switch (hc->arg[0]) {
#define OP_hospes(nr, name, ...) \
	case nr:                 \
		return op_hospes_##name(hc, NULL);
#include <pvabi/hypercalls.def>
	default:
		return -ENOSYS;
	}
}
