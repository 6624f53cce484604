/* SPDX-License-Identifier: MIT */
/*
 * Where the guest wants to be entered, on which stack, with which bases: small hypercalls that set
 * fields of the current vcpu. Every address is checked here, so the entry paths need not.
 */
#include <dom/ops.h>
#include <guest/guest.h>
#include <lib/fail.h>
#include <lib/string.h>
#include <pvabi/callback.h>
#include <pvabi/nmi.h>
#include <x86/asm.h>
#include <x86/budget.h>
#include <x86/paging.h>
#include <x86/tables.h>
#include <x86/traps.h>

#define OP_callback_op(nr, name, arg, who, how, ...) OP_HANDLER(op_callback_##name, arg, how)
#define OP_nmi_op(nr, name, arg, who, how, ...)      OP_HANDLER(op_nmi_##name, arg, how)
#include <pvabi/hypercalls.def>

#define TRAP_LIST_MAX (XEN_TRAP_VECTORS + 1) /* every vector once, and the end */
#define GATE_LOOKS    12                     /* of the budget, for one of a list */

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
		budget_charge(GATE_LOOKS);
		if (guest_read(&t, list, i))
			return fail(-EFAULT, "trap table entry %u is not readable", i);
		if (!t.address)
			return 0;
		if (!guest_code_address_ok(t.address))
			return fail(-EINVAL, "handler %#lx of vector %u is no guest address",
				    t.address, t.vector);

		/* The processor checks its descriptor when it is used. */
		t.cs |= 3;
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

	u64 *const *field = OP_FIND(fields, type);

	return field ? *field : NULL;
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
	long rc = callback_set(CALLBACKTYPE_event, CALLBACKF_mask_events, hc->arg[0]);

	if (!rc)
		rc = callback_set(CALLBACKTYPE_failsafe, CALLBACKF_mask_events, hc->arg[1]);
	if (!rc)
		rc = callback_set(CALLBACKTYPE_syscall, 0, hc->arg[2]);

	return rc;
}

long op_callback_register(struct vcpu *v, struct callback_register *c)
{
	return callback_set(c->type, c->flags, c->address);
}

long op_callback_unregister(struct vcpu *v, struct callback_unregister *c)
{
	if (c->type <= CALLBACKTYPE_syscall)
		return fail(-EINVAL, "callback %u can not be unregistered", c->type);
	return callback_set(c->type, 0, 0);
}

long op_nmi_register_callback(struct vcpu *v, struct xennmi_callback *c)
{
	return callback_set(CALLBACKTYPE_nmi, 0, c->handler_address);
}

long op_nmi_unregister_callback(struct vcpu *v, void *a)
{
	return callback_set(CALLBACKTYPE_nmi, 0, 0);
}

#define OP_callback_op(nr, name, arg, who, how, ...) OP_ADAPTER(op_callback_##name, arg, how)
#define OP_nmi_op(nr, name, arg, who, how, ...)      OP_ADAPTER(op_nmi_##name, arg, how)
#include <pvabi/hypercalls.def>

static const struct op callback_ops[] = {
#define OP_callback_op(nr, name, arg, who, how, ...) \
	[nr] = OP_ROW(op_callback_##name, arg, who, how),
#include <pvabi/hypercalls.def>
};

static const struct op nmi_ops[] = {
#define OP_nmi_op(nr, name, arg, who, how, ...) [nr] = OP_ROW(op_nmi_##name, arg, who, how),
#include <pvabi/hypercalls.def>
};

long hc_callback_op(struct hypercall *hc)
{
	u32 cmd = MIN(hc->arg[0], (u64)~0u);

	return ops_run(OP_FIND(callback_ops, cmd), cmd, "callback", current(), HC_PTR(hc, 1, void),
		       hc);
}

long hc_nmi_op(struct hypercall *hc)
{
	u32 cmd = MIN(hc->arg[0], (u64)~0u);

	return ops_run(OP_FIND(nmi_ops, cmd), cmd, "nmi", current(), HC_PTR(hc, 1, void), hc);
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

static long base_set(u32 msr, u64 base)
{
	if (!va_canonical(base))
		return fail(-EINVAL, "segment base %#lx is not canonical", base);

	if (!wrmsr_safe(msr, base))
		return fail(-EINVAL, "the processor refuses segment base %#lx", base);

	return 0;
}

static long op_segbase_FS(u64 base)
{
	return base_set(MSR_FS_BASE, base);
}

/* The kernel asks: its own is active. */
static long op_segbase_GS_USER(u64 base)
{
	return base_set(MSR_SHADOW_GS_BASE, base);
}

static long op_segbase_GS_KERNEL(u64 base)
{
	return base_set(MSR_GS_BASE, base);
}

static long op_segbase_GS_USER_SEL(u64 selector)
{
	if (!load_gs_user(selector))
		return fail(-EINVAL, "gs selector %#lx", selector & 0xffff);
	return 0;
}

long hc_set_segment_base(struct hypercall *hc)
{
	switch (hc->arg[0]) {
#define OP_set_segment_base(nr, name, ...) \
	case nr:                           \
		return op_segbase_##name(hc->arg[1]);
#include <pvabi/hypercalls.def>
	default:
		return fail(-EINVAL, "segment base %lu", hc->arg[0]);
	}
}
