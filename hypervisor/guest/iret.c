/* SPDX-License-Identifier: MIT */
/*
 * The iret hypercall in full: from the guest's kernel to its user part or to itself. The common
 * case, to user mode with events open and none waiting, never comes here (x86/entry.S).
 */
#include <guest/guest.h>
#include <pvabi/xen.h>
#include <x86/asm.h>
#include <x86/traps.h>

static void iret_registers(struct cpu_user_regs *r, const struct iret_context *f)
{
	r->rip = f->rip;
	r->cs = f->cs | 3;
	r->rflags = (f->rflags & ~(EFLAGS_IOPL | EFLAGS_VM)) | EFLAGS_IF | EFLAGS_MBS;
	r->rsp = f->rsp;
	r->ss = f->ss | 3;
	r->rax = f->rax;
	r->entry_vector = 0;
	if (f->flags & VGCF_in_syscall) {
		/* As SYSRET leaves them; its selectors are the flat ones. */
		r->rcx = r->rip;
		r->r11 = r->rflags;
		if (f->cs != FLAT_USER_CS32) {
			r->cs = SEL_GUEST_CS;
			r->entry_vector = TRAP_SYSCALL;
		}
		r->ss = SEL_GUEST_SS;
	} else {
		r->rcx = f->rcx;
		r->r11 = f->r11;
	}
}

/* The result register is the guest's own rax: the caller's value is kept (ctl/hypercall.c). */
long hc_iret(struct hypercall *hc)
{
	struct vcpu *v = current();
	struct cpu_user_regs *r = guest_regs();
	struct iret_context f;

	if (guest_copy_in(&f, (void *)r->rsp, sizeof(f))) {
		domain_crash(v->dom, "v%u: iret frame at %#lx is not readable", v->id, r->rsp);
		return 0;
	}
	if ((f.cs & 3) == 3 && !v->roots.user_cr3) {
		domain_crash(v->dom, "v%u: iret to user mode without a user page table", v->id);
		return 0;
	}
	if ((f.cs & 3) == 3) /* I/O privilege is not the frame's: PHYSDEVOP_set_iopl gives it */
		vcpu_toggle_mode(v);
	iret_registers(r, &f);
	if (v->info)
		WRITE_ONCE(v->info->evtchn_upcall_mask, !(f.rflags & EFLAGS_IF));
	return r->rax;
}
