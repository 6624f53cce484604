/* SPDX-License-Identifier: MIT */
/*
 * Hypercall vm_assist: which of the ABI's assistances a domain wants. What each of them does is
 * left to the room that knows of it: only the bit is kept here.
 */
#include <dom/domain.h>
#include <lib/fail.h>
#include <lib/hypercall.h>
#include <x86/cpu.h>

/* Those that there are: a bit each. Those of 32-bit guests change nothing. */
#define OP_vm_assist(nr, name, ...) | 1ul << nr
static const u64 assists = 0
#include <pvabi/hypercalls.def>
	;

#define ASSISTS_MOST 64 /* bits of the word above */

long hc_vm_assist(struct hypercall *hc)
{
	struct domain *d = current()->dom;
	u32 cmd = (u32)hc->arg[0];
	u32 type = (u32)hc->arg[1];

	if (type >= ASSISTS_MOST || !(assists >> type & 1))
		return fail(-EINVAL, "assistance of type %u", type);

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
