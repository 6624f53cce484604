/* SPDX-License-Identifier: MIT */
/*
 * Starts the other CPUs that ACPI names, one after the other: INIT and STARTUP to a page below
 * 1 MiB, into which the first steps of head.S are copied (SDM 8.4.4). A CPU that does not come
 * is named and left out. The scheduler takes over from there.
 */
#include <boot/boot.h>
#include <console/console.h>
#include <frame/cpumem.h>
#include <frame/ownmap.h>
#include <guest/guest.h>
#include <irq/irq.h>
#include <lib/string.h>
#include <memory/memory.h>
#include <x86/asm.h>
#include <x86/cpu.h>
#include <x86/features.h>
#include <x86/mca.h>
#include <x86/paging.h>
#include <x86/hooks.h>

#define LOW_FIRST 0x8000ul /* below it lies what the firmware's interrupts use */
#define LOW_END   0xa0000ul
/* From INIT to STARTUP, and how soon the second one (SDM 8.4.4.1). */
#define INIT_NS    (10 * NS_PER_MS)
#define STARTUP_NS (200 * NS_PER_US)
/* Until it is given up: a virtual CPU of a busy machine may come late. */
#define COME_NS (5 * NS_PER_SEC)

struct found {
	u32 acpi_id, apic_id;
};
static struct found found[MAX_CPUS];
static u32 n_found;
static u32 n_more; /* beyond MAX_CPUS */

/*
 * In head.S. The CPU that is being started takes smp_stack, whereby it becomes 0, and goes on in
 * cpu_main. One that finds 0 there has been given up, and stops.
 */
extern struct cpu_info *smp_stack;
extern void (*cpu_main)(void);
extern const u8 smp_start[], smp_start_end[];
extern pte_t boot_l3_direct[];

static bool smp_ready; /* the CPU being started has all but the time */

void smp_found(u32 acpi_id, u32 id)
{
	if (id == apic_id()) {
		cpu_public[0].acpi_id = acpi_id;
		return;
	}

	for (u32 i = 0; i < n_found; i++)
		if (found[i].apic_id == id)
			return;

	if (n_found < MAX_CPUS - 1)
		found[n_found++] = (struct found){ acpi_id, id };
	else
		n_more++;
}

/* Machine address of a page of RAM that a CPU can start at; 0: there is none. */
static u64 low_page(void)
{
	for (u32 i = 0; i < machine_map_count; i++) {
		const struct e820_entry *e = &machine_map[i];
		u64 at = ROUND_UP(MAX(e->addr, LOW_FIRST), PAGE_SIZE);

		if (e->type == E820_RAM && at + PAGE_SIZE <= MIN(e->addr + e->size, LOW_END))
			return at;
	}
	return 0;
}

/*
 * Waits @ns, or until *@until (may be NULL). Answers the others meanwhile: the CPU that is starting
 * may wait for a flush here.
 */
static void wait_ns(u64 ns, const bool *until)
{
	u64 end = time_now() + ns;

	while (time_now() < end) {
		if (until && READ_ONCE(*until))
			return;

		cpu_poll();
		cpu_pause();
	}
}

/*
 * From here on this CPU answers flushes. This code must stay when the boot part of the image is
 * unmapped: that waits for this CPU's answer, which is given here or later.
 */
static void __resident __noreturn smp_enter(void)
{
	__atomic_store_n(&cpu_public[cpu_id()].online, true, __ATOMIC_SEQ_CST);
	hook_tlb_poll(); /* what was unmapped while nobody asked us */
	guest_start_first();
}

static void __noreturn smp_main(void)
{
	u32 cpu = cpu_count - 1;

	cpu_info()->cpu = cpu;
	microcode_load();
	features_apply();
	mca_init_cpu();
	cpu_tables_init(cpu);
	apic_init_cpu();
	apic_timer_init_cpu();
	sched_init_cpu(cpu);

	WRITE_ONCE(smp_ready, true);
	time_sync_follow();
	smp_enter();
}

/* INIT, STARTUP, and a second STARTUP if the first one went unheard; then time to come. */
static void cpu_wake(u32 apic_id, u64 page)
{
	apic_send(apic_id, APIC_INIT);
	wait_ns(INIT_NS, NULL);

	apic_send(apic_id, APIC_STARTUP | page >> PAGE_SHIFT);
	wait_ns(STARTUP_NS, &smp_ready);

	if (READ_ONCE(smp_stack))
		apic_send(apic_id, APIC_STARTUP | page >> PAGE_SHIFT);
	wait_ns(COME_NS, &smp_ready);
}

static bool cpu_start(const struct found *f, u64 page)
{
	u32 cpu = cpu_count;
	struct cpu_info *stack = cpu_stack_make();

	if (!stack) {
		log_err("no memory for the stack of CPU %u", cpu);
		return false;
	}

	cpu_public[cpu].acpi_id = f->acpi_id;
	cpu_public[cpu].apic_id = f->apic_id;
	cpu_count++;
	__atomic_store_n(&smp_stack, stack, __ATOMIC_SEQ_CST);
	cpu_wake(f->apic_id, page);

	/* Whoever takes the stack first decides: the CPU comes, or we give it up. */
	if (__atomic_exchange_n(&smp_stack, NULL, __ATOMIC_SEQ_CST)) {
		apic_send(f->apic_id, APIC_INIT); /* it waits for another STARTUP from now on */
		cpu_count--;
		log_err("the CPU with APIC id %u (ACPI %u) does not start: left out", f->apic_id,
			f->acpi_id);
		return false;
	}
	if (!READ_ONCE(smp_ready))
		panic("CPU %u (APIC id %u) came and did not finish its start", cpu, f->apic_id);

	time_sync_lead();
	wait_ns(COME_NS, &cpu_public[cpu].online);
	smp_ready = false;
	return true;
}

static bool cpu_wanted(const struct found *f)
{
	u32 max = boot_options.max_cpus ? boot_options.max_cpus : MAX_CPUS;

	return cpu_count < max && f->apic_id <= apic_id_max();
}

/* Starts those that are wanted, from the page at @page. Returns how many stay stopped. */
static u32 cpus_start(u64 page)
{
	u32 out = 0;

	cpu_main = smp_main;
	memcpy(direct_map(page), smp_start, smp_start_end - smp_start);

	/* Low memory at its machine addresses, for their first steps. */
	hv_l4[0] = IMAGE_MADDR(boot_l3_direct) | PTES_TABLE;
	for (u32 i = 0; i < n_found; i++)
		if (!cpu_wanted(&found[i]) || !cpu_start(&found[i], page))
			out++;
	hv_l4[0] = 0;
	return out;
}

void smp_init(void)
{
	u64 page = low_page();
	u32 out = n_more;

	if (page) {
		out += cpus_start(page);
	} else {
		log_err("no memory below 640 KiB to start other CPUs in");
		out += n_found;
	}

	log_info("CPUs: %u running%s", cpu_count, out ? "" : ", all that there are");
	if (out)
		log_warn("CPUs: %u left stopped (limits: %u built in, maxcpus=%u)", out, MAX_CPUS,
			 boot_options.max_cpus ? boot_options.max_cpus : MAX_CPUS);
}
