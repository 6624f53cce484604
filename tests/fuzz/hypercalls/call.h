/* SPDX-License-Identifier: MIT */
/*
 * A call of a domain, made up from the input: mostly of what the domain has, so that it often does
 * something, sometimes of anything.
 */
#ifndef FUZZ_CALL_H
#define FUZZ_CALL_H

#include "machine.h"
#include "../fuzz.h"

#define ARGS_SIZE 8192u /* bytes of arguments */
#define NAMED     16u   /* frames of others that a call may name */

struct call {
	struct fuzz_input *in;
	u32 id; /* the domain's */
	struct vcpu *v;
	bool meanwhile; /* in the middle of another's call: nothing that waits for that one */
	struct hypercall hc;
	u8 *args;
	u32 used;
	u64 named[NAMED];
	u32 n_named;
	u32 listed; /* calls of a list, beside itself */
	long most;  /* that it may answer, by who asks for what */
};

#define REFUSED  (-1l) /* it must be */
#define ANYTHING (~0ul >> 1)

/* --- operands -------------------------------------------------------------------------------- */

static inline u8 pick(struct call *c)
{
	return fuzz_byte(c->in);
}

/* Below @n. */
static inline u32 pick_of(struct call *c, u32 n)
{
	return pick(c) % n;
}

/* Room for @size bytes of arguments, all 0: where the guest's pointers may lead. */
void *pick_room(struct call *c, size_t size);
/* A number that tends to hurt. */
u64 pick_number(struct call *c);
/* A domain's number: mostly the caller's own, under either name. */
domid_t pick_domid(struct call *c);
/* The number of a domain that is there, most often not the caller. */
u32 pick_other(struct call *c);
/* A frame of domain @id, as it is used as a table of @level, or 0 for data. Sometimes any. */
u64 pick_frame(struct call *c, u32 id, u32 level);
/* Where an entry of a table, or a word of a page, stands. */
u32 pick_slot(struct call *c);
/* An entry for a table of @level of domain @id. */
u64 pick_entry(struct call *c, u32 id, u32 level);
/* An address; mostly one that few tables are needed for. */
u64 pick_va(struct call *c);
/* The machine address of an entry of one of the domain's tables of @level. */
u64 pick_where(struct call *c, u32 id, u32 level);
u32 pick_port(struct call *c);

/* --- calls, by room -------------------------------------------------------------------------- */

/* The call is about domain @id: refused, unless that is the caller or dom0 asks. */
void call_names(struct call *c, domid_t id);
void call_set(struct call *c, u32 nr, u64 a, u64 b, u64 arg2, u64 d);

void call_mmu_update(struct call *c);
void call_mmuext_op(struct call *c);
void call_update_va(struct call *c);
void call_set_gdt(struct call *c);
void call_descriptor(struct call *c);
void call_memory_op(struct call *c);
void call_exchange(struct call *c);
void call_grant_map(struct call *c);
void call_grant_unmap(struct call *c);
void call_grant_copy(struct call *c);
void call_grant_other(struct call *c);
void call_event(struct call *c);
void call_sched(struct call *c);
void call_vcpu(struct call *c);
void call_iret(struct call *c);
/* Its handlers and stacks. */
void call_entries(struct call *c);
void call_domctl(struct call *c);
void call_create(struct call *c);
void call_context(struct call *c);
/* Any row of hypercalls.def, with an argument of its size full of numbers. */
void call_row(struct call *c);
/* A list of others. */
void call_multicall(struct call *c);

/* --- what a guest does by itself ------------------------------------------------------------- */

/* A store to a page that it may write. */
void guest_store(struct call *c);
void guest_fills(struct call *c);
/* An entry of its grant table. */
void guest_grants(struct call *c);
/* It is put off its CPU, which idles. */
void guest_leaves(struct call *c);
/* Its user part runs, or its kernel again. */
void guest_toggles(struct call *c);
/* It touches its LDT, or stores to a page table. */
void guest_faults(struct call *c);
/* A trap of its own, or a system call of its user part, is put on its stack. */
void guest_traps(struct call *c);
/* It writes where events are told. */
void guest_shares(struct call *c);
/* Timers fire that are due then. */
void time_passes(struct call *c);
void device_interrupts(struct call *c);
void world_irq(u8 vector);

#endif
