/* SPDX-License-Identifier: MIT */
/*
 * The small machine: memory, locks with order check, domains, calls. Its devices are in machine.c,
 * rooms that are only counted in rooms.c.
 */
#include "suites.h"

#include <console/console.h>
#include <event/event.h>
#include <frame/alloc.h>
#include <x86/features.h>
#include <x86/hooks.h>
#include <x86/paging.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct cpu_public cpu_public[MAX_CPUS] = { { .online = true, .apic_id = 7, .acpi_id = 3 } };
u32 cpu_count = 1, world_softirqs, world_dom_exc, world_table_restarts;
struct vcpu *world_current;
u8 arena[ARENA_SIZE] __aligned(4096);
char world_reason[256];
int world_preempt;
u64 world_time = 1000, world_heap;
jmp_buf world_off;
struct domain *guest;
struct cpu_features features = { .phys_bits = 40,
				 .max_leaf = 0xd,
				 .max_ext_leaf = 0x80000008,
				 .xsave = true,
				 .xfeatures = 7,
				 .fpu_size = 832 };

/* --- locks, words, memory --------------------------------------------------------------------- */

static struct spinlock *held[8];
static u32 n_held;

void panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	abort();
}

void spin_lock(struct spinlock *l)
{
	struct spinlock *last = n_held ? held[n_held - 1] : NULL;

	if (last && (l->rank < last->rank || (l->rank == last->rank && l <= last)))
		panic("lock order: rank %u after %u", l->rank, last->rank);
	assert(!l->tickets && n_held < ARRAY_SIZE(held));
	l->tickets = 1;
	held[n_held++] = l;
}

void spin_unlock(struct spinlock *l)
{
	for (u32 i = n_held; i--;) {
		if (held[i] != l)
			continue;

		n_held--;
		memmove(held + i, held + i + 1, (n_held - i) * sizeof(*held));
		l->tickets = 0;
		return;
	}

	panic("a lock is released that is not held");
}

bool world_lock_held(void)
{
	return n_held;
}

bool spin_held(const struct spinlock *l)
{
	return l->tickets;
}

bool preempt_window(void)
{
	assert(!n_held);
	return world_preempt && !--world_preempt;
}

void cpu_poll(void)
{
}

void fail_reason(int err, const char *where, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(world_reason, sizeof(world_reason), fmt, ap);
	va_end(ap);
}

void log_print(enum log_level level, const char *fmt, ...)
{
}

int format_v(char *buf, size_t n, const char *fmt, va_list ap)
{
	return vsnprintf(buf, n, fmt, ap);
}

void *heap_alloc(size_t n)
{
	world_heap++;
	return calloc(1, n);
}

void heap_free(void *p)
{
	world_heap -= p != NULL;
	free(p);
}

u64 heap_used(void)
{
	return world_heap;
}

bool guest_range_ok(u64 addr, u64 n)
{
	u64 end = addr + n;

	return end >= addr && (end <= HV_VIRT_START || addr >= HV_VIRT_END);
}

static bool in_arena(const void *p, size_t n)
{
	u64 off = (u64)p - (u64)arena;

	return off <= ARENA_SIZE && n <= ARENA_SIZE - off;
}

int guest_copy_in(void *dst, const void *from, size_t n)
{
	if (!in_arena(from, n))
		return n ? -EFAULT : 0;

	memcpy(dst, from, n);
	return 0;
}

int guest_copy_out(void *to, const void *src, size_t n)
{
	if (!in_arena(to, n))
		return n ? -EFAULT : 0;

	memcpy(to, src, n);
	return 0;
}

/* --- the machine ------------------------------------------------------------------------------ */

static u32 restarts;
static u64 free_at_start;

static void map_fixed(u64 at, u64 size)
{
	void *p = mmap((void *)at, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	assert(p == (void *)at);
}

void world_as(struct domain *d)
{
	world_current = d->vcpu[0];
}

void world_run_reaper(void)
{
	if (world_softirqs & 1u << SOFTIRQ_REAP) {
		domain_crash_finish();
		domain_reap();
	}
	world_softirqs = 0;
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
		rc = handlers[nr](&hc);
		assert(!n_held);
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
	map_fixed(DIRECT_VIRT, FRAMES * PAGE_SIZE);
	map_fixed(FRAMETABLE_VIRT, FRAMES * sizeof(struct frame));
	map_fixed(M2P_RW_VIRT, FRAMES * sizeof(u64));
	frame_count = FRAMES;
	frame_add_ram(FIRST_FRAME * PAGE_SIZE, FRAMES * PAGE_SIZE);
}

void world_up(void)
{
	memory_up();
	free_at_start = frames_free_count();
	world_preempt = world_table_restarts = 0;
	memset(world_irq_taken, 0, sizeof(world_irq_taken));
	memset(arena, 0, sizeof(arena));
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
	world_current = NULL;
	while (domain_destroy(d) == -ERESTART)
		;
	world_run_reaper();
}

void world_down(void)
{
	struct domain *d;

	world_preempt = world_table_restarts = 0;
	for (d = domain_next(1); d; d = domain_next(1)) {
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
	ck_assert_uint_eq(world_heap, 0);
	ck_assert_int_eq(world_timers, 0); /* none is left to fire in memory that is freed */
}
