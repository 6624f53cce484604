/* SPDX-License-Identifier: MIT */
/*
 * The small machine: its domains, and their hypercalls. Its devices are in machine.c, rooms that
 * are only counted in rooms.c.
 */
#include "suites.h"
#include "../fake/guest.h"
#include "../fake/lock.h"

#include <console/console.h>
#include <event/event.h>
#include <frame/alloc.h>
#include <x86/features.h>
#include <x86/hooks.h>
#include <x86/paging.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DOMAINS_MOST 100 /* that a test makes */

/* Of its one CPU. */
#define APIC_ID 7
#define ACPI_ID 3

u32 world_dom_exc, world_table_restarts;
struct frame *world_large_table;
u8 arena[ARENA_SIZE] __aligned(4096);
jmp_buf world_off;
struct domain *guest;
static u32 restarts;
static u64 free_at_start;

struct cpu_features features = { .phys_bits = 40,
				 .max_leaf = 0xd,
				 .max_ext_leaf = 0x80000008,
				 .xsave = true,
				 .xfeatures = 7,
				 .fpu_size = 832 };

int format_v(char *buf, size_t n, const char *fmt, va_list ap)
{
	return vsnprintf(buf, n, fmt, ap);
}

void world_as(struct domain *d)
{
	fake_current = d->vcpu[0];
}

void world_run_reaper(void)
{
	if (fake_softirqs & 1u << SOFTIRQ_REAP) {
		domain_crash_finish();
		domain_reap();
	}
	fake_softirqs = 0;
}

long call(u32 nr, u64 a, u64 b, u64 c)
{
	static long (*const handlers[64])(struct hypercall * hc) = {
		[__HYPERVISOR_memory_op] = hc_memory_op,
		[__HYPERVISOR_sched_op] = hc_sched_op,
		[__HYPERVISOR_sched_op_compat] = hc_sched_op_compat,
		[__HYPERVISOR_vcpu_op] = hc_vcpu_op,
		[__HYPERVISOR_physdev_op] = hc_physdev_op,
		[__HYPERVISOR_domctl] = hc_domctl,
		[__HYPERVISOR_sysctl] = hc_sysctl,
		[__HYPERVISOR_platform_op] = hc_platform_op,
		[__HYPERVISOR_vm_assist] = hc_vm_assist,
		[__HYPERVISOR_set_timer_op] = hc_set_timer_op,
		[__HYPERVISOR_arch_0] = hc_hospes,
		[__HYPERVISOR_event_channel_op] = hc_event_channel_op,
		[__HYPERVISOR_event_channel_op_compat] = hc_event_channel_op_compat,
	};
	struct hypercall hc = { .arg = { a, b, c }, .nr = nr };
	long rc;

	restarts = ~0u;
	do {
		restarts++;
		fake_enter();
		rc = handlers[nr](&hc);
		assert(!fake_locks_held());
	} while (rc == -ERESTART);
	return rc;
}

u32 world_restarts(void)
{
	return restarts;
}

struct frame *world_frame(struct domain *d)
{
	struct frame *f;

	assert(!domain_alloc_frames(d, 0, ADDR_ANY, &f));
	return f;
}

static struct domain *domain_new(domid_t id)
{
	struct domain *d;

	assert(!domain_build(id, 4, 4, 4, &d));
	d->max_pages = 128;
	d->pauses = d->control.pauses = 0;
	for (u32 i = 0; i < 4; i++)
		d->vcpu[i]->initialised = true;
	d->vcpu[0]->down = 0;
	for (u32 i = 0; i < 64; i++)
		world_frame(d);
	return d;
}

/* Memory stays from one world to the next. */
static void memory_up(void)
{
	if (frame_count)
		return;

	fake_memory_up(FRAMES);
	frame_add_ram(FIRST_FRAME * PAGE_SIZE, FRAMES * PAGE_SIZE);
}

void world_up(void)
{
	memory_up();
	free_at_start = frames_free_count();

	fake_preempt_after = 0;
	fake_in_window = NULL;
	fake_budget_set(BUDGET_LOOKS);
	world_table_restarts = 0;
	world_large_table = NULL;
	memset(world_irq_taken, 0, sizeof(world_irq_taken));
	memset(arena, 0, sizeof(arena));
	fake_guest_memory(arena, arena + ARENA_SIZE);
	fake_lock_pairs = 1u << LOCK_EVENT;
	cpu_public[0].apic_id = APIC_ID;
	cpu_public[0].acpi_id = ACPI_ID;

	dom0 = domain_new(0);
	dom0->privileged = true;
	dom0->max_pages = 2048;
	dom0->io.ports = heap_alloc(8192);
	memset(dom0->io.ports, 0xff, 8192);

	guest = domain_new(1);
	domain_put(guest);
	world_as(dom0);
}

void world_soil(void)
{
	memset(world_forgotten, 0, sizeof(world_forgotten));
	for (u64 m = FIRST_FRAME; m < FRAMES; m++)
		if (!frame_table[m].owner)
			memset(mfn_to_virt(MFN(m)), 0xa5, PAGE_SIZE);
}

void world_end(struct domain *d)
{
	fake_current = NULL;
	while (domain_destroy(d) == -ERESTART)
		fake_enter();
	world_run_reaper();
}

void world_down(void)
{
	struct domain *d;
	u32 ended = 0;

	fake_preempt_after = 0;
	fake_in_window = NULL;
	world_table_restarts = 0;
	for (d = domain_next(1); d; d = domain_next(1)) {
		ck_assert_msg(ended++ < DOMAINS_MOST, "d%u does not end: %u references", d->id,
			      d->refs - 1);
		domain_put(d);
		world_end(d);
	}
	d = dom0;
	world_end(d);
	dom0 = NULL;
	domain_put(d);
	world_run_reaper();
	ck_assert_uint_eq(claim_total(), 0);
	ck_assert_uint_eq(frames_free_count(), free_at_start);
	ck_assert_uint_eq(fake_heap_blocks, 0);
	ck_assert_int_eq(fake_timers_set, 0); /* none is left to fire in memory that is freed */
}
