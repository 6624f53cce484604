/* SPDX-License-Identifier: MIT */
/* When the machine goes down: dom0 stopped, somebody asked, or we panicked (irq/power.c: how). */
#include <console/console.h>
#include <devices/devices.h>
#include <event/event.h>
#include <irq/power.h>
#include <pvabi/sched.h>
#include <x86/asm.h>
#include <x86/cpu.h>
#include <x86/hooks.h>

#define PANIC_SECONDS 5    /* to read the last words */
#define POST_PORT     0x80 /* a read takes about 1 us */

static void __noreturn machine_halt(void)
{
	cpus_stop_others();
	log_info("halted");
	cpu_stop();
}

void machine_reboot(void)
{
	log_info("the machine is reset");
	power_reset();
}

void machine_poweroff(void)
{
	log_info("the machine can be switched off");
	machine_halt();
}

const char *shutdown_name(u32 code)
{
	static const char *const name[] = {
		[SHUTDOWN_poweroff] = "power off",        [SHUTDOWN_reboot] = "reboot",
		[SHUTDOWN_suspend] = "suspend",           [SHUTDOWN_crash] = "crash",
		[SHUTDOWN_watchdog] = "its watchdog bit", [SHUTDOWN_soft_reset] = "soft reset",
	};

	if (code >= ARRAY_SIZE(name))
		return "no known reason";

	return name[code];
}

static void __noreturn dom0_stopped(const struct domain *d)
{
	u32 code = d->shutdown_code;

	log_info("dom0 has stopped: %s", shutdown_name(code));

	if (code == SHUTDOWN_poweroff)
		machine_poweroff();

	/* Whoever asked for no reboot after a crash wants to read why. */
	if (power_noreboot && code != SHUTDOWN_reboot)
		machine_halt();

	machine_reboot();
}

void hook_domain_stopped(struct domain *d)
{
	if (d == dom0)
		dom0_stopped(d);

	if (dom0)
		event_virq_global(dom0, VIRQ_DOM_EXC);
}

void hook_panic(void)
{
	if (power_noreboot)
		return;

	log_err("reset in %u seconds", PANIC_SECONDS);

	/* Waits with nothing of ours that may be broken. */
	for (u32 us = 0; us < PANIC_SECONDS * 1000000; us++)
		(void)inb(POST_PORT);

	power_reset();
}
