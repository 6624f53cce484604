/* SPDX-License-Identifier: MIT */
/*
 * Hypercall vm_assist: which of the ABI's assistances a domain wants. What each of them does is
 * left to the room that knows of it: only the bit is kept here.
 */
#include <dom/ops.h>
#include <lib/fail.h>

static const struct assistance {
	bool known;
	const char *why; /* it is refused */
} assistances[] = {
#define OP_vm_assist(nr, name, arg, who, how, ...) \
	IF_ANSWERED(how, [nr] = { true, NULL }, )  \
	IF_REFUSED(how, [nr] = { false, ROW_WHY(how) }, )
#include <pvabi/hypercalls.def>
};

long hc_vm_assist(struct hypercall *hc)
{
	struct domain *d = current()->dom;
	u32 cmd = (u32)hc->arg[0];
	u32 type = (u32)hc->arg[1];
	const struct assistance *a = OP_FIND(assistances, type);

	if (!a || (!a->known && !a->why))
		return fail(-EINVAL, "assistance of type %u", type);
	if (a->why)
		return fail(-EINVAL, "assistance %u is refused: %s", type, a->why);

	switch (cmd) {
	case VMASST_CMD_enable:
		__atomic_fetch_or(&d->vm_assist, 1ul << type, __ATOMIC_SEQ_CST);
		return 0;
	case VMASST_CMD_disable:
		__atomic_fetch_and(&d->vm_assist, ~(1ul << type), __ATOMIC_SEQ_CST);
		return 0;
	default:
		return fail(-ENOSYS, "assistance command %u", cmd);
	}
}
