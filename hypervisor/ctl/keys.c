/* SPDX-License-Identifier: MIT */
/* Debug keys: what the hypervisor knows, printed on its console on request, a row a key. */
#include <console/console.h>
#include <ctl/domctl.h>
#include <devices/devices.h>
#include <devices/pirq.h>
#include <event/event.h>
#include <frame/alloc.h>
#include <grant/grant.h>
#include <memory/claim.h>
#include <x86/cpu.h>

static void print_domain(struct domain *d)
{
	log_info("d%u: %lu of %lu frames, %lu shared, %u references, %u pauses%s%s%s", d->id,
		 d->tot_pages, d->max_pages, d->shared_pages, d->refs, d->pauses,
		 d->is_shut_down ? ", shut down" : "", d->crashed ? ", crashed" : "",
		 d->dying ? ", dying" : "");
	for (u32 i = 0; i < d->max_vcpus; i++) {
		struct vcpu *v = d->vcpu[i];

		log_info("  v%u:%s%s%s%s%s CPU %u of %#lx (soft %#lx), %lu ms, rip %#lx, events %s",
			 i, v->initialised ? "" : " blank", v->down ? " down" : " up",
			 v->blocked ? " blocked" : "", v->run.running ? " running" : "",
			 v->run.heap ? " waits" : "", v->run.cpu, v->run.hard, v->run.soft,
			 vcpu_cpu_time(v) / NS_PER_MS, v->regs.rip,
			 event_upcall_due(v) ? "due" : "none");
	}
}

static void key_memory(void)
{
	log_info("memory: %lu frames, %lu free, %lu claimed, heap %lu KiB", frames_total_count(),
		 frames_free_count(), claim_total(), heap_used() >> 10);
}

static void key_help(void);

static const struct {
	char key;
	const char *what;
	void (*fn)(void); /* or: */
	void (*each_domain)(struct domain *d);
} keys[] = {
	{ 'h', "this list", key_help, NULL },
	{ 'q', "domains and their vcpus", NULL, print_domain },
	{ 'e', "event channels", NULL, event_dump },
	{ 'g', "grants", NULL, grant_dump },
	{ 'i', "device interrupts", pirqs_dump, NULL },
	{ 'm', "memory", key_memory, NULL },
	{ 'R', "resets the machine", machine_reboot, NULL },
};

static void key_help(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(keys); i++)
		log_info("key '%c': %s", keys[i].key, keys[i].what);
}

void debug_key(char key)
{
	for (u32 i = 0; i < ARRAY_SIZE(keys); i++) {
		if (keys[i].key != key)
			continue;
		if (keys[i].fn)
			keys[i].fn();
		else
			for (struct domain *d = domain_next(0); d; d = domain_next_put(d))
				keys[i].each_domain(d);
		return;
	}
	log_info("no debug key '%c': 'h' lists them", key);
}
