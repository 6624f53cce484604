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
#include <x86/hooks.h>
#include <x86/traps.h>

#define EXTRA_MAX     4 /* words between r11 and rip */
#define FRAME_WORDS   (7 + EXTRA_MAX)
#define STACK_ALIGN   16ul
#define IOPL_SHIFT    12
#define MASK_SHIFT    32 /* the event mask, in the word of cs */
#define ENTRY_CLEARED (EFLAGS_AC | EFLAGS_VM | EFLAGS_RF | EFLAGS_NT | EFLAGS_TF | EFLAGS_IOPL)

/* One of the guest's handlers, and how it wants to be entered. */
struct bounce {
	u64 address;
	u16 cs;
	bool mask_events;
	u32 n_extra;
	u64 extra[EXTRA_MAX];
};

/* The code segment as the guest knows it: its kernel thinks that it runs in ring 0. */
static u64 shown_cs(const struct vcpu *v, u16 cs)
{
	return v->kernel_mode ? cs & ~3u : cs;
}

/* The flags as the guest knows them: IF says that events are open, IOPL what its kernel gave. */
static u64 shown_flags(const struct vcpu *v, u64 rflags, bool masked)
{
	rflags &= ~(EFLAGS_IF | EFLAGS_IOPL);

	if (!masked)
		rflags |= EFLAGS_IF;
	if (!v->kernel_mode)
		rflags |= (u64)v->io.iopl << IOPL_SHIFT;

	return rflags;
}

/* Fills @w and returns its words. */
static u32 frame_fill(const struct vcpu *v, const struct bounce *b, u64 w[FRAME_WORDS])
{
	const struct cpu_user_regs *r = guest_regs();
	u8 mask = v->info ? v->info->evtchn_upcall_mask : 0;
	u32 n = 0;

	w[n++] = r->rcx;
	w[n++] = r->r11;
	for (u32 i = 0; i < b->n_extra; i++)
		w[n++] = b->extra[i];

	w[n++] = r->rip;
	w[n++] = shown_cs(v, r->cs) | (u64)mask << MASK_SHIFT;
	w[n++] = shown_flags(v, r->rflags, mask);
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

	assert(v == current() && b->n_extra <= EXTRA_MAX);

	if (!b->address) {
		domain_crash(v->dom, "d%uv%u has no handler for vector %u at rip %#lx (cr2 %#lx)",
			     v->dom->id, v->id, r->entry_vector, r->rip, v->control.cr2);
		return;
	}

	/* The frame shows the mode that the vcpu leaves, and is pushed in the one it enters. */
	n = frame_fill(v, b, frame);
	if (v->kernel_mode) {
		sp = r->rsp;
	} else {
		sp = v->kernel_stack.sp;
		vcpu_toggle_mode(v);
	}

	sp = (sp & ~(STACK_ALIGN - 1)) - n * sizeof(u64);
	if (guest_copy_out((void *)sp, frame, n * sizeof(u64))) {
		domain_crash(v->dom,
			     "the kernel stack of d%uv%u at %#lx is not writable (rip %#lx)",
			     v->dom->id, v->id, sp, r->rip);
		return;
	}

	if (b->mask_events && v->info)
		WRITE_ONCE(v->info->evtchn_upcall_mask, 1);

	r->rip = b->address;
	r->cs = b->cs | 3;
	r->ss = SEL_GUEST_SS;
	r->rsp = sp;
	r->rflags = (r->rflags & ~ENTRY_CLEARED) | EFLAGS_IF | EFLAGS_MBS;
	r->entry_vector = 0; /* by IRET: SYSRET would lose rcx and r11 */
}

bool hook_guest_waits(void)
{
	const struct vcpu *v = current();

	return v && guest_upcall_due(v);
}

static void bounce_upcall(struct vcpu *v)
{
	const struct bounce b = {
		.address = v->callbacks.event,
		.cs = SEL_GUEST_CS,
		.mask_events = true,
	};

	bounce_to(v, &b);
}

bool bounce_pending(struct vcpu *v)
{
	/* It does not run again. */
	if (v->dom->crash_waits)
		return false;

	if (guest_nmi_due(v)) {
		WRITE_ONCE(v->traps.nmi_pending, false);
		guest_inject_trap(v, TRAP_NMI, 0, false);
		return true;
	}

	if (!guest_upcall_due(v))
		return false;

	bounce_upcall(v);
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

void bounce_syscall(struct vcpu *v)
{
	const struct bounce b = {
		.address = v->callbacks.syscall,
		.cs = SEL_GUEST_CS,
		.mask_events = v->callbacks.mask_events & 1u << CALLBACKTYPE_syscall,
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
