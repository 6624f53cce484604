/* SPDX-License-Identifier: MIT */
/*
 * A machine of a few frames, whose CPUs hold translations as long as they may: at each step each
 * CPU takes up all that the page tables of its domain say, and drops nothing before it is told to.
 * So if any real TLB could hold a stale translation, these do.
 *
 * Page tables are a few slots. What a slot says of a frame: it may be read, or written too, or it
 * is walked as a table.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include "explore.h"
#include <frame/frame.h>
#include <frame/tlb.h>

#define FRAMES  2u
#define DOMAINS 2u
#define SLOTS   4u

enum use { USE_READ, USE_WRITE, USE_WALK, USES };

struct domain {
	u32 id;
};
extern struct domain doms[DOMAINS];

/* All frames belong to domain 0, which all CPUs run; no slot is filled, no translation is held. */
void machine_start(void);

/* Without steps of its own, before a run: CPU @cpu runs @d, or idles. */
void machine_runs(u32 cpu, struct domain *d);

/* An entry of @d's page tables is written, as one step. @f NULL: it says nothing. */
void slot_set(u32 slot, struct domain *d, struct frame *f, enum use use);

/* This CPU loads @d's page tables, or its own to idle, as a context switch does. */
void machine_switch(struct domain *d);

/*
 * Checked at each step: nobody can write a table in use, nor walk what can be written, nor reach a
 * frame of another domain.
 */
void machine_check(void);

/* ref_apply, each access of which is a step (steps.c). */
enum verdict step_apply(struct frame *f, transition_t *transition);

/* The allocator: takes @f for @d if it is free. */
bool machine_take(struct frame *f, struct domain *d);

#endif
