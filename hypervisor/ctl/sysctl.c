/* SPDX-License-Identifier: MIT */
/*
 * Hypercall sysctl: questions about the machine and its domains. The console is in
 * sysctl_console.c, the scheduler in domctl_sched.c, CPUID in policy.c.
 */
#include <ctl/domctl.h>
#include <frame/alloc.h>
#include <lib/string.h>
#include <memory/claim.h>
#include <x86/cpu.h>

#define DEVICES_MAX        4096
#define NODE_DISTANCE_SELF 10 /* as ACPI has it */

long op_sysctl_physinfo(struct domain *d, struct xen_sysctl_physinfo *p)
{
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

long op_sysctl_getdomaininfolist(struct domain *self, struct xen_sysctl_getdomaininfolist *l)
{
	struct xen_domctl_getdomaininfo info;
	struct domain *d;
	u32 n = 0;
	int rc = 0;

	d = domain_next(l->first_domain);
	while (d && n < l->max_domains && !rc) {
		domain_info(d, &info);
		rc = guest_answer(l->buffer.p + n, &info, sizeof(info));
		n++;
		d = domain_next_put(d);
	}
	if (d)
		domain_put(d);

	l->num_domains = n;
	return rc;
}

/* How long @cpu was idle. While it is, its public word counts from below zero. */
static u64 cpu_idle_ns(u32 cpu)
{
	s64 idle = READ_ONCE(cpu_public[cpu].idle);

	if (idle < 0)
		return idle + time_now();

	return idle;
}

long op_sysctl_getcpuinfo(struct domain *self, struct xen_sysctl_getcpuinfo *g)
{
	g->nr_cpus = MIN(g->max_cpus, cpu_count);

	for (u32 i = 0; i < g->nr_cpus; i++) {
		struct xen_sysctl_cpuinfo info = { .idletime = cpu_idle_ns(i) };

		if (guest_write(g->info.p, i, &info))
			return fail(-EFAULT, "CPU %u's info is not writable", i);
	}

	return 0;
}

/* Without a list the answer is how long it would be. */
long op_sysctl_cputopoinfo(struct domain *d, struct xen_sysctl_cputopoinfo *t)
{
	if (!t->cputopo.p) {
		t->num_cpus = cpu_count;
		return 0;
	}

	t->num_cpus = MIN(t->num_cpus, cpu_count);

	for (u32 i = 0; i < t->num_cpus; i++) {
		struct xen_sysctl_cputopo c = { .core = i };

		if (guest_write(t->cputopo.p, i, &c))
			return fail(-EFAULT, "CPU %u's place is not writable", i);
	}

	return 0;
}

long op_sysctl_numainfo(struct domain *d, struct xen_sysctl_numainfo *n)
{
	struct xen_sysctl_meminfo m = {
		.memsize = frames_total_count() << PAGE_SHIFT,
		.memfree = frames_free_count() << PAGE_SHIFT,
	};
	u32 distance = NODE_DISTANCE_SELF;
	u32 room = n->num_nodes;

	n->num_nodes = 1;

	if (room && n->meminfo.p && guest_write(n->meminfo.p, 0, &m))
		return fail(-EFAULT, "a node's memory is not writable");

	if (room && n->distance.p && guest_write(n->distance.p, 0, &distance))
		return fail(-EFAULT, "a node's distance is not writable");
	return 0;
}

static u32 domains_count(void)
{
	struct domain *d;
	u32 n = 0;

	for (d = domain_next(0); d; d = domain_next_put(d))
		n++;

	return n;
}

/* One pool with all CPUs, which can not be changed. */
long op_sysctl_cpupool_op(struct domain *self, struct xen_sysctl_cpupool_op *p)
{
	switch (p->op) {
	case XEN_SYSCTL_CPUPOOL_OP_INFO:
		/* The end of a list: not a refusal. */
		if (p->cpupool_id)
			return -ENOENT;

		p->sched_id = SCHEDULER_ID;
		p->n_dom = domains_count();
		return cpumap_out(&p->cpumap, cpumap_online());
	case XEN_SYSCTL_CPUPOOL_OP_FREEINFO:
		return cpumap_out(&p->cpumap, 0);
	default:
		return fail(-EOPNOTSUPP, "CPU pool operation %u: there is one pool", p->op);
	}
}

/* One node: no device is nearer to any other. */
long op_sysctl_pcitopoinfo(struct domain *d, struct xen_sysctl_pcitopoinfo *t)
{
	u32 node = XEN_INVALID_NODE_ID;

	if (t->num_devs > DEVICES_MAX)
		return fail(-E2BIG, "%u devices at once, at most %u", t->num_devs, DEVICES_MAX);

	for (u32 i = 0; i < t->num_devs; i++) {
		if (guest_write(t->nodes.p, i, &node))
			return fail(-EFAULT, "device %u's node is not writable", i);
	}

	return 0;
}

#define OP_sysctl(nr, name, arg, who, how, ...) OP_ADAPTER(op_sysctl_##name, arg, how)
#include <pvabi/hypercalls.def>

static const struct op ops[] = {
#define OP_sysctl(nr, name, arg, who, how, ...) [nr] = OP_ROW(op_sysctl_##name, arg, who, how),
#include <pvabi/hypercalls.def>
};

long hc_sysctl(struct hypercall *hc)
{
	struct xen_sysctl *guest = HC_PTR(hc, 0, struct xen_sysctl);
	u32 cmd;
	int rc;

	rc = ops_control_head(__HYPERVISOR_sysctl, guest, XEN_SYSCTL_INTERFACE_VERSION, "sysctl",
			      &cmd);
	if (rc)
		return rc;

	return ops_run(OP_FIND(ops, cmd), cmd, "sysctl", current(), &guest->u, hc);
}
