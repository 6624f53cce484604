/* SPDX-License-Identifier: MIT */
/*
 * The last thing before a guest runs: posted work, the choice of who runs, its pending events. All
 * switching between vcpus happens here and nowhere else, with no lock held.
 */
#include <dom/isolation.h>
#include <guest/guest.h>
#include <x86/asm.h>
#include <x86/budget.h>
#include <x86/hooks.h>
#include <x86/stretch.h>

/*
 * A CPU's idle time is kept in one word, so that others read it without a lock. To begin to idle
 * takes the time off and to end it adds the time again, which leaves what went by in between. So
 * while the CPU idles the word is negative, and the reader adds the present time itself.
 */
static void idle_add(u32 cpu, s64 ns)
{
	WRITE_ONCE(cpu_public[cpu].idle, cpu_public[cpu].idle + ns);
}

static void switch_to(u32 cpu, struct vcpu *prev, struct vcpu *next, u64 now)
{
	if (!prev)
		idle_add(cpu, (s64)now);
	if (!next)
		idle_add(cpu, -(s64)now);

	if (prev)
		vcpu_leaves_cpu(prev, now);

	context_switch(prev, next);

	if (prev)
		vcpu_left_cpu(prev, now);
	if (next)
		vcpu_came_to_cpu(next, now);
}

static void schedule(void)
{
	u32 cpu = cpu_id();
	struct vcpu *prev = current(), *next = NULL;
	u64 now = time_now(), until = TIME_NEVER;
	struct runnable *r;

	r = sched_pick(cpu, prev ? &prev->run : NULL, now, &until);
	if (r)
		next = container_of(r, struct vcpu, run);

	timer_set_slice(until, !next);

	if (next != prev)
		switch_to(cpu, prev, next, now);
}

static void softirqs_run(void)
{
	u32 todo;

	/* What was done was long: interrupts are taken before more is done. */
	if (stretch_is_long() || budget_spent())
		preempt_window();

	todo = cpu_info()->softirqs;
	cpu_info()->softirqs = 0;
	stretch_is_softirqs(todo);

	if (todo & 1u << SOFTIRQ_TIMER)
		timers_run();
	if (todo & 1u << SOFTIRQ_REAP) {
		domain_crash_finish();
		domain_reap();
	}
	if (todo & 1u << SOFTIRQ_CONSOLE)
		hook_console_waits();
	if (todo & 1u << SOFTIRQ_SCHED)
		schedule();
}

/* Waits for an interrupt, with nobody to run. */
static void idle(void)
{
	stretch_end();
	if (spec_uses(DEFENCE_ENTRY_IBRS))
		spec_idle(cpu_info()->spec_ctrl);
	else
		__asm__ volatile("sti; hlt; cli" : : : "memory");
	stretch_begin();
	budget_set(BUDGET_LOOKS);
}

/* Nothing is posted to this CPU, and its vcpu is to be told nothing: so it is nearly always. */
static bool nothing_waits(void)
{
	const struct vcpu *v = current();

	return !READ_ONCE(cpu_public[cpu_id()].posted) && !cpu_info()->softirqs && v &&
	       !guest_nmi_due(v) && !guest_upcall_due(v);
}

/*
 * Returns when the current vcpu may run: each step may have made work for another. Not inline: its
 * registers are saved only where there is work.
 */
static void __noinline work_do(void)
{
	for (;;) {
		struct vcpu *v;

		cpu_poll();
		v = current();

		if (cpu_info()->softirqs)
			softirqs_run();
		else if (!v)
			idle();
		else if (!bounce_pending(v))
			break;
	}
}

void hook_resume(void)
{
	if (!nothing_waits())
		work_do();

	stretch_end();
	stretch_is_softirqs(0);
}

struct entry_page *hook_resume_isolated(void)
{
	hook_resume();
	return vcpu_entry_publish(current());
}

void __noreturn guest_start_first(void)
{
	softirq_raise(SOFTIRQ_SCHED);
	stretch_start();
	budget_set(BUDGET_LOOKS);
	if (isolated())
		__asm__ volatile("mov %0, %%rsp; jmp isolation_return" : : "r"(cpu_info()));
	else
		__asm__ volatile("mov %0, %%rsp; jmp guest_return" : : "r"(cpu_info()));
	__builtin_unreachable();
}
