/* SPDX-License-Identifier: MIT */
/*
 * How much a guest's call may do before it must let others have their turn. Everything that is
 * looked at is charged, whether something was found or not, in looks of some eight instructions.
 * One budget serves for all that an entry into ring 0 does, however many calls a list of it holds;
 * a window (preempt_window) begins another.
 *
 * What is charged late may overdraw it, by no more than one thing of the most expensive kind.
 */
#ifndef X86_BUDGET_H
#define X86_BUDGET_H

#include <x86/cpu.h>

#define BUDGET_PAGE    64  /* looks for a page cleared or copied */
#define BUDGET_FRAME   64  /* for a frame that is given, or given back */
#define BUDGET_FLUSH   128 /* for translations dropped, here and on other CPUs */
#define BUDGET_CALL    64  /* for a call of a list: copied in, dispatched, its result copied out */
#define BUDGET_FAULT   64  /* for a guest's address that can not be reached: it is tried twice */
#define BUDGET_REFUSAL 300 /* for a reason put into words */
#define BUDGET_BOOT    (1l << 62) /* nobody waits yet, and interrupts must stay off */

static inline void budget_set(s64 looks)
{
	cpu_info()->budget = looks;
}

static inline void budget_charge(u32 looks)
{
	cpu_info()->budget -= looks;
}

static inline bool budget_spent(void)
{
	return cpu_info()->budget <= 0;
}

/* Is less left than so many looks? */
static inline bool budget_is_below(s64 looks)
{
	return cpu_info()->budget < looks;
}

/*
 * Between two pieces of work that can be interrupted: a window if the budget is spent. True: give
 * up with -ERESTART, others wait. No lock held.
 */
static inline bool budget_preempt(void)
{
	return budget_spent() && preempt_window();
}

/*
 * Between two pieces of work that is bounded, and is not worth to be interrupted: a window if the
 * budget is spent, so that interrupts are taken. Other work waits. No lock held.
 */
static inline void budget_window(void)
{
	if (budget_spent())
		preempt_window();
}

/* Before work that can not be interrupted, of at most so many looks: a window if less is left. */
static inline void budget_window_for(s64 looks)
{
	if (budget_is_below(looks))
		preempt_window();
}

#endif
