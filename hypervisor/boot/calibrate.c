/* SPDX-License-Identifier: MIT */
/*
 * Time begins: how fast the TSC and the APIC timer count is measured for 20 ms against the first of
 * HPET, ACPI PM timer and PIT that counts. Where the processor tells its TSC's rate, that is taken
 * if the measurement agrees.
 */
#include <boot/boot.h>
#include <console/console.h>
#include <frame/ownmap.h>
#include <irq/irq.h>
#include <lib/muldiv.h>
#include <time/time.h>
#include <x86/asm.h>
#include <x86/cpu.h>
#include <x86/features.h>

/*
 * Where the TSC runs evenly, Linux counts time by the TSC itself, at the rate that it finds in
 * pvclock's scale in whole kHz (in steps of 2 from 2 GHz on, of 4 from 4 GHz on). If our rate is
 * one of these, its time and ours stay in step.
 */
#define TSC_HZ_STEP 4000

#define MEASURE_PER_SEC 50       /* the part of a second that is measured: 20 ms */
#define READS_MAX       20000000 /* of a counter that stands still: seconds at most */
#define READS_QUIET     10000    /* of one that has not counted once: it never will */
#define SAMPLES         8        /* the best bracketed of these is taken */

#define HPET_SIZE        1024
#define HPET_CAPS_PERIOD 4 /* femtoseconds a tick */
#define HPET_CONFIG      0x10
#define HPET_COUNTER     0xf0
#define HPET_ENABLE      1u
#define HPET_PERIOD_MAX  100000000u /* by its specification */
#define FS_PER_SEC       1000000000000000ul

#define CPUID_TSC 0x15 /* leaf */

#define PMTIMER_HZ    3579545
#define PIT_HZ        1193182
#define PIT_CH2       0x42
#define PIT_COMMAND   0x43
#define PIT_CH2_MODE0 0xb0 /* channel 2, both bytes, count down once */
#define PIT_CH2_LATCH 0x80
#define PORT_SPEAKER  0x61 /* bit 0: gate of channel 2; bit 1: the speaker itself */

u64 time_hpet_maddr;
u32 time_pmtimer_port;

static volatile u8 *hpet;

static u64 hpet_start(void)
{
	u32 period;

	if (!time_hpet_maddr)
		return 0;

	hpet = ownmap_device(time_hpet_maddr, HPET_SIZE);
	if (!hpet)
		return 0;

	period = mmio_read32(hpet + HPET_CAPS_PERIOD);
	if (!period || period > HPET_PERIOD_MAX)
		return 0;

	mmio_write32(hpet + HPET_CONFIG, mmio_read32(hpet + HPET_CONFIG) | HPET_ENABLE);
	return FS_PER_SEC / period;
}

static u32 hpet_read(void)
{
	return mmio_read32(hpet + HPET_COUNTER);
}

static u64 pmtimer_start(void)
{
	return time_pmtimer_port ? PMTIMER_HZ : 0;
}

static u32 pmtimer_read(void)
{
	return inl(time_pmtimer_port);
}

/* 65536 ticks are 54 ms: it does not wrap while we measure. */
static u64 pit_start(void)
{
	outb(PORT_SPEAKER, (inb(PORT_SPEAKER) & ~2) | 1);
	outb(PIT_COMMAND, PIT_CH2_MODE0);
	outb(PIT_CH2, 0xff);
	outb(PIT_CH2, 0xff);
	return PIT_HZ;
}

static u32 pit_read(void)
{
	u32 lo;

	outb(PIT_COMMAND, PIT_CH2_LATCH);
	lo = inb(PIT_CH2);
	return 0xffff - (lo | (u32)inb(PIT_CH2) << 8);
}

static const struct reference {
	const char *name;
	u64 (*start)(void); /* its rate in Hz; 0: it is not there */
	u32 (*read)(void);  /* counts up */
	u32 mask;
} references[] = {
	{ "HPET", hpet_start, hpet_read, 0xffffffff },
	{ "PM timer", pmtimer_start, pmtimer_read, 0xffffff },
	{ "PIT", pit_start, pit_read, 0xffff },
};

struct sample {
	u64 tsc;
	u32 count, apic;
};

/* A reading between two of the TSC, the closest pair of some tries: an SMI may hit any of them. */
static struct sample sample_take(const struct reference *r)
{
	struct sample best = { 0, 0, 0 };
	u64 width = ~0ul;

	for (u32 i = 0; i < SAMPLES; i++) {
		u64 before = rdtsc();
		u32 count = r->read();
		u64 after = rdtsc();

		if (after - before >= width)
			continue;

		width = after - before;
		best = (struct sample){ before + width / 2, count, apic_timer_counted() };
	}
	return best;
}

/* Waits until @r counted @ticks from @start on. False: it does not count. */
static bool ticks_pass(const struct reference *r, u32 start, u64 ticks)
{
	u64 passed = 0;

	for (u32 i = 0; passed < ticks; i++) {
		if (i == READS_MAX || (i == READS_QUIET && !passed))
			return false;
		passed = (r->read() - start) & r->mask;
	}
	return true;
}

/* False: @r is not there, or does not count. */
static bool measure(const struct reference *r, u64 *hz, u64 *apic_ticks, u64 *apic_ns)
{
	u64 rate = r->start(), passed;
	struct sample from, to;

	if (!rate)
		return false;

	apic_timer_start_count();
	from = sample_take(r);
	if (!ticks_pass(r, from.count, rate / MEASURE_PER_SEC)) {
		log_warn("the %s does not count", r->name);
		return false;
	}
	to = sample_take(r);

	passed = (to.count - from.count) & r->mask;
	*apic_ticks = to.apic - from.apic;
	*apic_ns = mul_div(passed, NS_PER_SEC, rate);
	*hz = mul_div(to.tsc - from.tsc, rate, passed);
	return *hz != 0;
}

/* The TSC's rate as the processor tells it: the crystal's rate c times b / a. 0: it does not. */
static u64 tsc_hz_told(void)
{
	struct cpuid_regs r;

	if (features.max_leaf < CPUID_TSC)
		return 0;

	r = cpuid(CPUID_TSC, 0);
	if (!r.a || !r.b || !r.c)
		return 0;

	return mul_div(r.c, r.b, r.a);
}

static void log_rates(const char *name, bool told, u64 hz, u64 apic_khz)
{
	log_info("TSC: %lu.%03lu MHz by the %s%s; APIC timer: %lu.%03lu MHz", hz / 1000000,
		 hz / 1000 % 1000, name, told ? " and CPUID" : "", apic_khz / 1000,
		 apic_khz % 1000);
}

static u64 calibrate(u64 *apic_ticks, u64 *apic_ns)
{
	u64 hz, told = tsc_hz_told();

	for (u32 i = 0; i < ARRAY_SIZE(references); i++) {
		if (!measure(&references[i], &hz, apic_ticks, apic_ns))
			continue;

		if (told > hz - hz / 100 && told < hz + hz / 100)
			hz = told;
		log_rates(references[i].name, hz == told, hz, *apic_ticks * 1000000 / *apic_ns);
		return (hz + TSC_HZ_STEP / 2) / TSC_HZ_STEP * TSC_HZ_STEP;
	}
	panic("no clock to measure the TSC with: neither HPET, PM timer nor PIT count");
}

void time_init(void)
{
	u64 apic_ticks, apic_ns;

	clock_start(calibrate(&apic_ticks, &apic_ns));
	if (!features.tsc_invariant)
		log_debug("this processor does not promise that its TSC runs evenly");

	apic_timer_init(apic_ticks, apic_ns);
	timers_init();
	wallclock_init();
}
