/* SPDX-License-Identifier: MIT */
/*
 * How a guest is entered: traps, system calls and upcalls that are put on its stack, and the calls
 * by which it says where. Its registers are its own, so they are anything.
 */
#include "call.h"

#include <event/event.h>
#include <guest/guest.h>
#include <pvabi/callback.h>
#include <x86/asm.h>
#include <x86/traps.h>

#define HANDLER 0x401000ul
#define STACK   PAGE_SIZE /* the top of the page that each domain begins with, at 0 */

void guest_starts(struct vcpu *v, bool takes_events)
{
	static const u8 vectors[] = { TRAP_BP, TRAP_GP, TRAP_PF };

	for (u32 i = 0; i < sizeof(vectors); i++)
		v->traps.gate[vectors[i]] = (struct trap_info){ .address = HANDLER,
								.cs = SEL_GUEST_CS };
	v->callbacks.failsafe = v->callbacks.syscall = HANDLER;
	if (takes_events)
		v->callbacks.event = HANDLER;

	v->kernel_stack.sp = STACK;
	v->regs = (struct cpu_user_regs){ .rip = HANDLER,
					  .cs = SEL_GUEST_CS,
					  .rflags = EFLAGS_IF | EFLAGS_MBS,
					  .rsp = STACK,
					  .ss = SEL_GUEST_SS };
}

/*
 * A stack that is most often there, and sometimes crosses into what is not, which ends the domain;
 * dom0's end would be the world's.
 */
static u64 pick_stack(struct call *c)
{
	u8 how = pick(c);

	if (how < 240 || !c->id)
		return STACK - 8 * (how % 8);
	if (how < 250)
		return (1 + how % 8ul) * PAGE_SIZE + how / 8 % 4 * 24;
	return pick_number(c);
}

/* What a guest's code may have left in its registers. The processor gives no other ring. */
static void pick_registers(struct call *c)
{
	struct cpu_user_regs *r = guest_regs();
	u8 how = pick(c);

	r->rsp = pick_stack(c);
	if (how < 128)
		return;

	r->rip = pick_number(c);
	r->cs = (u16)pick_number(c) | 3;
	r->ss = (u16)pick_number(c) | 3;
	r->rflags = (pick_number(c) & ~(EFLAGS_IOPL | EFLAGS_VM)) | EFLAGS_IF | EFLAGS_MBS;
	r->rcx = pick_number(c);
	r->ds = (u16)pick_number(c);
}

/* It traps. What has no handler ends it: mostly there is one. */
void guest_traps(struct call *c)
{
	struct vcpu *v = c->v;
	u8 how = pick(c), vector = how;

	pick_registers(c);
	machine_enter();

	if (how < 64) {
		guest_inject_page_fault(v, pick_va(c), how);
		return;
	}
	if (how < 96 && v->callbacks.failsafe) {
		bounce_failsafe(v);
		return;
	}
	if (how < 160 && v->callbacks.syscall && !v->kernel_mode) {
		bounce_syscall(v);
		return;
	}

	if (how < 252 || !c->id)
		vector = how & 1 ? TRAP_GP : TRAP_BP;
	guest_inject_trap(v, vector, how, how & 1);
}

/* Words of the page that it shares with us: they are its own to write. */
void guest_shares(struct call *c)
{
	struct shared_info *s = c->v->dom->shared;
	u8 how = pick(c);

	/* It is done with what it was told, on a stack that is free again. */
	if (how < 128) {
		guest_regs()->rsp = STACK;
		if (c->v->info)
			c->v->info->evtchn_upcall_mask = 0;
		return;
	}

	if (how < 192)
		s->evtchn_pending[how % 3] = pick_number(c);
	else if (how < 224)
		s->evtchn_mask[how % 3] = pick_number(c);
	else
		((u64 *)&s->vcpu_info[how % VCPUS])[how / 2 % 8] = pick_number(c);
}

void call_iret(struct call *c)
{
	struct iret_context *f = pick_room(c, sizeof(*f));
	u8 how = pick(c);

	f->cs = SEL_GUEST_CS & ~3u;
	if (how & 1 && mfn_valid(c->v->roots.user))
		f->cs = SEL_GUEST_CS;
	f->ss = SEL_GUEST_SS;
	f->rip = HANDLER;
	f->rflags = how & 2 ? EFLAGS_IF : 0;
	f->rsp = STACK;
	if (how % 32 >= 28) {
		f->rflags |= pick_number(c);
		f->rip = pick_number(c);
		f->rsp = pick_stack(c);
		f->ss = pick_number(c);
	}
	if (how & 32)
		f->cs = (f->cs & 3) | (pick_number(c) & ~3ul);
	if (how & 64)
		f->flags = VGCF_in_syscall;

	guest_regs()->rsp = how < 250 ? (u64)f : pick_stack(c);
	call_set(c, __HYPERVISOR_iret, 0, 0, 0, 0);
}

void call_entries(struct call *c)
{
	u8 how = pick(c);
	u32 n = how % 4;

	if (how < 64) {
		struct trap_info *t = pick_room(c, (n + 1) * sizeof(*t));

		for (u32 i = 0; i < n; i++)
			t[i] = (struct trap_info){ .vector = pick(c),
						   .flags = pick(c),
						   .cs = (u16)pick_number(c),
						   .address = pick_number(c) };
		call_set(c, __HYPERVISOR_set_trap_table, (u64)t, 0, 0, 0);
	} else if (how < 128) {
		struct callback_register *r = pick_room(c, sizeof(*r));

		*r = (struct callback_register){ .type = how % 8,
						 .flags = how / 8 % 2,
						 .address = pick_number(c) };
		call_set(c, __HYPERVISOR_callback_op, CALLBACKOP_register, (u64)r, 0, 0);
	} else if (how < 224) {
		call_set(c, __HYPERVISOR_stack_switch, pick_number(c), pick_stack(c), 0, 0);
	} else {
		call_set(c, __HYPERVISOR_set_callbacks, HANDLER, pick_number(c), HANDLER, 0);
	}
}
