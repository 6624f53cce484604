/* SPDX-License-Identifier: MIT */
/* Hypercall sysctl: questions about the machine and the hypervisor, and the console's text. */
#include <console/console.h>
#include <ctl/domctl.h>
#include <frame/alloc.h>
#include <lib/string.h>
#include <memory/claim.h>
#include <pvabi/sysctl.h>
#include <x86/cpu.h>

#define TEXT_CHUNK         4096
#define KEYS_MAX           64
#define DEVICES_MAX        4096
#define NODE_DISTANCE_SELF 10 /* as ACPI has it */

static long op_readconsole(struct domain *d, void *arg)
{
	struct xen_sysctl_readconsole *r = arg;
	u64 pos = r->incremental ? r->index : 0;
	u32 done = 0;
	char *buf = heap_alloc(TEXT_CHUNK);
	size_t n = buf ? 1 : 0;
	long ret = buf ? 0 : fail(-ENOMEM, "no memory for console text");

	while (n && done < r->count && !ret) {
		n = console_ring_read(&pos, buf, MIN(r->count - done, (u32)TEXT_CHUNK));
		ret = guest_copy_out(r->buffer.p + done, buf, n);
		done += n;
	}
	heap_free(buf);
	r->count = done;
	r->index = (u32)pos;
	if (!ret && r->clear)
		console_ring_clear();
	return ret;
}

static long op_physinfo(struct domain *d, void *arg)
{
	struct xen_sysctl_physinfo *p = arg;

	*p = (struct xen_sysctl_physinfo){
		.threads_per_core = 1,
		.cores_per_socket = cpu_count,
		.nr_cpus = cpu_count,
		.max_cpu_id = cpu_count - 1,
		.nr_nodes = 1,
		.cpu_khz = time_tsc_khz(),
		.capabilities = XEN_SYSCTL_PHYSCAP_pv | XEN_SYSCTL_PHYSCAP_gnttab_v1,
		.total_pages = frames_total_count(),
		.free_pages = frames_free_count(),
		.outstanding_pages = claim_total(),
		.max_mfn = frame_count - 1,
	};
	for (u32 i = 0; i < ARRAY_SIZE(p->hw_cap); i++)
		p->hw_cap[i] = policy_word(i);
	return 0;
}

static long op_domain_list(struct domain *self, void *arg)
{
	struct xen_sysctl_getdomaininfolist *l = arg;
	struct xen_domctl_getdomaininfo info;
	struct domain *d;
	u32 n = 0;
	int ret = 0;

	for (d = domain_next(l->first_domain); d && n < l->max_domains && !ret;
	     d = domain_next_put(d)) {
		domain_info(d, &info);
		ret = guest_write(l->buffer.p, n, &info);
		n++;
	}
	if (d)
		domain_put(d);
	l->num_domains = n;
	return ret;
}

static long op_debug_keys(struct domain *d, void *arg)
{
	struct xen_sysctl_debug_keys *k = arg;
	char keys[KEYS_MAX];

	if (k->nr_keys > KEYS_MAX)
		return fail(-E2BIG, "%u debug keys at once, at most %u", k->nr_keys, KEYS_MAX);
	if (guest_copy_in(keys, k->keys.p, k->nr_keys))
		return -EFAULT;
	for (u32 i = 0; i < k->nr_keys; i++)
		debug_key(keys[i]);
	return 0;
}

static long op_cpu_idle(struct domain *self, void *arg)
{
	struct xen_sysctl_getcpuinfo *g = arg;

	g->nr_cpus = MIN(g->max_cpus, cpu_count);
	for (u32 i = 0; i < g->nr_cpus; i++) {
		s64 idle = READ_ONCE(cpu_public[i].idle);
		struct xen_sysctl_cpuinfo info = { idle < 0 ? idle + time_now() : (u64)idle };

		if (guest_write(g->info.p, i, &info))
			return -EFAULT;
	}
	return 0;
}

static long op_cpu_topology(struct domain *d, void *arg)
{
	struct xen_sysctl_cputopoinfo *t = arg;

	t->num_cpus = t->cputopo.p ? MIN(t->num_cpus, cpu_count) : cpu_count;
	for (u32 i = 0; t->cputopo.p && i < t->num_cpus; i++) {
		struct xen_sysctl_cputopo c = { .core = i };

		if (guest_write(t->cputopo.p, i, &c))
			return -EFAULT;
	}
	return 0;
}

static long op_numa(struct domain *d, void *arg)
{
	struct xen_sysctl_numainfo *n = arg;
	struct xen_sysctl_meminfo m = {
		.memsize = frames_total_count() << PAGE_SHIFT,
		.memfree = frames_free_count() << PAGE_SHIFT,
	};
	u32 distance = NODE_DISTANCE_SELF, room = n->num_nodes;

	n->num_nodes = 1;
	if (room && n->meminfo.p && guest_write(n->meminfo.p, 0, &m))
		return -EFAULT;
	if (room && n->distance.p && guest_write(n->distance.p, 0, &distance))
		return -EFAULT;
	return 0;
}

/* One pool with all CPUs, which can not be changed. */
static long op_cpupool(struct domain *self, void *arg)
{
	struct xen_sysctl_cpupool_op *p = arg;
	struct domain *d;

	switch (p->op) {
	case XEN_SYSCTL_CPUPOOL_OP_INFO:
		if (p->cpupool_id)
			return -ENOENT; /* the end of a list: not a refusal */
		p->sched_id = SCHEDULER_ID;
		for (p->n_dom = 0, d = domain_next(0); d; d = domain_next_put(d))
			p->n_dom++;
		return cpumap_out(&p->cpumap, cpumap_online());
	case XEN_SYSCTL_CPUPOOL_OP_FREEINFO:
		return cpumap_out(&p->cpumap, 0);
	default:
		return fail(-EOPNOTSUPP, "CPU pool operation %u: there is one pool", p->op);
	}
}

/* One node: no device is nearer to any other. */
static long op_pci_topology(struct domain *d, void *arg)
{
	struct xen_sysctl_pcitopoinfo *t = arg;
	u32 node = XEN_INVALID_NODE_ID;

	if (t->num_devs > DEVICES_MAX)
		return fail(-E2BIG, "%u devices at once, at most %u", t->num_devs, DEVICES_MAX);
	for (u32 i = 0; i < t->num_devs; i++)
		if (guest_write(t->nodes.p, i, &node))
			return -EFAULT;
	return 0;
}

#define ROW(name, fn, type) \
	[XEN_SYSCTL_##name] = { { fn }, sizeof(struct xen_sysctl_##type), 0, OP_OUT }

static const struct op ops[] = {
	ROW(readconsole, op_readconsole, readconsole),
	ROW(physinfo, op_physinfo, physinfo),
	ROW(sched_id, sysctl_sched_id, sched_id),
	ROW(getdomaininfolist, op_domain_list, getdomaininfolist),
	ROW(debug_keys, op_debug_keys, debug_keys),
	ROW(getcpuinfo, op_cpu_idle, getcpuinfo),
	ROW(cputopoinfo, op_cpu_topology, cputopoinfo),
	ROW(numainfo, op_numa, numainfo),
	ROW(cpupool_op, op_cpupool, cpupool_op),
	ROW(scheduler_op, sysctl_scheduler, scheduler_op),
	ROW(pcitopoinfo, op_pci_topology, pcitopoinfo),
	ROW(get_cpu_featureset, sysctl_featureset, cpu_featureset),
	ROW(get_cpu_policy, sysctl_policy, cpu_policy),
};

_Static_assert(sizeof(((struct xen_sysctl *)0)->u) <= OP_ARG_MAX, "the largest argument");

long hc_sysctl(struct hypercall *hc)
{
	struct xen_sysctl *guest = HC_PTR(hc, 0, struct xen_sysctl);
	u32 cmd;
	int ret = ops_control_head(guest, XEN_SYSCTL_INTERFACE_VERSION, "sysctl", &cmd);

	return ret ? ret : ops_run(ops, ARRAY_SIZE(ops), cmd, "sysctl", current(), &guest->u);
}
