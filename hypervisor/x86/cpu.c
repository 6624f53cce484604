/* SPDX-License-Identifier: MIT */
/* A CPU's posts from others, preemption points, and the end of everything: panic(). */
#include <lib/log.h>
#include <lib/format.h>
#include <x86/asm.h>
#include <x86/cpu.h>
#include <x86/upcalls.h>

struct cpu_public cpu_public[MAX_CPUS];
u32 cpu_count = 1;
bool smap_on;

void softirq_post(u32 cpu, enum softirq s)
{
	if (cpu == cpu_id()) {
		softirq_raise(s);
		return;
	}
	__atomic_fetch_or(&cpu_public[cpu].posted, 1ul << s, __ATOMIC_SEQ_CST);
	upcall_kick(cpu);
}

void cpu_poll(void)
{
	u64 posted;

	if (!READ_ONCE(cpu_public[cpu_id()].posted))
		return;
	posted = __atomic_exchange_n(&cpu_public[cpu_id()].posted, 0, __ATOMIC_SEQ_CST);
	if (posted & 1u << SOFTIRQ_TLB)
		upcall_tlb_poll();
	cpu_info()->softirqs |= posted & ~(1ul << SOFTIRQ_TLB);
}

bool preempt_window(void)
{
	irq_enable();
	__asm__ volatile("nop" : : : "memory");
	irq_disable();
	cpu_poll();
	return cpu_info()->softirqs != 0;
}

void panic(const char *fmt, ...)
{
	va_list ap;

	irq_disable();
	console_emergency();
	log_err("PANIC on CPU %u:", cpu_id());
	va_start(ap, fmt);
	log_print_v(LOG_ERR, fmt, ap);
	va_end(ap);
	upcall_panic();
	for (;;)
		__asm__ volatile("cli; hlt");
}
