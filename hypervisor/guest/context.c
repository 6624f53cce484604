/* SPDX-License-Identifier: MIT */
/*
 * A vcpu's whole start state, from the toolstack (setvcpucontext) or from the guest itself
 * (VCPUOP_initialise). Checked in full first; only taking the page-table roots and descriptor
 * tables can still fail, and then nothing else was changed.
 */
#include <guest/guest.h>
#include <lib/fail.h>
#include <pvabi/rows.h>
#include <lib/string.h>
#include <ptable/ptable.h>
#include <pvabi/callback.h>
#include <x86/asm.h>
#include <x86/features.h>
#include <x86/fpu.h>
#include <x86/paging.h>

#define FXSAVE_SIZE  512
#define FXSAVE_MXCSR 24
#define MXCSR_VALID  0xffffu
#define XSTATE_BV_AT 512 /* which components an XSAVE area holds */
#define XSTATE_X87   1ul
#define XSTATE_SSE   2ul

#define IOPL_SHIFT 12
#define CR0_SHOWN  (CR0_PG | CR0_AM | CR0_WP | CR0_NE | CR0_ET | CR0_MP | CR0_PE)

/* The assistances that there are (hypercall vm_assist): a bit each. */
#define OP_vm_assist(nr, name, arg, who, how, ...) IF_ANSWERED(how, | 1ul << nr)
static const u64 assists = 0
#include <pvabi/hypercalls.def>
	;

static int check_callbacks(const struct vcpu_guest_context *c)
{
	const u64 code[] = {
		c->event_callback_eip,
		c->failsafe_callback_eip,
		c->syscall_callback_eip,
	};

	for (u32 i = 0; i < ARRAY_SIZE(code); i++)
		if (code[i] && !guest_code_address_ok(code[i]))
			return fail(-EINVAL, "callback %u at %#lx is no guest address", i, code[i]);

	return 0;
}

static int check_traps(const struct vcpu_guest_context *c)
{
	for (u32 i = 0; i < ARRAY_SIZE(c->trap_ctxt); i++) {
		u64 address = c->trap_ctxt[i].address;

		if (address && !guest_code_address_ok(address))
			return fail(-EINVAL, "handler %#lx of vector %u is no guest address",
				    address, i);
	}

	return 0;
}

static int check_context(const struct vcpu_guest_context *c)
{
	int rc = check_callbacks(c);

	if (!rc)
		rc = check_traps(c);
	if (rc)
		return rc;

	if (!guest_stack_ok(c->kernel_sp))
		return fail(-EINVAL, "kernel stack %#lx is no guest address", c->kernel_sp);
	if (!va_canonical(c->fs_base) || !va_canonical(c->gs_base_kernel) ||
	    !va_canonical(c->gs_base_user))
		return fail(-EINVAL, "a segment base is not canonical");
	if (c->gdt_ents > GDT_RESERVED_FIRST || c->ldt_ents > XEN_LDT_ENTRIES_MAX)
		return fail(-EINVAL, "%lu GDT or %lu LDT entries", c->gdt_ents, c->ldt_ents);
	if (c->vm_assist & ~assists)
		return fail(-EINVAL, "assistances %#lx are not offered", c->vm_assist & ~assists);
	if (!(c->flags & VGCF_in_kernel) && !xen_cr3_to_pfn(c->ctrlreg[1]))
		return fail(-EINVAL, "a vcpu in user mode without a user page table");

	return 0;
}

static void take_entries(struct vcpu *v, const struct vcpu_guest_context *c)
{
	for (u32 i = 0; i < XEN_TRAP_VECTORS; i++) {
		v->traps.gate[i] = c->trap_ctxt[i];
		v->traps.gate[i].vector = i;
		v->traps.gate[i].cs |= 3;
	}

	v->callbacks.event = c->event_callback_eip;
	v->callbacks.failsafe = c->failsafe_callback_eip;
	v->callbacks.syscall = c->syscall_callback_eip;

	v->callbacks.mask_events = 1u << CALLBACKTYPE_event;
	if (c->flags & VGCF_failsafe_disables_events)
		v->callbacks.mask_events |= 1u << CALLBACKTYPE_failsafe;
	if (c->flags & VGCF_syscall_disables_events)
		v->callbacks.mask_events |= 1u << CALLBACKTYPE_syscall;

	v->kernel_stack.ss = (c->kernel_ss & 0xffff) | 3;
	v->kernel_stack.sp = c->kernel_sp;
}

static void take_registers(struct vcpu *v, const struct vcpu_guest_context *c)
{
	struct cpu_user_regs *r = &v->regs;

	*r = c->user_regs;
	r->error_code = 0;
	r->entry_vector = 0;

	v->io.iopl = r->rflags >> IOPL_SHIFT & 3; /* the ABI: a vcpu begins with its maker's */
	r->cs |= 3;
	r->ss |= 3;
	r->rflags = (r->rflags & ~(EFLAGS_IOPL | EFLAGS_VM | EFLAGS_NT)) | EFLAGS_IF | EFLAGS_MBS;

	v->kernel_mode = c->flags & VGCF_in_kernel;
	v->segments.fs_base = c->fs_base;
	v->segments.gs_base_kernel = c->gs_base_kernel;
	v->segments.gs_base_user = c->gs_base_user;
	v->control.cr2 = c->ctrlreg[2];
	v->control.cr4 = c->ctrlreg[4] & (CR4_TSD | CR4_DE);
	v->control.ts = c->ctrlreg[0] & CR0_TS;
}

static void take_debug(struct vcpu *v, const struct vcpu_guest_context *c)
{
	for (u32 i = 0; i < XEN_DEBUG_REGISTERS; i++) {
		u64 val = c->debugreg[i];

		if (i != 4 && i != 5)
			v->debug.dr[i] = guest_debug_ok(i, &val) ? val : 0;
	}
}

static void take_fpu(struct vcpu *v, const struct vcpu_guest_context *c)
{
	fpu_area_init(v->fpu);
	if (!(c->flags & VGCF_I387_VALID))
		return;

	memcpy(v->fpu, &c->fpu_ctxt, FXSAVE_SIZE);
	*(u32 *)((u8 *)v->fpu + FXSAVE_MXCSR) &= MXCSR_VALID;
	if (features.xsave)
		*(u64 *)((u8 *)v->fpu + XSTATE_BV_AT) = XSTATE_X87 | XSTATE_SSE;
}

static int take_tables(struct vcpu *v, const struct vcpu_guest_context *c)
{
	mfn_t gdt[GDT_GUEST_PAGES];
	int rc;

	for (u32 i = 0; i < ARRAY_SIZE(gdt); i++)
		gdt[i] = MFN(c->gdt_frames[i]);

	rc = desc_set_gdt(v, gdt, c->gdt_ents);
	if (!rc && c->ldt_ents)
		rc = desc_set_ldt(v, c->ldt_base, c->ldt_ents);
	if (!rc)
		rc = ptable_set_kernel_root(v, MFN(xen_cr3_to_pfn(c->ctrlreg[3])));
	if (!rc && c->ctrlreg[1])
		rc = ptable_set_user_root(v, MFN(xen_cr3_to_pfn(c->ctrlreg[1])));

	return rc;
}

int guest_set_context(struct vcpu *v, const struct vcpu_guest_context *c)
{
	int rc = check_context(c);

	if (!rc)
		rc = take_tables(v, c);
	if (rc)
		return rc;

	take_registers(v, c);
	vcpu_load_cr3(v); /* it may begin in the other mode than it was in */
	take_entries(v, c);

	/* The ABI: the first vcpu's are the domain's. */
	if (!v->id)
		__atomic_fetch_or(&v->dom->vm_assist, c->vm_assist, __ATOMIC_SEQ_CST);
	take_debug(v, c);
	take_fpu(v, c);

	/* Others may take it up from now on. */
	__atomic_store_n(&v->initialised, true, __ATOMIC_RELEASE);
	if (c->flags & VGCF_online)
		v->down = 0;

	return 0;
}

static u64 flags_of(const struct vcpu *v)
{
	u64 flags = VGCF_I387_VALID;

	if (v->kernel_mode)
		flags |= VGCF_in_kernel;
	if (!v->down)
		flags |= VGCF_online;
	if (v->callbacks.mask_events & 1u << CALLBACKTYPE_failsafe)
		flags |= VGCF_failsafe_disables_events;
	if (v->callbacks.mask_events & 1u << CALLBACKTYPE_syscall)
		flags |= VGCF_syscall_disables_events;

	return flags;
}

static u64 cr3_of(mfn_t root)
{
	return mfn_valid(root) ? xen_pfn_to_cr3(root.n) : 0;
}

static void give_control(const struct vcpu *v, struct vcpu_guest_context *c)
{
	c->ctrlreg[0] = CR0_SHOWN;
	if (v->control.ts)
		c->ctrlreg[0] |= CR0_TS;

	c->ctrlreg[1] = cr3_of(v->roots.user);
	c->ctrlreg[2] = v->control.cr2;
	c->ctrlreg[3] = cr3_of(v->roots.kernel);
	c->ctrlreg[4] = v->control.cr4;
	memcpy(c->debugreg, v->debug.dr, sizeof(c->debugreg));
}

static void give_tables(const struct vcpu *v, struct vcpu_guest_context *c)
{
	c->ldt_base = v->desc.ldt_base;
	c->ldt_ents = v->desc.ldt_entries;

	for (u32 i = 0; i * DESC_PER_PAGE < v->desc.gdt_entries; i++)
		c->gdt_frames[i] = v->desc.gdt_frame[i].n;
	c->gdt_ents = v->desc.gdt_entries;
}

void guest_get_context(struct vcpu *v, struct vcpu_guest_context *c)
{
	memset(c, 0, sizeof(*c));
	memcpy(&c->fpu_ctxt, v->fpu, FXSAVE_SIZE);
	c->flags = flags_of(v);
	c->user_regs = v->regs;
	c->vm_assist = v->dom->vm_assist;

	memcpy(c->trap_ctxt, v->traps.gate, sizeof(c->trap_ctxt));
	c->event_callback_eip = v->callbacks.event;
	c->failsafe_callback_eip = v->callbacks.failsafe;
	c->syscall_callback_eip = v->callbacks.syscall;
	c->kernel_ss = v->kernel_stack.ss;
	c->kernel_sp = v->kernel_stack.sp;

	c->fs_base = v->segments.fs_base;
	c->gs_base_kernel = v->segments.gs_base_kernel;
	c->gs_base_user = v->segments.gs_base_user;
	give_control(v, c);
	give_tables(v, c);
}
