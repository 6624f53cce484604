/* SPDX-License-Identifier: MIT */
/* Hypercall sysctl: questions about the machine and the hypervisor, and the console's text. */
#include <console/console.h>
#include <ctl/cpumap.h>
#include <ctl/domctl.h>
#include <ctl/keys.h>
#include <ctl/policy.h>
#include <frame/alloc.h>
#include <lib/fail.h>
#include <lib/string.h>
#include <pvabi/sysctl.h>
#include <x86/cpu.h>
#include <x86/features.h>

#define TEXT_CHUNK 4096
#define KEYS_MAX 64
#define DEVICES_MAX 4096
#define NODE_DISTANCE_SELF 10 /* as ACPI has it */

static long op_readconsole(struct xen_sysctl *op)
{
	struct xen_sysctl_readconsole *r = &op->u.readconsole;
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
	if (ret)
		return ret;
	r->count = done;
	r->index = (u32)pos;
	if (r->clear)
		console_ring_clear();
	return 0;
}

static long op_physinfo(struct xen_sysctl *op)
{
	struct xen_sysctl_physinfo *p = &op->u.physinfo;
	u32 words = ARRAY_SIZE(p->hw_cap);

	memset(p, 0, sizeof(*p));
	p->threads_per_core = 1;
	p->cores_per_socket = cpu_count;
	p->nr_cpus = cpu_count;
	p->max_cpu_id = cpu_count - 1;
	p->nr_nodes = 1;
	p->cpu_khz = time_tsc_khz();
	p->capabilities = XEN_SYSCTL_PHYSCAP_pv | XEN_SYSCTL_PHYSCAP_gnttab_v1;
	p->total_pages = frames_total_count();
	p->free_pages = frames_free_count();
	p->outstanding_pages = claim_total();
	p->max_mfn = frame_count - 1;
	for (u32 i = 0; i < words; i++)
		p->hw_cap[i] = policy_word(true, i);
	return 0;
}

static long op_domain_list(struct xen_sysctl *op)
{
	struct xen_sysctl_getdomaininfolist *l = &op->u.getdomaininfolist;
	struct xen_domctl_getdomaininfo info;
	struct domain *d;
	u32 n = 0;
	int ret = 0;

	for (d = domain_next(l->first_domain); d && n < l->max_domains && !ret; d = domain_next_put(d)) {
		domain_info(d, &info);
		ret = guest_write(l->buffer.p, n, &info);
		n++;
	}
	if (d)
		domain_put(d);
	l->num_domains = n;
	return ret;
}

static long op_debug_keys(struct xen_sysctl *op)
{
	struct xen_sysctl_debug_keys *k = &op->u.debug_keys;
	char keys[KEYS_MAX];

	if (k->nr_keys > KEYS_MAX)
		return fail(-E2BIG, "%u debug keys at once, at most %u", k->nr_keys, KEYS_MAX);
	if (guest_copy_in(keys, k->keys.p, k->nr_keys))
		return -EFAULT;
	for (u32 i = 0; i < k->nr_keys; i++)
		debug_key(keys[i]);
	return 0;
}

/* CPUs share what no domain used. */
static long op_cpu_idle(struct xen_sysctl *op)
{
	struct xen_sysctl_getcpuinfo *g = &op->u.getcpuinfo;
	u64 busy = 0, all = time_now() * cpu_count;
	struct xen_sysctl_cpuinfo info;
	struct domain *d;

	for (d = domain_next(0); d; d = domain_next_put(d))
		for (u32 i = 0; i < d->max_vcpus; i++)
			busy += d->vcpu[i] ? vcpu_cpu_time(d->vcpu[i]) : 0;
	info.idletime = all > busy ? (all - busy) / cpu_count : 0;
	g->nr_cpus = MIN(g->max_cpus, cpu_count);
	for (u32 i = 0; i < g->nr_cpus; i++)
		if (guest_write(g->info.p, i, &info))
			return -EFAULT;
	return 0;
}

static long op_availheap(struct xen_sysctl *op)
{
	if (op->u.availheap.node > 0)
		return fail(-EINVAL, "node %d: there is one, 0", op->u.availheap.node);
	op->u.availheap.avail_bytes = frames_free_count() << PAGE_SHIFT;
	return 0;
}

static long op_cpu_topology(struct xen_sysctl *op)
{
	struct xen_sysctl_cputopoinfo *t = &op->u.cputopoinfo;
	u32 room = t->num_cpus;

	t->num_cpus = cpu_count;
	if (!t->cputopo.p)
		return 0;
	t->num_cpus = MIN(room, cpu_count);
	for (u32 i = 0; i < t->num_cpus; i++) {
		struct xen_sysctl_cputopo c = { .core = i };

		if (guest_write(t->cputopo.p, i, &c))
			return -EFAULT;
	}
	return 0;
}

static long op_numa(struct xen_sysctl *op)
{
	struct xen_sysctl_numainfo *n = &op->u.numainfo;
	struct xen_sysctl_meminfo m = {
		.memsize = frames_total_count() << PAGE_SHIFT,
		.memfree = frames_free_count() << PAGE_SHIFT,
	};
	u32 distance = NODE_DISTANCE_SELF, room = n->num_nodes;

	n->num_nodes = 1;
	if (!n->meminfo.p && !n->distance.p)
		return 0;
	n->num_nodes = MIN(room, 1u);
	if (!room)
		return 0;
	if (n->meminfo.p && guest_write(n->meminfo.p, 0, &m))
		return -EFAULT;
	if (n->distance.p && guest_write(n->distance.p, 0, &distance))
		return -EFAULT;
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
static long op_cpupool(struct xen_sysctl *op)
{
	struct xen_sysctl_cpupool_op *p = &op->u.cpupool_op;

	switch (p->op) {
	case XEN_SYSCTL_CPUPOOL_OP_INFO:
		if (p->cpupool_id)
			return -ENOENT; /* the end of a list: not a refusal */
		p->sched_id = SCHEDULER_ID;
		p->n_dom = domains_count();
		return cpumap_out(&p->cpumap, cpumap_online());
	case XEN_SYSCTL_CPUPOOL_OP_FREEINFO:
		return cpumap_out(&p->cpumap, 0);
	case XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN:
		return p->cpupool_id ? fail(-ENOENT, "CPU pool %u: there is one, 0", p->cpupool_id) : 0;
	default:
		return fail(-EOPNOTSUPP, "CPU pool operation %u: there is one pool", p->op);
	}
}

/* One node: no device is nearer to any other. */
static long op_pci_topology(struct xen_sysctl *op)
{
	struct xen_sysctl_pcitopoinfo *t = &op->u.pcitopoinfo;
	u32 node = XEN_INVALID_NODE_ID;

	if (t->num_devs > DEVICES_MAX)
		return fail(-E2BIG, "%u devices at once, at most %u", t->num_devs, DEVICES_MAX);
	for (u32 i = 0; i < t->num_devs; i++)
		if (guest_write(t->nodes.p, i, &node))
			return -EFAULT;
	return 0;
}

static long op_levelling(struct xen_sysctl *op)
{
	op->u.cpu_levelling_caps.caps = 0;
	return 0;
}

static long op_featureset(struct xen_sysctl *op)
{
	struct xen_sysctl_cpu_featureset *f = &op->u.cpu_featureset;

	switch (f->index) {
	case XEN_SYSCTL_cpu_featureset_raw:
	case XEN_SYSCTL_cpu_featureset_host:
		return policy_features(true, f->features.p, &f->nr_features);
	case XEN_SYSCTL_cpu_featureset_pv:
	case XEN_SYSCTL_cpu_featureset_pv_max:
		return policy_features(false, f->features.p, &f->nr_features);
	default:
		return fail(f->index > XEN_SYSCTL_cpu_featureset_hvm_max ? -EINVAL : -EOPNOTSUPP,
			    "feature set %u: there are PV guests only", f->index);
	}
}

static long op_policy(struct xen_sysctl *op)
{
	struct xen_sysctl_cpu_policy *p = &op->u.cpu_policy;
	bool raw = p->index == XEN_SYSCTL_cpu_policy_raw || p->index == XEN_SYSCTL_cpu_policy_host;
	int ret;

	if (!raw && p->index != XEN_SYSCTL_cpu_policy_pv_max && p->index != XEN_SYSCTL_cpu_policy_pv_default)
		return fail(p->index > XEN_SYSCTL_cpu_policy_hvm_default ? -EINVAL : -EOPNOTSUPP,
			    "CPU policy %u: there are PV guests only", p->index);
	ret = policy_leaves(raw, p->leaves.p, &p->nr_leaves);
	return ret ? ret : policy_msrs(p->msrs.p, &p->nr_msrs);
}

static long (*const ops[])(struct xen_sysctl *op) = {
	[XEN_SYSCTL_readconsole] = op_readconsole,
	[XEN_SYSCTL_physinfo] = op_physinfo,
	[XEN_SYSCTL_sched_id] = sysctl_sched_id,
	[XEN_SYSCTL_getdomaininfolist] = op_domain_list,
	[XEN_SYSCTL_debug_keys] = op_debug_keys,
	[XEN_SYSCTL_getcpuinfo] = op_cpu_idle,
	[XEN_SYSCTL_availheap] = op_availheap,
	[XEN_SYSCTL_cputopoinfo] = op_cpu_topology,
	[XEN_SYSCTL_numainfo] = op_numa,
	[XEN_SYSCTL_cpupool_op] = op_cpupool,
	[XEN_SYSCTL_scheduler_op] = sysctl_scheduler,
	[XEN_SYSCTL_pcitopoinfo] = op_pci_topology,
	[XEN_SYSCTL_get_cpu_levelling_caps] = op_levelling,
	[XEN_SYSCTL_get_cpu_featureset] = op_featureset,
	[XEN_SYSCTL_get_cpu_policy] = op_policy,
};

long hc_sysctl(struct hypercall *hc)
{
	struct xen_sysctl op, *guest = HC_PTR(hc, 0, struct xen_sysctl);
	long ret;

	if (!current()->dom->privileged)
		return fail(-EPERM, "system control");
	if (guest_copy_in(&op, guest, sizeof(op)))
		return -EFAULT;
	if (op.interface_version != XEN_SYSCTL_INTERFACE_VERSION)
		return fail(-EACCES, "sysctl interface version %#x, not %#x", op.interface_version,
			    XEN_SYSCTL_INTERFACE_VERSION);
	if (op.cmd >= ARRAY_SIZE(ops) || !ops[op.cmd])
		return fail(-ENOSYS, "sysctl %u", op.cmd);
	ret = ops[op.cmd](&op);
	if (!ret && guest_copy_out(guest, &op, sizeof(op)))
		return -EFAULT;
	return ret;
}
