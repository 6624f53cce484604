/* SPDX-License-Identifier: MIT */
/* Small hypercalls of no other file, and our own additions. */
#include <ctl/ctl.h>
#include <dom/ops.h>
#include <event/event.h>
#include <frame/alloc.h>
#include <lib/fail.h>
#include <x86/cpu.h>

#define LOG_READ_MAX 4096 /* bytes of one call */

#define BIT_OF(type) (1ul << VMASST_TYPE_##type)
#define ASSISTS                                                                                 \
	(BIT_OF(4gb_segments) | BIT_OF(4gb_segments_notify) | BIT_OF(writable_pagetables) |     \
	 BIT_OF(pae_extended_cr3) | BIT_OF(architectural_iopl) | BIT_OF(runstate_update_flag) | \
	 BIT_OF(m2p_strict))

long hc_vm_assist(struct hypercall *hc)
{
	struct domain *d = current()->dom;
	u64 type = (u32)hc->arg[1];

	if (type >= 64 || !(ASSISTS >> type & 1))
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

/* (1, domain, buffer, size, pointer to a position): the log of what it was refused. Bytes read. */
static long log_read(struct hypercall *hc)
{
	u32 size = MIN((u32)hc->arg[3], (u32)LOG_READ_MAX);
	struct domain *d;
	char *buf;
	u64 pos;
	long n;
	int err;

	if (guest_copy_in(&pos, HC_PTR(hc, 4, void), sizeof(pos)))
		return -EFAULT;
	d = domain_target((domid_t)hc->arg[1], &err);
	if (!d)
		return err;
	buf = heap_alloc(LOG_READ_MAX);
	n = buf ? (long)domain_log_read(d, &pos, buf, size) : -ENOMEM;
	domain_put(d);
	if (n > 0 && guest_copy_out(HC_PTR(hc, 2, void), buf, n))
		n = -EFAULT;
	heap_free(buf);
	if (n >= 0 && guest_copy_out(HC_PTR(hc, 4, void), &pos, sizeof(pos)))
		n = -EFAULT;
	return n;
}

long hc_hospes(struct hypercall *hc)
{
	switch (hc->arg[0]) {
	case 0: /* which of our additions there are: a bit each */
		return 1u << 1;
	case 1:
		return log_read(hc);
	default: /* elsewhere this number, with a pointer, asks for machine-check records */
		return -ENOSYS;
	}
}
