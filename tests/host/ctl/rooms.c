/* SPDX-License-Identifier: MIT */
/*
 * The rooms that are only counted here, or do the least that the tested ones can see: logs, time,
 * power, page tables, grants, what guests are shown.
 */
#include "suites.h"

#include <console/console.h>
#include <frame/alloc.h>
#include <frame/ownmap.h>
#include <frame/tlb.h>
#include <grant/grant.h>
#include <guest/guest.h>
#include <irq/power.h>
#include <ptable/ptable.h>
#include <x86/features.h>
#include <x86/fpu.h>
#include <x86/spec.h>
#include <x86/hooks.h>
#include <x86/stretch.h>

#include <string.h>

bool world_forgotten[FRAMES];
u32 world_roots_put;
u32 world_stretches_forgotten;

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

size_t domain_log_read(struct domain *d, u64 *pos, char *buf, size_t n)
{
	memset(buf, 'x', n);
	*pos += n;
	return n;
}

int guestmap_make(struct guestmap *m)
{
	return 0;
}

void guestmap_free(struct guestmap *m)
{
}

int guestmap_window_make(struct guestmap *m, u32 vcpu)
{
	return 0;
}

void switch_forget(struct domain *d)
{
}

int vcpu_entry_make(struct vcpu *v)
{
	return 0;
}

void vcpu_entry_free(struct vcpu *v)
{
}

void *ownmap_device(u64 maddr, size_t size)
{
	static u8 device[4096] __aligned(4096);

	return device + maddr % 4096;
}

struct spec_guest spec_guest;
bool spec_guests_defend;

bool fpu_xcr0_ok(u64 xcr0)
{
	return (xcr0 & 1) && !(xcr0 & ~features.xfeatures);
}

void fpu_area_init(void *area)
{
}

void runstate_change(struct vcpu *v, int new_state, u64 now)
{
	v->runstate.state = new_state;
}

void runstate_publish(struct vcpu *v)
{
	ignore(guest_copy_out((void *)v->runstate_guest, &v->runstate, sizeof(v->runstate)));
}

void runstate_now(struct vcpu *v, struct vcpu_runstate_info *out)
{
	*out = v->runstate;
}

u64 vcpu_cpu_time(struct vcpu *v)
{
	return 5;
}

void vcpu_time_update(struct vcpu *v)
{
}

void domain_wallclock_update(struct domain *d)
{
	assert(d->dying != LIFE_DEAD);
	d->shared->wc_sec++;
}

bool stretch_read(u32 cpu, u32 index, struct stretch *out)
{
	*out = (struct stretch){ .cycles = 1000 + cpu,
				 .kind = HOSPES_STRETCH_interrupt,
				 .number = 0xf0 };
	if (index)
		out->lock = "PTABLE";
	return cpu < 2 && index < 2;
}

void stretches_forget(void)
{
	world_stretches_forgotten++;
}

u64 time_tsc_khz(void)
{
	return 1000000;
}

void wallclock_set(u64 sec, u32 nsec, u64 at)
{
	assert(nsec < 1000000000);
}

bool power_noreboot;

const char *shutdown_name(u32 code)
{
	return "stopped";
}

void power_sleep(u32 a, u32 b)
{
}

void machine_poweroff(void)
{
	longjmp(world_off, 1);
}

void machine_reboot(void)
{
	longjmp(world_off, 1);
}

void hook_domain_stopped(struct domain *d)
{
	world_dom_exc++;
}

u64 tlb_clock;

/* All is write-back. */
int frame_cache_set(struct frame *f, u32 cache)
{
	return -ENOMEM;
}

void tlb_forget(struct frame *f)
{
	world_forgotten[frame_mfn(f).n] = true;
}

void tlb_forget_block(const struct frame *f)
{
	world_forgotten[frame_mfn(f).n] = true;
}

u64 tlb_holders(const struct frame *f)
{
	return 0;
}

void hook_kick(u32 cpu)
{
}

size_t console_ring_read(u64 *pos, char *buf, size_t n)
{
	size_t got = *pos < 10000 ? MIN(n, 10000 - *pos) : 0;

	memset(buf, 'c', got);
	*pos += got;
	return got;
}

void console_ring_clear(void)
{
}

/* --- page tables, grants, guests -------------------------------------------------------------- */

int ptable_put_roots(struct vcpu *v)
{
	assert(v != fake_current);
	world_roots_put++;
	return 0;
}

void desc_put_tables(struct vcpu *v)
{
}

int table_teardown(struct domain *d, struct frame *f)
{
	assert(f->owner == d);
	if (!world_table_restarts || (world_large_table && f != world_large_table))
		return 0;

	world_table_restarts--;
	cpu_info()->budget = 0;
	return -ERESTART;
}

int grant_init(struct domain *d, u32 frames, u32 maptrack)
{
	d->grants = heap_alloc(8);
	return 0;
}

int grant_teardown(struct domain *d)
{
	return 0;
}

void grant_free(struct domain *d)
{
	heap_free(d->grants);
}

void grant_dump(struct domain *d)
{
}

int guest_set_context(struct vcpu *v, const struct vcpu_guest_context *c)
{
	v->initialised = true;
	if (c->flags & VGCF_online)
		v->down = 0;
	return 0;
}

void guest_get_context(struct vcpu *v, struct vcpu_guest_context *c)
{
	memset(c, 0, sizeof(*c));
}

void guest_fill_hypercall_page(void *page)
{
	memset(page, 0xcc, PAGE_SIZE);
}

void guest_cpuid(struct vcpu *v, u32 leaf, u32 sub, struct cpuid_regs *out)
{
	*out = (struct cpuid_regs){ leaf == 0x80000000 ? 0x80000008 : leaf, sub, 0, 0 };
}
