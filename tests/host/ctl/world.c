/* SPDX-License-Identifier: MIT */
/*
 * The small machine: memory, locks with order check, time, interrupts, PCI, and rooms that are only
 * counted here.
 */
#include "suites.h"

#include <console/console.h>
#include <event/event.h>
#include <frame/alloc.h>
#include <frame/ownmap.h>
#include <frame/tlb.h>
#include <grant/grant.h>
#include <guest/guest.h>
#include <irq/irq.h>
#include <irq/power.h>
#include <ptable/ptable.h>
#include <x86/asm.h>
#include <x86/features.h>
#include <x86/fpu.h>
#include <x86/hooks.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct cpu_public cpu_public[MAX_CPUS] = { { .online = true, .apic_id = 7, .acpi_id = 3 } };
u32 cpu_count = 1, world_softirqs, world_dom_exc, world_eois, world_table_restarts;
struct vcpu *world_current;
u8 arena[ARENA_SIZE] __aligned(4096);
char world_reason[256];
int world_preempt;
u64 world_time = 1000, world_heap;
u8 world_pci[256];
bool world_irq_taken[256];
jmp_buf world_off;
struct domain *guest;
struct cpu_features features = { .phys_bits = 40,
				 .max_leaf = 0xd,
				 .max_ext_leaf = 0x80000008,
				 .xsave = true,
				 .xfeatures = 7,
				 .fpu_size = 832 };

/*
 * --- locks, words, memory ------------------------------------------------------------------------
 */

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
	for (u32 i = n_held; i--;)
		if (held[i] == l) {
			memmove(held + i, held + i + 1, (--n_held - i) * sizeof(*held));
			l->tickets = 0;
			return;
		}
	panic("a lock is released that is not held");
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

/*
 * --- rooms that are only counted here
 * ----------------------------------------------------------------
 */

struct dom_log *domain_log_create(void)
{
	return heap_alloc(8);
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

u64 ownmap_reserve(u32 pages)
{
	return 0x1000;
}

void ownmap_free(u64 va, u32 pages)
{
}

void *ownmap_device(u64 maddr, size_t size)
{
	static u8 device[4096] __aligned(4096);

	return device + maddr % 4096;
}

bool fpu_xcr0_ok(u64 xcr0)
{
	return (xcr0 & 1) && !(xcr0 & ~features.xfeatures);
}

void fpu_area_init(void *area)
{
}

void sched_group_set(struct sched_group *g, u32 weight, u32 cap)
{
	g->weight = weight;
	g->cap = cap;
}

void runnable_init(struct runnable *r, struct sched_group *g, u32 cpu)
{
	*r = (struct runnable){ .group = g, .hard = ~0ul, .soft = ~0ul };
}

void sched_wake(struct runnable *r, u64 now)
{
	r->ready = true;
}

void sched_sleep(struct runnable *r)
{
	r->ready = false;
}

void sched_put(struct runnable *r, u64 now)
{
	r->running = false;
}

void sched_set_affinity(struct runnable *r, u64 hard, u64 soft, u64 now)
{
	assert(hard & 1);
	r->hard = hard;
	r->soft = soft;
}

void runstate_change(struct vcpu *v, int new_state, u64 now)
{
	v->runstate.state = new_state;
}

void runstate_publish(struct vcpu *v)
{
	guest_copy_out((void *)v->runstate_guest, &v->runstate, sizeof(v->runstate));
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

u64 time_now(void)
{
	return world_time;
}

u64 time_tsc_khz(void)
{
	return 1000000;
}

void wallclock_set(u64 sec, u32 nsec, u64 at)
{
	assert(nsec < 1000000000);
}

void timer_init(struct timer *t, void (*fn)(struct timer *t))
{
	*t = (struct timer){ .when = TIME_NEVER, .fn = fn };
}

void timer_set(struct timer *t, u64 when)
{
	assert(t->fn);
	t->when = when;
}

/* It waits for the function, which may want any lock. */
void timer_stop(struct timer *t)
{
	assert(!n_held);
	t->when = TIME_NEVER;
}

bool power_noreboot;

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

void tlb_forget(const struct frame *f)
{
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

/*
 * --- page tables, grants, guests
 * -----------------------------------------------------------------------
 */

void ptable_put_roots(struct vcpu *v)
{
	assert(v != world_current);
}

void desc_put_tables(struct vcpu *v)
{
}

int table_teardown(struct domain *d, struct frame *f)
{
	assert(f->owner == d);
	return world_table_restarts && world_table_restarts-- ? -ERESTART : 0;
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

u32 pci_config_read(u32 address, u8 offset, u8 size)
{
	u32 at = (address & 0xfc) + offset, val = 0;

	if ((address >> 8 & 0xffff) != 0x0018)
		return ~0u >> (32 - 8 * size);
	memcpy(&val, world_pci + at, size);
	return val;
}

void pci_config_write(u32 address, u8 offset, u8 size, u32 val)
{
	assert((address >> 8 & 0xffff) == 0x0018);
	memcpy(world_pci + (address & 0xfc) + offset, &val, size);
}

/*
 * --- interrupts
 * ----------------------------------------------------------------------------------------
 */

static struct irq irqs[256];

static struct irq *irq_take(u8 n, bool level, irq_handler_t *handler, void *arg)
{
	if (world_irq_taken[n])
		return NULL;
	world_irq_taken[n] = true;
	irqs[n] = (struct irq){ .handler = handler, .arg = arg, .vector = n, .level = level };
	return &irqs[n];
}

/* Vectors of the test: the gsi, or 0x80 and up for messages. */
struct irq *irq_claim(u32 gsi, bool level, bool low, irq_handler_t *handler, void *arg)
{
	if (gsi != GSI_NONE)
		return irq_take(gsi, level, handler, arg);
	for (u32 n = 0x80; n < 0x84; n++)
		if (!world_irq_taken[n])
			return irq_take(n, false, handler, arg);
	return NULL;
}

bool irq_move(struct irq *irq, u32 cpu)
{
	bool moves = irq->cpu != cpu;

	irq->cpu = cpu;
	return moves;
}

u32 world_irq_cpu(u8 vector)
{
	return irqs[vector].cpu;
}

void irq_free(struct irq *irq)
{
	assert(world_irq_taken[irq->vector]);
	world_irq_taken[irq->vector] = false;
}

void irq_eoi(struct irq *irq)
{
	world_eois++;
}

u32 irq_gsi_count(void)
{
	return 24;
}

u32 irq_isa_to_gsi(u8 isa, bool *level, bool *low)
{
	*level = *low = isa == 9;
	return isa ? isa : 2;
}

int ioapic_read(u64 maddr, u32 reg, u32 *val)
{
	*val = 0x17;
	return maddr == 0xfec00000 && reg < 3 ? 0 : -1;
}

bool ioapic_owns(mfn_t m)
{
	return m.n == 0xfec00;
}

void world_irq(u8 vector)
{
	if (world_irq_taken[vector])
		irqs[vector].handler(&irqs[vector], irqs[vector].arg);
}

/*
 * --- the machine
 * ------------------------------------------------------------------------------------------
 */

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
	long ret;

	restarts = ~0u;
	do {
		restarts++;
		ret = handlers[nr](&hc);
		assert(!n_held);
	} while (ret == -ERESTART);
	return ret;
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

static void domain_end(struct domain *d)
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
		domain_end(d);
	}
	d = dom0;
	domain_end(d);
	dom0 = NULL;
	domain_put(d);
	world_run_reaper();
	ck_assert_uint_eq(claim_total(), 0);
	ck_assert_uint_eq(frames_free_count(), free_at_start);
	ck_assert_uint_eq(world_heap, 0);
}
