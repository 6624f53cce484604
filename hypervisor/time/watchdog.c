/* SPDX-License-Identifier: MIT */
/*
 * Non-maskable interrupts, and the watchdog that uses them. Each CPU counts seconds by a timer, and
 * looks at the count of the next CPU. If that stands still, ring 0 hangs there with interrupts off.
 * An NMI still reaches it, and makes it tell where it is. On a machine with one CPU nobody looks.
 */
#include <console/console.h>
#include <time/time.h>
#include <x86/asm.h>
#include <x86/cpu.h>
#include <x86/traps.h>
#include <x86/hooks.h>

#define PERIOD_NS NS_PER_SEC
#define PATIENCE  10 /* periods: beyond any operation of ours, but a virtual CPU may stand still */
#define ANSWER    2  /* periods more, for its report */

#define PORT_NMI_STATUS 0x61
#define NMI_MEMORY      0x80
#define NMI_BUS         0x40

struct watch {
	struct timer timer;
	u32 count;        /* periods served; the neighbour reads it */
	u32 seen, missed; /* the neighbour's count at the last look; periods that it stood still */
	bool suspect;     /* the neighbour wants to hear from this CPU */
};
static struct watch watches[MAX_CPUS];

static void watch_neighbour(struct watch *w, u32 cpu)
{
	u32 count = READ_ONCE(watches[cpu].count);

	w->missed = count == w->seen ? w->missed + 1 : 0;
	w->seen = count;
	if (w->missed == PATIENCE) {
		WRITE_ONCE(watches[cpu].suspect, true);
		hook_send_nmi(cpu);
	} else if (w->missed == PATIENCE + ANSWER) {
		panic("watchdog: CPU %u hangs, and does not take NMIs", cpu);
	}
}

static void watch_period(struct timer *t)
{
	struct watch *w = &watches[cpu_id()];

	WRITE_ONCE(w->count, w->count + 1);
	watch_neighbour(w, (cpu_id() + 1) % cpu_count);
	timer_set(t, time_now() + PERIOD_NS);
}

void watchdog_start(void)
{
	if (cpu_count == 1)
		log_warn("watchdog: this machine's one CPU has no other to look at it");
	for (u32 c = 0; c < cpu_count; c++) {
		timer_init(&watches[c].timer, watch_period);
		timer_set_on(&watches[c].timer, c, time_now() + PERIOD_NS);
	}
}

void hook_nmi(const struct cpu_user_regs *regs)
{
	u8 status = inb(PORT_NMI_STATUS);

	if (status & (NMI_MEMORY | NMI_BUS))
		panic("non-maskable interrupt: %s error (port 0x61: %#x)",
		      status & NMI_MEMORY ? "memory" : "bus", status);

	if (!READ_ONCE(watches[cpu_id()].suspect))
		return;

	cpus_stop_others();
	regs_dump(regs);
	panic("watchdog: CPU %u took no timer for %u seconds", cpu_id(), PATIENCE);
}
