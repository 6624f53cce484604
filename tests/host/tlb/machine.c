/* SPDX-License-Identifier: MIT */
/* Four CPUs and what they hold: see machine.h. */
#include "machine.h"

#include <x86/cpu.h>
#include <x86/features.h>
#include <x86/hooks.h>
#include <x86/paging.h>
#include <x86/spec.h>

#include <check.h>
#include <string.h>

struct cpu_public cpu_public[MAX_CPUS];
struct cpu_features features;
u32 cpu_count = CPUS, fake_cpu;
__thread struct vcpu *fake_current;

struct cpu_info *cpu_info(void)
{
	static struct cpu_info info;

	return &info;
}

bool preempt_window(void)
{
	ck_abort_msg("a window in the middle of a flush");
}
struct tlb tlbs[CPUS];
bool idle[CPUS];
const u8 somewhere[2];
u64 windows;

void on(u32 cpu)
{
	static struct {
		u8 any;
	} somebody;

	fake_cpu = cpu;
	fake_current = idle[cpu] ? NULL : (struct vcpu *)&somebody;
}

static struct tlb *here(void)
{
	return &tlbs[fake_cpu];
}

static void drop_all(bool global)
{
	memset(here()->page, 0, sizeof(here()->page));
	memset(here()->ours_tagged, 0, sizeof(here()->ours_tagged));
	if (global)
		here()->ours = false;
	here()->flushes++;
}

void host_write_cr3(u64 v)
{
	here()->cr3_loads++;
	if (!(v & CR3_KEEP))
		drop_all(false);
}

u64 host_read_cr3(void)
{
	return 0;
}

void host_write_cr4(u64 v)
{
	if ((v ^ here()->cr4) & CR4_PGE)
		drop_all(true);
	here()->cr4 = v;
}

u64 host_read_cr4(void)
{
	return here()->cr4;
}

void host_invlpg(u64 va)
{
	if (va == OURS)
		here()->ours = false;
	if (va == PAGE)
		here()->page[TAG_KERNEL] = false;
}

void host_invpcid(u64 type, u64 tag, u64 va)
{
	ck_assert(features.pcid);

	if (type == INVPCID_ALL) {
		drop_all(false);
		return;
	}

	if (type == INVPCID_TAG) {
		here()->page[tag] = here()->ours_tagged[tag] = false;
		return;
	}

	ck_assert_uint_eq(type, INVPCID_PAGE);
	ck_assert_msg(va_canonical(va), "a fault: %#lx", va);
	if (va == PAGE)
		here()->page[tag] = false;
	if (va == OURS)
		here()->ours_tagged[tag] = false;
}

void softirq_post(u32 cpu, enum softirq s)
{
	ck_assert(cpu_public[cpu].online && cpu != fake_cpu);
	tlbs[cpu].asked = true;
}

/* The others have their turn. */
void cpu_poll(void)
{
	u32 self = fake_cpu;

	for (u32 c = 0; c < CPUS; c++) {
		if (!tlbs[c].asked)
			continue;

		tlbs[c].asked = false;
		tlbs[c].answers = true;
		on(c);
		hook_tlb_poll();
	}
	on(self);
}

void fill(void)
{
	for (u32 c = 0; c < CPUS; c++) {
		tlbs[c] = (struct tlb){ .page = { [TAG_KERNEL] = true, [TAG_USER] = true },
					.ours_tagged = { [TAG_KERNEL] = true, [TAG_USER] = true },
					.ours = true,
					.cr4 = CR4_PGE };
	}
}

bool holds_page(u32 cpu)
{
	return tlbs[cpu].page[TAG_KERNEL] || tlbs[cpu].page[TAG_USER];
}

void up(void)
{
	memset(cpu_public, 0, sizeof(cpu_public));
	memset(idle, 0, sizeof(idle));
	memset(&features, 0, sizeof(features));
	spec_defences = 0;
	on(0);
	tlb_clock = 100;
	windows = 0;
	for (u32 c = 0; c < CPUS - 1; c++) {
		cpu_public[c].online = true;
		cpu_public[c].flush_stamp = 50;
		cpu_public[c].tables = ONE;
	}
	fill();
}
