/* SPDX-License-Identifier: MIT */
/*
 * The bounce frame of the ABI, pushed on the guest's kernel stack (the current one if it was in its
 * kernel, aligned to 16 bytes), lowest address first:
 *
 *   rcx r11 [ds es fs gs | error code] rip cs|mask<<32 rflags rsp ss
 *
 * cs shows privilege 0 for the guest's kernel and 3 for its user part; IF of rflags shows whether
 * events were open.
 */
#include <event/event.h>
#include <guest/guest.h>
#include <pvabi/callback.h>
#include <x86/asm.h>
#include <x86/traps.h>

#define FRAME_WORDS   11
#define ENTRY_CLEARED (EFLAGS_AC | EFLAGS_VM | EFLAGS_RF | EFLAGS_NT | EFLAGS_TF | EFLAGS_IOPL)

/* One of the guest's handlers, and how it wants to be entered. */
struct bounce {
	u64 address;
	u16 cs;
	bool mask_events;
	u32 n_extra; /* words between r11 and rip */
	u64 extra[4];
};

static u32 frame_fill(const struct vcpu *v, const struct bounce *b, u64 *w)
{
	const struct cpu_user_regs *r = guest_regs();
	u8 mask = v->info ? v->info->evtchn_upcall_mask : 0;
	u64 rflags = r->rflags & ~(EFLAGS_IF | EFLAGS_IOPL);
	u32 n = 0;

	w[n++] = r->rcx;
	w[n++] = r->r11;
	for (u32 i = 0; i < b->n_extra; i++)
		w[n++] = b->extra[i];
	w[n++] = r->rip;
	w[n++] = (r->cs & (v->kernel_mode ? ~3 : ~0)) | (u64)mask << 32;
	w[n++] = rflags | (mask ? 0 : EFLAGS_IF) | (v->kernel_mode ? 0 : (u64)v->io.iopl << 12);
	w[n++] = r->rsp;
	w[n++] = r->ss;
	return n;
}

/* Pushes the frame and points the current vcpu at the handler; crashes the domain if it can not. */
static void bounce_to(struct vcpu *v, const struct bounce *b)
{
	struct cpu_user_regs *r = guest_regs();
	u64 frame[FRAME_WORDS], sp;
	u32 n;

	if (!b->address) {
		domain_crash(v->dom, "v%u: no handler for vector %u at rip %#lx (cr2 %#lx)", v->id,
			     r->entry_vector, r->rip, v->control.cr2);
		return;
	}
	n = frame_fill(v, b, frame);
	sp = v->kernel_mode ? r->rsp : v->kernel_stack.sp;
	if (!v->kernel_mode)
		vcpu_toggle_mode(v);
	sp = (sp & ~15ul) - n * sizeof(u64);
	if (guest_copy_out((void *)sp, frame, n * sizeof(u64))) {
		domain_crash(v->dom, "v%u: its kernel stack at %#lx is not writable (rip %#lx)",
			     v->id, sp, r->rip);
		return;
	}
	if (b->mask_events && v->info)
		WRITE_ONCE(v->info->evtchn_upcall_mask, 1);
	r->rip = b->address;
	r->cs = b->cs | 3;
	r->ss = SEL_GUEST_SS;
	r->rsp = sp;
	r->rflags = (r->rflags & ~ENTRY_CLEARED) | EFLAGS_IF | EFLAGS_MBS;
	r->entry_vector = 0;
}

bool bounce_pending(struct vcpu *v)
{
	const struct bounce b = { v->callbacks.event, SEL_GUEST_CS, .mask_events = true };

	if (v->dom->crash_waits)
		return false;
	if (guest_nmi_due(v)) {
		WRITE_ONCE(v->traps.nmi_pending, false);
		guest_inject_trap(v, TRAP_NMI, 0, false);
		return true;
	}
	if (!event_upcall_due(v) || !v->callbacks.event)
		return false;
	bounce_to(v, &b);
	return true;
}

void bounce_failsafe(struct vcpu *v)
{
	const struct cpu_user_regs *r = guest_regs();
	const struct bounce b = {
		.address = v->callbacks.failsafe,
		.cs = SEL_GUEST_CS,
		.mask_events = v->callbacks.mask_events & 1u << CALLBACKTYPE_failsafe,
		.n_extra = 4,
		.extra = { r->ds, r->es, r->fs, r->gs },
	};

	bounce_to(v, &b);
}

void guest_inject_trap(struct vcpu *v, u8 vector, u32 error, bool has_error)
{
	const struct trap_info *t = &v->traps.gate[vector];
	const struct bounce b = {
		.address = t->address,
		.cs = t->cs,
		.mask_events = t->flags & TI_FLAG_MASK_EVENTS,
		.n_extra = has_error,
		.extra = { error },
	};

	bounce_to(v, &b);
}

void guest_inject_page_fault(struct vcpu *v, u64 addr, u32 error)
{
	/* The guest's kernel runs in ring 3: show it the privilege it thinks it has. */
	error &= ~PF_USER;
	if (!v->kernel_mode)
		error |= PF_USER;
	v->control.cr2 = addr;
	if (v->info)
		v->info->arch.cr2 = addr;
	guest_inject_trap(v, TRAP_PF, error, true);
}
