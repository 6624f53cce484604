/* SPDX-License-Identifier: MIT */
/*
 * Stand-ins for the rooms that are not linked: logs, time that a guest is told, power, the
 * processor's registers.
 */
#include "machine.h"

#include <console/console.h>
#include <devices/devices.h>
#include <event/event.h>
#include <frame/alloc.h>
#include <frame/tlb.h>
#include <guest/guest.h>
#include <irq/power.h>
#include <lib/fail.h>
#include <lib/string.h>
#include <x86/fpu.h>
#include <x86/spec.h>
#include <x86/hooks.h>
#include <x86/stretch.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool world_off;

/* --- words: with VERBOSE in the environment, all refusals ------------------------------------ */

void fail_reason(int err, const char *where, const char *fmt, ...)
{
	static int verbose = -1;
	va_list ap;

	if (verbose < 0)
		verbose = getenv("VERBOSE") != NULL;
	if (!verbose)
		return;

	fprintf(stderr, "%s: ", where);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, " (%d)\n", err);
}

int format_v(char *buf, size_t n, const char *fmt, va_list ap)
{
	return vsnprintf(buf, n, fmt, ap);
}

size_t str_copy(char *to, const char *from, size_t size)
{
	return (size_t)snprintf(to, size, "%s", from);
}

struct dom_log *domain_log_create(void)
{
	return heap_alloc(8);
}

void domain_log_free(struct dom_log *l)
{
	heap_free(l);
}

void domain_log(struct domain *d, const char *fmt, ...)
{
}

bool domain_may_print(struct domain *d, enum log_level level)
{
	return false;
}

size_t domain_log_read(struct domain *d, u64 *pos, char *buf, size_t n)
{
	return 0;
}

size_t console_ring_read(u64 *pos, char *buf, size_t n)
{
	return 0;
}

void console_ring_clear(void)
{
}

size_t console_room(void)
{
	return 64;
}

bool console_drain(u64 *lost)
{
	*lost = 0;
	return false;
}

size_t console_read_input(char *buf, size_t n)
{
	return 0;
}

void console_guest_write(u32 domid, const char *text, size_t n, bool raw)
{
}

void console_uart_interrupt(void)
{
}

int console_uart_irq(void)
{
	return -1;
}

u16 console_uart_port(void)
{
	return 0;
}

/* --- time, and who runs ---------------------------------------------------------------------- */

void runstate_change(struct vcpu *v, int new_state, u64 now)
{
	assert(spin_held(&v->state_lock));
	v->runstate.state = new_state;
}

void runstate_publish(struct vcpu *v)
{
}

void runstate_now(struct vcpu *v, struct vcpu_runstate_info *out)
{
	*out = v->runstate;
}

u64 vcpu_cpu_time(struct vcpu *v)
{
	return 0;
}

void vcpu_time_update(struct vcpu *v)
{
}

void domain_wallclock_update(struct domain *d)
{
	assert(d->dying != LIFE_DEAD);
	d->shared->wc_sec++;
}

u64 time_tsc_khz(void)
{
	return 1000000;
}

void wallclock_set(u64 sec, u32 nsec, u64 at)
{
}

bool stretch_read(u32 cpu, u32 index, struct stretch *out)
{
	return false;
}

void stretches_forget(void)
{
}

/* --- power ----------------------------------------------------------------------------------- */

bool power_noreboot;

const char *shutdown_name(u32 code)
{
	return "stopped";
}

void power_sleep(u32 a, u32 b)
{
	world_off = true;
}

/* No call of this grammar gets so far. */
void machine_poweroff(void)
{
	panic("switched off");
}

void machine_reboot(void)
{
	panic("reset");
}

void hook_domain_stopped(struct domain *d)
{
	if (d == dom0)
		world_off = true;
	else if (dom0)
		event_virq_global(dom0, VIRQ_DOM_EXC);
}

void hook_kick(u32 cpu)
{
}

/* --- parts of rooms -------------------------------------------------------------------------- */

void switch_forget(struct domain *d)
{
}

/* All large pages around it are cut already. */
int frame_cache_set(struct frame *f, u32 cache)
{
	f->flags = (f->flags & ~FRAME_CACHE) | cache << FRAME_CACHE_SHIFT;
	return 0;
}

void port_reserve(u16 first, u16 last)
{
}

/* --- the processor --------------------------------------------------------------------------- */

struct cpu_user_regs *guest_regs(void)
{
	return &machine[cpu_id()].regs;
}

void vcpu_load_ldt(struct vcpu *v)
{
}

void vcpu_load_debug(const struct vcpu *v)
{
}

void vcpu_toggle_mode(struct vcpu *v)
{
	v->kernel_mode = !v->kernel_mode;
	v->roots.cr3 = v->kernel_mode ? v->roots.kernel_cr3 : v->roots.user_cr3;
	tlb_use(v->roots.cr3);
}

struct spec_guest spec_guest;
bool spec_guests_defend;

bool fpu_xcr0_ok(u64 xcr0)
{
	return (xcr0 & 1) && !(xcr0 & ~7ul);
}

void fpu_area_init(void *area)
{
}

bool wrmsr_safe(u32 msr, u64 val)
{
	return true;
}

bool load_gs_user(u16 selector)
{
	return true;
}

void guest_cpuid(struct vcpu *v, u32 leaf, u32 sub, struct cpuid_regs *out)
{
	*out = (struct cpuid_regs){ leaf, sub, 0, 0 };
}
