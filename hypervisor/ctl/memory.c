/* SPDX-License-Identifier: MIT */
/*
 * memory_op: questions about memory, memory maps, where the m2p lies, claims, and the dispatch of all
 * its operations. Lists of extents are in reserve.c, trades in exchange.c.
 */
#include <ctl/memory.h>
#include <ctl/state.h>
#include <frame/alloc.h>
#include <grant/grant.h>
#include <lib/fail.h>
#include <x86/cpu.h>
#include <x86/layout.h>

#define PFN_LIMIT (1ul << 40)	 /* a larger number is a guest's nonsense */
#define RESOURCE_FRAMES_MAX 1024 /* of one call: what a grant table may have */

struct e820_entry machine_map[E820_MAX];
u32 machine_map_count;

_Static_assert(sizeof(struct e820_entry) == sizeof(struct xen_e820_entry), "copied out as it is");

static long mem_maximum_ram_page(struct hypercall *hc)
{
	return frame_count - 1;
}

/* The three questions by domid: the value to answer. */
static long domain_question(struct hypercall *hc, u64 (*ask)(const struct domain *d))
{
	struct xen_memory_domain arg;
	struct domain *d;
	int err;
	long ret;

	if (guest_copy_in(&arg, HC_PTR(hc, 1, void), sizeof(arg)))
		return -EFAULT;
	d = domain_target(arg.domid, &err);
	if (!d)
		return err;
	ret = ask(d);
	domain_put(d);
	return ret;
}

static u64 ask_current(const struct domain *d)
{
	return d->tot_pages;
}

static u64 ask_maximum(const struct domain *d)
{
	return d->max_pages;
}

/* What the guest itself says, or what it was populated with. */
static u64 ask_max_pfn(const struct domain *d)
{
	u64 pages = d->dying ? 0 : READ_ONCE(d->shared->arch.max_pfn);

	return pages && pages <= PFN_LIMIT ? pages - 1 : d->max_pfn;
}

static long mem_current_reservation(struct hypercall *hc)
{
	return domain_question(hc, ask_current);
}

static long mem_maximum_reservation(struct hypercall *hc)
{
	return domain_question(hc, ask_maximum);
}

static long mem_maximum_gpfn(struct hypercall *hc)
{
	return domain_question(hc, ask_max_pfn);
}

/* --- maps ------------------------------------------------------------------------------------- */

static long map_answer(struct hypercall *hc, const void *entries, u32 count)
{
	struct xen_memory_map m, *guest = HC_PTR(hc, 1, struct xen_memory_map);

	if (guest_copy_in(&m, guest, sizeof(m)))
		return -EFAULT;
	if (m.nr_entries < count)
		return fail(-EINVAL, "the memory map has %u entries, room is for %u", count, m.nr_entries);
	if (guest_copy_out(m.buffer.p, entries, count * sizeof(struct xen_e820_entry)) ||
	    guest_copy_out(&guest->nr_entries, &count, sizeof(count)))
		return -EFAULT;
	return 0;
}

static long mem_machine_map(struct hypercall *hc)
{
	if (!current()->dom->privileged)
		return fail(-EPERM, "the machine's memory map");
	return map_answer(hc, machine_map, machine_map_count);
}

static long mem_map(struct hypercall *hc)
{
	struct dom_control *c = dom_control(current()->dom);

	if (!c->map_count)
		return -ENOSYS; /* the ABI's answer for "no map was set": not a refusal */
	return map_answer(hc, c->map, c->map_count);
}

static long mem_set_map(struct hypercall *hc)
{
	struct xen_foreign_memory_map arg;
	struct dom_control *c;
	struct domain *d;
	int ret;

	if (guest_copy_in(&arg, HC_PTR(hc, 1, void), sizeof(arg)))
		return -EFAULT;
	if (arg.map.nr_entries > MAP_ENTRIES)
		return fail(-EINVAL, "a memory map of %u entries, at most %u", arg.map.nr_entries, MAP_ENTRIES);
	if (!current()->dom->privileged)
		return fail(-EPERM, "setting a memory map");
	d = domain_target(arg.domid, &ret);
	if (!d)
		return ret;
	c = dom_control(d);
	spin_lock(&d->lock);
	if (!c->map)
		c->map = heap_alloc(MAP_ENTRIES * sizeof(*c->map));
	ret = c->map ? 0 : fail(-ENOMEM, "no memory for a memory map");
	if (!ret)
		ret = guest_copy_in(c->map, arg.map.buffer.p, arg.map.nr_entries * sizeof(*c->map));
	if (!ret)
		c->map_count = arg.map.nr_entries;
	spin_unlock(&d->lock);
	domain_put(d);
	return ret;
}

static long mem_machphys_mapping(struct hypercall *hc)
{
	struct xen_machphys_mapping m = {
		.v_start = M2P_VIRT,
		.v_end = M2P_VIRT + ROUND_UP(frame_count * sizeof(u64), PAGE_SIZE),
		.max_mfn = frame_count - 1,
	};

	return guest_copy_out(HC_PTR(hc, 1, void), &m, sizeof(m));
}

/* --- the rest ------------------------------------------------------------------------------------ */

static long mem_claim(struct hypercall *hc)
{
	struct xen_memory_reservation r;
	struct domain *d;
	int ret;

	if (guest_copy_in(&r, HC_PTR(hc, 1, void), sizeof(r)))
		return -EFAULT;
	if (!current()->dom->privileged)
		return fail(-EPERM, "a claim of memory");
	if (r.extent_start.p || r.extent_order || r.mem_flags)
		return fail(-EINVAL, "a claim is of single frames anywhere");
	d = domain_target(r.domid, &ret);
	if (!d)
		return ret;
	ret = claim_set(d, r.nr_extents);
	domain_put(d);
	return ret;
}

/* Grant frames, one by one. The guest's list gets their machine numbers. */
static int grant_frames(struct domain *d, const struct xen_mem_acquire_resource *r)
{
	for (u64 i = 0; i < r->nr_frames; i++) {
		mfn_t m;
		int ret = grant_get_frame(d, r->frame + i, &m);

		if (!ret)
			ret = guest_write(r->frame_list.p, i, &m.n);
		if (ret)
			return ret;
	}
	return 0;
}

static int resource_check(const struct xen_mem_acquire_resource *r)
{
	if (r->pad)
		return fail(-EINVAL, "padding is not zero");
	if (r->type != XENMEM_resource_grant_table || r->id != XENMEM_resource_grant_table_id_shared)
		return fail(-EOPNOTSUPP, "resource %u, id %u", r->type, r->id);
	if (r->nr_frames > RESOURCE_FRAMES_MAX || r->frame >= RESOURCE_FRAMES_MAX)
		return fail(-EINVAL, "%u frames from %lu of a resource", r->nr_frames, r->frame);
	return 0;
}

static long mem_acquire_resource(struct hypercall *hc)
{
	struct xen_mem_acquire_resource r, *guest = HC_PTR(hc, 1, struct xen_mem_acquire_resource);
	struct domain *d;
	int ret;

	if (guest_copy_in(&r, guest, sizeof(r)))
		return -EFAULT;
	ret = resource_check(&r);
	if (ret)
		return ret;
	d = domain_target(r.domid, &ret);
	if (!d)
		return ret;
	if (r.frame_list.p)
		ret = r.frame + r.nr_frames > d->max_grant_frames
			      ? fail(-EINVAL, "grant frames of d%u up to %lu, limit %u", d->id,
				     r.frame + r.nr_frames, d->max_grant_frames)
			      : grant_frames(d, &r);
	else if (r.nr_frames)
		ret = fail(-EINVAL, "%u frames and no list for them", r.nr_frames);
	else
		ret = guest_copy_out(&guest->nr_frames, &d->max_grant_frames, sizeof(u32));
	domain_put(d);
	return ret;
}

/* Nothing is populated on demand here: the answer is what the domain has, and setting changes nothing. */
static long mem_pod_target(struct hypercall *hc)
{
	struct xen_pod_target t;
	struct domain *d;
	int ret;

	if (guest_copy_in(&t, HC_PTR(hc, 1, void), sizeof(t)))
		return -EFAULT;
	if (!current()->dom->privileged)
		return fail(-EPERM, "a memory target");
	d = domain_target(t.domid, &ret);
	if (!d)
		return ret;
	t.tot_pages = d->tot_pages;
	t.pod_cache_pages = t.pod_entries = 0;
	domain_put(d);
	return guest_copy_out(HC_PTR(hc, 1, void), &t, sizeof(t));
}

static long mem_no_physmap(struct hypercall *hc)
{
	return fail(-EACCES, "a PV domain keeps its own map of its memory");
}

/* Pages are not shared behind their owners' backs: there are none. */
static long mem_none(struct hypercall *hc)
{
	return 0;
}

static long mem_no_vnuma(struct hypercall *hc)
{
	return -EOPNOTSUPP; /* "no virtual nodes were set": an answer, not a refusal */
}

static long mem_not_offered(struct hypercall *hc)
{
	return fail(-EOPNOTSUPP, "memory operation %lu", hc->arg[0] & MEMOP_CMD_MASK);
}

static long (*const ops[])(struct hypercall *hc) = {
	[XENMEM_increase_reservation] = mem_increase,
	[XENMEM_decrease_reservation] = mem_decrease,
	[XENMEM_maximum_ram_page] = mem_maximum_ram_page,
	[XENMEM_current_reservation] = mem_current_reservation,
	[XENMEM_maximum_reservation] = mem_maximum_reservation,
	[XENMEM_machphys_mfn_list] = mem_not_offered,
	[XENMEM_populate_physmap] = mem_populate,
	[XENMEM_add_to_physmap] = mem_no_physmap,
	[XENMEM_memory_map] = mem_map,
	[XENMEM_machine_memory_map] = mem_machine_map,
	[XENMEM_exchange] = mem_exchange,
	[XENMEM_machphys_mapping] = mem_machphys_mapping,
	[XENMEM_set_memory_map] = mem_set_map,
	[XENMEM_maximum_gpfn] = mem_maximum_gpfn,
	[XENMEM_remove_from_physmap] = mem_no_physmap,
	[XENMEM_set_pod_target] = mem_pod_target,
	[XENMEM_get_pod_target] = mem_pod_target,
	[XENMEM_get_sharing_freed_pages] = mem_none,
	[XENMEM_get_sharing_shared_pages] = mem_none,
	[XENMEM_add_to_physmap_batch] = mem_no_physmap,
	[XENMEM_claim_pages] = mem_claim,
	[XENMEM_get_vnumainfo] = mem_no_vnuma,
	[XENMEM_acquire_resource] = mem_acquire_resource,
};

long hc_memory_op(struct hypercall *hc)
{
	u64 op = hc->arg[0] & MEMOP_CMD_MASK;

	if (op >= ARRAY_SIZE(ops) || !ops[op])
		return fail(-ENOSYS, "memory operation %lu", op);
	return ops[op](hc);
}
