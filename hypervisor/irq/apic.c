/* SPDX-License-Identifier: MIT */
/*
 * The local APIC of each CPU: end of interrupt, interrupts between CPUs, and its one-shot timer.
 * Its registers are memory (xAPIC) or, where the processor has it, MSRs (x2APIC).
 */
#include <console/console.h>
#include <frame/ownmap.h>
#include <irq/irq.h>
#include <lib/muldiv.h>
#include <x86/asm.h>
#include <x86/cpu.h>
#include <x86/features.h>
#include <x86/hooks.h>

/* Registers by their offset in the page; the MSR is X2APIC_MSR + offset / 16. */
enum {
	APIC_ID = 0x20,
	APIC_TPR = 0x80,
	APIC_EOI = 0xb0,
	APIC_SPURIOUS = 0xf0,
	APIC_ISR = 0x100,
	APIC_ESR = 0x280,
	APIC_ICR = 0x300,
	APIC_ICR_HIGH = 0x310,
	APIC_LVT_TIMER = 0x320,
	APIC_LVT_THERMAL = 0x330,
	APIC_LVT_COUNTER = 0x340,
	APIC_LVT_LINT0 = 0x350,
	APIC_LVT_LINT1 = 0x360,
	APIC_LVT_ERROR = 0x370,
	APIC_TIMER_INITIAL = 0x380,
	APIC_TIMER_CURRENT = 0x390,
	APIC_TIMER_DIVIDE = 0x3e0,
};
#define X2APIC_MSR 0x800

#define APIC_BASE_ENABLE (1ul << 11)
#define APIC_BASE_X2APIC (1ul << 10)
#define APIC_ENABLED     (1u << 8)
#define ICR_BUSY         (1u << 12)
#define ICR_ASSERT       (1u << 14)
#define ICR_PATIENCE     1000000 /* reads: far beyond any delivery */
#define ISR_WORDS        8       /* a bit for each vector */
#define LVT_MASKED       (1u << 16)
#define LVT_NMI          (4u << 8)
#define LVT_DEADLINE     (2u << 17)
#define DIVIDE_BY_1      0xb

static volatile u8 *apic_page; /* the xAPIC's registers; NULL: x2APIC */
static bool apic_x2;
static u64 timer_mul; /* APIC timer ticks per nanosecond, times 2^32 */

static u32 apic_read(u32 reg)
{
	if (apic_x2)
		return rdmsr(X2APIC_MSR + reg / 16);
	return mmio_read32(apic_page + reg);
}

static void apic_write(u32 reg, u32 v)
{
	if (apic_x2)
		wrmsr(X2APIC_MSR + reg / 16, v);
	else
		mmio_write32(apic_page + reg, v);
}

static void apic_enable(void)
{
	u64 base = rdmsr(MSR_APIC_BASE);

	wrmsr(MSR_APIC_BASE, base | APIC_BASE_ENABLE);
	if (features.x2apic) {
		wrmsr(MSR_APIC_BASE, base | APIC_BASE_ENABLE | APIC_BASE_X2APIC);
		apic_x2 = true;
		return;
	}

	if (!apic_page)
		apic_page = ownmap_device(base & PTE_ADDR, PAGE_SIZE);
	if (!apic_page)
		panic("no address space for the local APIC");
}

/* A device can raise these by the messages that it sends: the more, the fewer are told. */
static void apic_error(void)
{
	static u32 errors[MAX_CPUS];
	u32 n = ++errors[cpu_id()];

	apic_write(APIC_ESR, 0);
	if (is_power_of_two(n))
		log_warn("local APIC of CPU %u: error %#x, the %u. one", cpu_id(),
			 apic_read(APIC_ESR), n);
}

static bool any_in_service(void)
{
	for (u32 w = 0; w < ISR_WORDS; w++)
		if (apic_read(APIC_ISR + w * 16))
			return true;
	return false;
}

/* What the loader or the firmware left in service would block all lower vectors. */
static void apic_drain(void)
{
	for (u32 i = 0; i < 256 && any_in_service(); i++)
		apic_eoi();
}

void apic_init_cpu(void)
{
	if (!features.max_leaf || !(cpuid(1, 0).d & 1u << 9))
		panic("this processor has no local APIC, or it is switched off");

	apic_enable();
	vector_set(VECTOR_ERROR, apic_error);

	apic_write(APIC_SPURIOUS, APIC_ENABLED | VECTOR_SPURIOUS);
	apic_write(APIC_TPR, 0);
	apic_write(APIC_LVT_TIMER, LVT_MASKED);
	apic_write(APIC_LVT_THERMAL, LVT_MASKED);
	apic_write(APIC_LVT_COUNTER, LVT_MASKED);
	apic_write(APIC_LVT_LINT0, LVT_MASKED);
	apic_write(APIC_LVT_LINT1, LVT_NMI);
	apic_write(APIC_LVT_ERROR, VECTOR_ERROR);
	apic_write(APIC_TIMER_DIVIDE, DIVIDE_BY_1);

	apic_drain();
	cpu_public[cpu_id()].apic_id = apic_id();
}

void apic_eoi(void)
{
	apic_write(APIC_EOI, 0);
}

u32 apic_id(void)
{
	u32 id = apic_read(APIC_ID);

	return apic_x2 ? id : id >> 24;
}

u32 apic_id_max(void)
{
	return apic_x2 ? ~0u - 1 : 0xfe;
}

void apic_send(u32 id, u32 command)
{
	command |= ICR_ASSERT;
	if (apic_x2) {
		/* A WRMSR of an x2APIC register does not serialise (Intel SDM vol. 3, 10.12.3). */
		__asm__ volatile("mfence; lfence" : : : "memory");
		wrmsr(X2APIC_MSR + APIC_ICR / 16, (u64)id << 32 | command);
		return;
	}

	for (u32 i = 0; i < ICR_PATIENCE && apic_read(APIC_ICR) & ICR_BUSY; i++)
		cpu_pause();
	apic_write(APIC_ICR_HIGH, id << 24);
	apic_write(APIC_ICR, command);
}

void hook_kick(u32 cpu)
{
	apic_send(cpu_public[cpu].apic_id, VECTOR_KICK);
}

void hook_send_nmi(u32 cpu)
{
	apic_send(cpu_public[cpu].apic_id, APIC_NMI);
}

void apic_timer_start_count(void)
{
	apic_write(APIC_LVT_TIMER, LVT_MASKED | VECTOR_TIMER);
	apic_write(APIC_TIMER_INITIAL, ~0u);
}

u32 apic_timer_counted(void)
{
	return ~0u - apic_read(APIC_TIMER_CURRENT);
}

void apic_timer_init(u64 ticks, u64 ns)
{
	apic_write(APIC_TIMER_INITIAL, 0);
	if (!features.tsc_deadline && (!ticks || !ns))
		panic("the local APIC's timer does not count");

	if (ns)
		timer_mul = mul_div(ticks, 1ul << 32, ns);
	apic_timer_init_cpu();
}

void apic_timer_init_cpu(void)
{
	apic_write(APIC_LVT_TIMER, VECTOR_TIMER | (features.tsc_deadline ? LVT_DEADLINE : 0));

	/* The mode must have changed before the first write of the deadline. */
	__asm__ volatile("mfence" : : : "memory");
}

void apic_timer_set(u64 deadline_tsc, u64 ns)
{
	u64 ticks;

	if (features.tsc_deadline) {
		wrmsr(MSR_TSC_DEADLINE, MAX(deadline_tsc, 1ul)); /* 0 would turn it off */
		return;
	}

	/* Too far for the counter: it fires early, and timers_run sets it again. */
	ticks = (u64)((unsigned __int128)ns * timer_mul >> 32) + 1;
	apic_write(APIC_TIMER_INITIAL, MIN(ticks, 0xfffffffful));
}
