/* SPDX-License-Identifier: MIT */
/*
 * The longest times that ring 0 kept interrupts off, or held a lock, and its waits for locks
 * (x86/stretch.h), told: to the control domain by a hypercall, and on the console by a debug key.
 */
#include <console/console.h>
#include <ctl/hospes.h>
#include <lib/fail.h>
#include <lib/muldiv.h>
#include <lib/string.h>
#include <time/time.h>
#include <x86/stretch.h>

#define US_PER_MS 1000ul

static const char *kind_name(u32 kind)
{
	static const char *const names[] = {
		[HOSPES_STRETCH_hypercall] = "hypercall", [HOSPES_STRETCH_trap] = "trap",
		[HOSPES_STRETCH_interrupt] = "interrupt", [HOSPES_STRETCH_softirqs] = "softirqs",
		[HOSPES_STRETCH_waits] = "waits",
	};

	return names[kind];
}

/* "": interrupts were off. */
static const char *lock_name(const struct stretch *s)
{
	return s->lock ? s->lock : "";
}

long op_hospes_stretch(struct hypercall *hc, struct hospes_stretch *unused)
{
	struct hospes_stretch *guest = HC_PTR(hc, 1, struct hospes_stretch);
	struct hospes_stretch told;
	struct stretch s;

	if (guest_copy_in(&told, guest, sizeof(told)))
		return fail(-EFAULT, "the record of a stretch");

	/* How a list ends: no refusal. */
	if (!stretch_read(told.cpu, told.index, &s))
		return -ENOENT;

	told.cycles = s.cycles;
	told.ns = mul_div(s.cycles, NS_PER_MS, time_tsc_khz());
	told.kind = s.kind;
	told.number = s.number;
	told.operation = s.operation;
	told.limit = STRETCH_LIMIT;
	memset(told.lock, 0, sizeof(told.lock));
	memcpy(told.lock, lock_name(&s), strnlen(lock_name(&s), sizeof(told.lock) - 1));
	return guest_answer(guest, &told, sizeof(told));
}

long op_hospes_forget_stretches(struct hypercall *hc, void *unused)
{
	stretches_forget();
	return 0;
}

void stretches_dump(void)
{
	struct stretch s;

	for (u32 c = 0; c < cpu_count; c++)
		for (u32 i = 0; stretch_read(c, i, &s); i++)
			log_info("CPU %u: %lu cycles, %lu us, %s %#x operation %#x %s", c, s.cycles,
				 mul_div(s.cycles, US_PER_MS, time_tsc_khz()), kind_name(s.kind),
				 s.number, s.operation, lock_name(&s));
}
