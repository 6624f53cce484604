/* SPDX-License-Identifier: MIT */
/* Debug keys: what the hypervisor knows, printed on its console on request. Each key is a row of a table. */
#include <console/console.h>
#include <ctl/ctl.h>
#include <ctl/keys.h>
#include <ctl/state.h>
#include <event/event.h>
#include <frame/alloc.h>
#include <grant/grant.h>
#include <x86/cpu.h>

static void print_domain(struct domain *d)
{
	log_info("d%u: %lu of %lu frames, %lu shared, %u references, %u pauses%s%s%s", d->id, d->tot_pages,
		 d->max_pages, d->shared_pages, d->refs, d->pauses, d->is_shut_down ? ", shut down" : "",
		 d->crashed ? ", crashed" : "", d->dying ? ", dying" : "");
	for (u32 i = 0; i < d->max_vcpus; i++) {
		struct vcpu *v = d->vcpu[i];

		if (v)
			log_info("  v%u:%s%s%s%s%s CPU %u of %#lx (soft %#lx), %lu ms, rip %#lx, events %s", i,
				 v->initialised ? "" : " blank", v->down ? " down" : " up",
				 v->blocked ? " blocked" : "", v->run.running ? " running" : "",
				 v->run.heap ? " waits" : "", v->run.cpu, v->run.hard, v->run.soft,
				 vcpu_cpu_time(v) / NS_PER_MS, v->regs.rip,
				 event_upcall_due(v) ? "due" : "none");
	}
}

static void each_domain(void (*fn)(struct domain *d))
{
	struct domain *d;

	for (d = domain_next(0); d; d = domain_next_put(d))
		fn(d);
}

static void key_domains(void)
{
	each_domain(print_domain);
}

static void key_events(void)
{
	each_domain(event_dump);
}

static void key_grants(void)
{
	each_domain(grant_dump);
}

static void key_memory(void)
{
	log_info("memory: %lu frames, %lu free, %lu claimed, heap %lu KiB", frames_total_count(),
		 frames_free_count(), claim_total(), heap_used() >> 10);
}

static void key_reboot(void)
{
	machine_reboot();
}

static void key_help(void);

static const struct {
	char key;
	const char *what;
	void (*fn)(void);
} keys[] = {
	{ 'h', "this list", key_help },
	{ 'q', "domains and their vcpus", key_domains },
	{ 'e', "event channels", key_events },
	{ 'g', "grants", key_grants },
	{ 'm', "memory", key_memory },
	{ 'R', "resets the machine", key_reboot },
};

static void key_help(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(keys); i++)
		log_info("key '%c': %s", keys[i].key, keys[i].what);
}

void debug_key(char key)
{
	for (u32 i = 0; i < ARRAY_SIZE(keys); i++)
		if (keys[i].key == key) {
			keys[i].fn();
			return;
		}
	log_info("no debug key '%c': 'h' lists them", key);
}
