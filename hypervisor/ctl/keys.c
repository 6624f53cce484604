/* SPDX-License-Identifier: MIT */
/*
 * Debug keys: what the hypervisor knows, printed on its console on request, a row a key. No lock is
 * taken for single numbers: what is printed may be a moment old.
 */
#include <console/console.h>
#include <ctl/domctl.h>
#include <ctl/hospes.h>
#include <devices/devices.h>
#include <devices/pirq.h>
#include <event/event.h>
#include <frame/alloc.h>
#include <grant/grant.h>
#include <memory/claim.h>
#include <x86/cpu.h>
#include <x86/stretch.h>

#define BYTES_PER_KIB_SHIFT 10

/* --- q: domains ------------------------------------------------------------------------------- */

static const char *domain_state_name(const struct domain *d)
{
	if (d->dying == LIFE_DEAD)
		return "dead";

	if (d->dying)
		return "dying";

	if (d->crashed)
		return "crashed";

	if (d->is_shut_down)
		return shutdown_name(d->shutdown_code);

	if (d->pauses)
		return "paused";

	return "alive";
}

static const char *vcpu_state_name(const struct vcpu *v)
{
	if (!v->initialised)
		return "blank";

	if (v->run.running)
		return "running";

	if (v->down)
		return "down";

	if (v->blocked)
		return "blocked";

	if (v->run.heap)
		return "waiting";

	return "stopped";
}

static void vcpu_dump(struct vcpu *v)
{
	const struct runnable *r = &v->run;

	log_info("  d%uv%u: %s, CPU %u of %#lx (soft %#lx), %lu ms, rip %#lx, upcall %s",
		 v->dom->id, v->id, vcpu_state_name(v), r->cpu, r->hard, r->soft,
		 vcpu_cpu_time(v) / NS_PER_MS, v->regs.rip,
		 event_upcall_due(v) ? "due" : "not due");
}

static void domain_dump(struct domain *d)
{
	log_info("d%u: %s, %lu of %lu frames, %lu shared, %u references, %u pauses", d->id,
		 domain_state_name(d), d->tot_pages, d->max_pages, d->shared_pages, d->refs,
		 d->pauses);

	for (u32 i = 0; i < d->max_vcpus; i++)
		vcpu_dump(d->vcpu[i]);
}

/* --- m: memory -------------------------------------------------------------------------------- */

static void memory_dump(void)
{
	log_info("memory: %lu frames, %lu free, %lu claimed, heap %lu KiB", frames_total_count(),
		 frames_free_count(), claim_total(), heap_used() >> BYTES_PER_KIB_SHIFT);
}

/* --- the keys --------------------------------------------------------------------------------- */

static void keys_list(void);

static const struct key {
	char key;
	const char *what;
	void (*once)(void); /* or: */
	void (*each_domain)(struct domain *d);
} keys[] = {
	{ 'h', "this list", .once = keys_list },
	{ 'q', "domains and their vcpus", .each_domain = domain_dump },
	{ 'e', "event channels", .each_domain = event_dump },
	{ 'g', "grants", .each_domain = grant_dump },
	{ 'i', "device interrupts", .once = pirqs_dump },
	{ 'm', "memory", .once = memory_dump },
	{ 'p', "longest times with interrupts off, and with a lock held", .once = stretches_dump },
	{ 'P', "forgets these", .once = stretches_forget },
	{ 'R', "resets the machine", .once = machine_reboot },
};

static void keys_list(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(keys); i++)
		log_info("key '%c': %s", keys[i].key, keys[i].what);
}

static void key_run(const struct key *k)
{
	struct domain *d;

	if (k->once) {
		k->once();
		return;
	}

	for (d = domain_next(0); d; d = domain_next_put(d))
		k->each_domain(d);
}

void debug_key(char key)
{
	for (u32 i = 0; i < ARRAY_SIZE(keys); i++) {
		if (keys[i].key == key) {
			key_run(&keys[i]);
			return;
		}
	}

	log_info("no debug key '%c': 'h' lists them", key);
}
