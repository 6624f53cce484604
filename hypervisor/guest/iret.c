/* SPDX-License-Identifier: MIT */
/*
 * The iret hypercall in full: from the guest's kernel to its user part or to itself. The common
 * case, to user mode with events open and none waiting, never comes here (x86/entry.S).
 */
#include <guest/guest.h>
#include <pvabi/xen.h>
#include <x86/asm.h>
#include <x86/traps.h>

/* entry.S reads the frame too. */
_Static_assert(offsetof(struct iret_context, rax) == 0, "entry.S");
_Static_assert(offsetof(struct iret_context, r11) == 8, "entry.S");
_Static_assert(offsetof(struct iret_context, rcx) == 16, "entry.S");
_Static_assert(offsetof(struct iret_context, flags) == 24, "entry.S");
_Static_assert(offsetof(struct iret_context, rip) == 32, "entry.S");
_Static_assert(offsetof(struct iret_context, cs) == 40, "entry.S");
_Static_assert(offsetof(struct iret_context, rflags) == 48, "entry.S");
_Static_assert(offsetof(struct iret_context, rsp) == 56, "entry.S");
_Static_assert(offsetof(struct iret_context, ss) == 64, "entry.S");
_Static_assert(VGCF_in_syscall == 0x100 && __HYPERVISOR_iret == 23, "entry.S");

/*
 * The vcpu returns as by IRET, or by SYSRET if the frame says that a system call is returned from:
 * that leaves the return address in rcx and the flags in r11, and flat selectors.
 */
static void iret_registers(struct cpu_user_regs *r, const struct iret_context *f)
{
	r->rip = f->rip;
	r->cs = f->cs | 3;
	r->rflags = (f->rflags & ~(EFLAGS_IOPL | EFLAGS_VM)) | EFLAGS_IF | EFLAGS_MBS;
	r->rsp = f->rsp;
	r->ss = f->ss | 3;
	r->rax = f->rax;
	r->entry_vector = 0;

	if (!(f->flags & VGCF_in_syscall)) {
		r->rcx = f->rcx;
		r->r11 = f->r11;
		return;
	}

	r->rcx = r->rip;
	r->r11 = r->rflags;
	r->ss = SEL_GUEST_SS;

	/* SYSRET goes to 64-bit code; compatibility mode is returned to by IRET. */
	if (f->cs != FLAT_USER_CS32) {
		r->cs = SEL_GUEST_CS;
		r->entry_vector = TRAP_SYSCALL;
	}
}

/* The result register is the guest's own rax: the caller's value is kept (ctl/hypercall.c). */
long hc_iret(struct hypercall *hc)
{
	struct vcpu *v = current();
	struct cpu_user_regs *r = guest_regs();
	struct iret_context f;
	bool to_user;

	if (guest_copy_in(&f, (void *)r->rsp, sizeof(f))) {
		domain_crash(v->dom, "the iret frame of d%uv%u at %#lx is not readable", v->dom->id,
			     v->id, r->rsp);
		return 0;
	}

	to_user = (f.cs & 3) == 3;
	if (to_user && !v->roots.user_cr3) {
		domain_crash(v->dom, "d%uv%u returns to user mode without a user page table",
			     v->dom->id, v->id);
		return 0;
	}

	/* I/O privilege is not the frame's: PHYSDEVOP_set_iopl gives it. */
	if (to_user)
		vcpu_toggle_mode(v);
	iret_registers(r, &f);

	if (v->info)
		WRITE_ONCE(v->info->evtchn_upcall_mask, !(f.rflags & EFLAGS_IF));

	return r->rax;
}
