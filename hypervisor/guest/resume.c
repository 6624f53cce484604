/* SPDX-License-Identifier: MIT */
/*
 * The last thing before a guest runs: posted work, the choice of who runs, its pending events.
 * All switching between vcpus happens here and nowhere else, with no lock held.
 */
#include <guest/guest.h>
#include <x86/asm.h>
#include <x86/hooks.h>

static struct timer slice_timer[MAX_CPUS];

static void slice_end(struct timer *t)
{
	softirq_raise(SOFTIRQ_SCHED);
}

static void schedule(void)
{
	u32 cpu = cpu_id();
	struct vcpu *prev = current(), *next;
	u64 now = time_now(), until = TIME_NEVER;
	struct runnable *r = sched_pick(cpu, prev ? &prev->run : NULL, now, &until);

	next = r ? container_of(r, struct vcpu, run) : NULL;
	if (!slice_timer[cpu].fn)
		timer_init(&slice_timer[cpu], slice_end);
	if (until < slice_timer[cpu].when) /* never put off: too early, it finds nothing to do */
		timer_set(&slice_timer[cpu], until);
	if (next == prev)
		return;
	if (!prev || !next)
		WRITE_ONCE(cpu_public[cpu].idle,
			   cpu_public[cpu].idle + (next ? (s64)now : -(s64)now));
	if (prev)
		vcpu_leaves_cpu(prev, now);
	context_switch(prev, next);
	if (prev)
		vcpu_left_cpu(prev, now);
	if (next)
		vcpu_came_to_cpu(next, now);
}

static void softirqs_run(void)
{
	u32 todo = cpu_info()->softirqs;

	cpu_info()->softirqs = 0;
	if (todo & 1u << SOFTIRQ_TIMER)
		timers_run();
	if (todo & 1u << SOFTIRQ_REAP) {
		domain_crash_finish();
		domain_reap();
	}
	if (todo & 1u << SOFTIRQ_SCHED)
		schedule();
}

void hook_resume(void)
{
	struct vcpu *v;

	for (;;) {
		cpu_poll();
		v = current();
		if (cpu_info()->softirqs)
			softirqs_run();
		else if (!v)
			__asm__ volatile("sti; hlt; cli" : : : "memory");
		else if (!bounce_pending(v))
			break;
	}
}

void __noreturn guest_start_first(void)
{
	softirq_raise(SOFTIRQ_SCHED);
	__asm__ volatile("mov %0, %%rsp; jmp guest_return" : : "r"(cpu_info()) : "memory");
	__builtin_unreachable();
}
