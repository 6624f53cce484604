/* SPDX-License-Identifier: MIT */
/*
 * Where the guest wants to be entered, on which stack, with which bases: small hypercalls that set
 * fields of the current vcpu. Every address is checked here, so the entry paths need not.
 */
#include <guest/guest.h>
#include <lib/fail.h>
#include <lib/string.h>
#include <pvabi/callback.h>
#include <pvabi/nmi.h>
#include <x86/asm.h>
#include <x86/paging.h>
#include <x86/tables.h>
#include <x86/traps.h>

#define TRAP_LIST_MAX 257 /* every vector once, and the end */

bool guest_code_address_ok(u64 addr)
{
	return va_canonical(addr) && guest_range_ok(addr, 1);
}

/* The frames pushed below it must not reach into our slots either. */
bool guest_stack_ok(u64 sp)
{
	return sp >= PAGE_SIZE && va_canonical(sp) && guest_range_ok(sp - PAGE_SIZE, PAGE_SIZE + 1);
}

long hc_set_trap_table(struct hypercall *hc)
{
	struct vcpu *v = current();
	struct trap_info *list = HC_PTR(hc, 0, struct trap_info), t;

	if (!list) {
		memset(v->traps.gate, 0, sizeof(v->traps.gate));
		return 0;
	}
	for (u32 i = 0; i < TRAP_LIST_MAX; i++) {
		if (guest_read(&t, list, i))
			return fail(-EFAULT, "trap table entry %u is not readable", i);
		if (!t.address)
			return 0;
		if (!guest_code_address_ok(t.address))
			return fail(-EINVAL, "handler %#lx of vector %u is no guest address",
				    t.address, t.vector);
		t.cs |= 3; /* its descriptor is checked by the processor, when it is used */
		v->traps.gate[t.vector] = t;
	}
	return fail(-EINVAL, "trap table without an end within %u entries", TRAP_LIST_MAX);
}

long hc_stack_switch(struct hypercall *hc)
{
	struct vcpu *v = current();

	if (!guest_stack_ok(hc->arg[1]))
		return fail(-EINVAL, "kernel stack %#lx is no guest address", hc->arg[1]);
	v->kernel_stack.ss = (hc->arg[0] & 0xffff) | 3;
	v->kernel_stack.sp = hc->arg[1];
	return 0;
}

/* Not offered are the 32-bit entries: the guest then uses INT 0x80. */
static u64 *callback_field(struct vcpu *v, u32 type)
{
	u64 *const fields[] = {
		[CALLBACKTYPE_event] = &v->callbacks.event,
		[CALLBACKTYPE_failsafe] = &v->callbacks.failsafe,
		[CALLBACKTYPE_syscall] = &v->callbacks.syscall,
		[CALLBACKTYPE_nmi] = &v->traps.gate[TRAP_NMI].address,
	};

	return type < ARRAY_SIZE(fields) ? fields[type] : NULL;
}

static long callback_set(u32 type, u32 flags, u64 address)
{
	struct vcpu *v = current();
	u64 *field = callback_field(v, type);

	if (!field)
		return fail(-ENOSYS, "callback type %u is not offered", type);
	if (address && !guest_code_address_ok(address))
		return fail(-EINVAL, "callback %u at %#lx is no guest address", type, address);
	*field = address;
	if (type == CALLBACKTYPE_nmi) {
		v->traps.gate[TRAP_NMI].cs = SEL_GUEST_CS;
		v->traps.gate[TRAP_NMI].flags = TI_FLAG_MASK_EVENTS;
	}
	v->callbacks.mask_events &= ~(1u << type);
	if (flags & CALLBACKF_mask_events)
		v->callbacks.mask_events |= 1u << type;
	return 0;
}

long hc_set_callbacks(struct hypercall *hc)
{
	long ret = callback_set(CALLBACKTYPE_event, CALLBACKF_mask_events, hc->arg[0]);

	if (!ret)
		ret = callback_set(CALLBACKTYPE_failsafe, CALLBACKF_mask_events, hc->arg[1]);
	if (!ret)
		ret = callback_set(CALLBACKTYPE_syscall, 0, hc->arg[2]);
	return ret;
}

/* What unregisters is the beginning of what registers. */
long hc_callback_op(struct hypercall *hc)
{
	bool on = hc->arg[0] == CALLBACKOP_register;
	struct callback_register reg = { 0 };

	if (!on && hc->arg[0] != CALLBACKOP_unregister)
		return fail(-ENOSYS, "callback operation %lu", hc->arg[0]);
	if (guest_copy_in(&reg, HC_PTR(hc, 1, void),
			  on ? sizeof(reg) : sizeof(struct callback_unregister)))
		return -EFAULT;
	if (on)
		return callback_set(reg.type, reg.flags, reg.address);
	if (reg.type <= CALLBACKTYPE_syscall)
		return fail(-EINVAL, "callback %u can not be unregistered", reg.type);
	return callback_set(reg.type, 0, 0);
}

long hc_nmi_op(struct hypercall *hc)
{
	bool on = hc->arg[0] == XENNMI_register_callback;
	struct xennmi_callback cb = { 0 };

	if (!on && hc->arg[0] != XENNMI_unregister_callback)
		return fail(-ENOSYS, "nmi operation %lu", hc->arg[0]);
	if (on && guest_copy_in(&cb, HC_PTR(hc, 1, void), sizeof(cb)))
		return -EFAULT;
	return callback_set(CALLBACKTYPE_nmi, 0, cb.handler_address);
}

void guest_set_ts(struct vcpu *v, bool on)
{
	v->control.ts = on;
	if (on)
		write_cr0(read_cr0() | CR0_TS);
	else
		clts();
}

long hc_fpu_taskswitch(struct hypercall *hc)
{
	guest_set_ts(current(), hc->arg[0]);
	return 0;
}

long hc_set_segment_base(struct hypercall *hc)
{
	static const u32 msrs[] = {
		[SEGBASE_FS] = MSR_FS_BASE,
		[SEGBASE_GS_USER] = MSR_SHADOW_GS_BASE, /* the kernel asks: its own is active */
		[SEGBASE_GS_KERNEL] = MSR_GS_BASE,
	};
	u64 which = hc->arg[0], base = hc->arg[1];

	if (which == SEGBASE_GS_USER_SEL)
		return load_gs_user(base) ? 0 : fail(-EINVAL, "gs selector %#lx", base & 0xffff);
	if (which >= ARRAY_SIZE(msrs))
		return fail(-EINVAL, "segment base %lu", which);
	if (!va_canonical(base))
		return fail(-EINVAL, "segment base %#lx is not canonical", base);
	wrmsr(msrs[which], base);
	return 0;
}
