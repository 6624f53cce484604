/* SPDX-License-Identifier: MIT */
/* A CPU's posts from others, preemption points, and the end: stopping the other CPUs, panic(). */
#include <lib/log.h>
#include <x86/asm.h>
#include <x86/budget.h>
#include <x86/cpu.h>
#include <x86/features.h>
#include <x86/hooks.h>
#include <x86/stretch.h>

#define STOP_PATIENCE 100000000 /* pauses: about a second. Only another NMI delays an NMI. */

struct cpu_public cpu_public[MAX_CPUS];
u32 cpu_count = 1;
struct cpu_features features;

void softirq_post(u32 cpu, enum softirq s)
{
	u64 posted;

	if (cpu == cpu_id()) {
		softirq_raise(s);
		return;
	}

	/* Whoever sets the bit sends the IPI. It is taken when that CPU leaves ring 0 or halts. */
	posted = __atomic_fetch_or(&cpu_public[cpu].posted, 1ul << s, __ATOMIC_SEQ_CST);
	if (!(posted & 1ul << s))
		hook_kick(cpu);
}

void cpu_poll(void)
{
	u64 posted;

	if (!READ_ONCE(cpu_public[cpu_id()].posted))
		return;

	posted = __atomic_exchange_n(&cpu_public[cpu_id()].posted, 0, __ATOMIC_SEQ_CST);
	if (posted & 1u << SOFTIRQ_TLB)
		hook_tlb_poll();
	cpu_info()->softirqs |= posted & ~(1ul << SOFTIRQ_TLB);
}

bool preempt_window(void)
{
	assert(!cpu_info()->held_ranks);

	stretch_end();
	irq_enable();
	__asm__ volatile("nop" : : : "memory");
	irq_disable();
	stretch_begin();
	budget_set(BUDGET_LOOKS);

	cpu_poll();
	return cpu_info()->softirqs != 0 || hook_guest_waits();
}

static u32 stopper; /* the CPU that stops all others, plus one; 0: none yet */

bool cpu_alone(void)
{
	return READ_ONCE(stopper) == cpu_id() + 1;
}

void cpu_stop_if_told(void)
{
	if (!READ_ONCE(stopper) || cpu_alone())
		return;

	__atomic_store_n(&cpu_public[cpu_id()].online, false, __ATOMIC_SEQ_CST);
	cpu_stop();
}

/* Sends an NMI to CPU @cpu, and gives it a while to stop. */
static void cpu_stop_other(u32 cpu)
{
	if (cpu == cpu_id() || !READ_ONCE(cpu_public[cpu].online))
		return;

	hook_send_nmi(cpu);
	for (u32 i = 0; READ_ONCE(cpu_public[cpu].online) && i < STOP_PATIENCE; i++)
		cpu_pause();
}

void cpus_stop_others(void)
{
	u32 none = 0;
	bool first;

	irq_disable();
	cpu_info()->held_ranks = 0; /* the last words take locks in any order */

	first = __atomic_compare_exchange_n(&stopper, &none, cpu_id() + 1, false, __ATOMIC_SEQ_CST,
					    __ATOMIC_SEQ_CST);
	if (!first) {
		cpu_stop_if_told();
		return;
	}

	for (u32 c = 0; c < cpu_count; c++)
		cpu_stop_other(c);
}

void panic(const char *fmt, ...)
{
	va_list ap;

	cpus_stop_others();

	log_err("PANIC on CPU %u:", cpu_id());
	va_start(ap, fmt);
	log_print_v(LOG_ERR, fmt, ap);
	va_end(ap);

	hook_panic();
	cpu_stop();
}
