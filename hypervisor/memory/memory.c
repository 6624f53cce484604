/* SPDX-License-Identifier: MIT */
/*
 * memory_op: the table of its operations, and those that ask or tell: how much memory, which map,
 * where the m2p lies, claims. Lists of extents are in reserve.c, trades in exchange.c.
 */
#include <frame/alloc.h>
#include <lib/fail.h>
#include <memory/claim.h>
#include <memory/memory.h>
#include <x86/cpu.h>
#include <x86/layout.h>

#define MAP_ENTRIES 128         /* of a guest's own memory map: what a firmware table holds */
#define PFN_LIMIT   (1ul << 40) /* a larger number is a guest's nonsense */

struct e820_entry machine_map[E820_MAX];
u32 machine_map_count;

_Static_assert(sizeof(struct e820_entry) == sizeof(struct xen_e820_entry), "copied out as it is");

static long mem_maximum_ram_page(struct domain *d, void *arg)
{
	return frame_count - 1;
}

static long mem_current_reservation(struct domain *d, void *arg)
{
	return d->tot_pages;
}

static long mem_maximum_reservation(struct domain *d, void *arg)
{
	return d->max_pages;
}

/* What the guest itself says, or what it was populated with. */
static long mem_maximum_gpfn(struct domain *d, void *arg)
{
	u64 pages = d->dying ? 0 : READ_ONCE(d->shared->arch.max_pfn);

	return pages && pages <= PFN_LIMIT ? pages - 1 : d->memory.max_pfn;
}

/* --- maps ------------------------------------------------------------------------------------- */

static long map_answer(struct xen_memory_map *m, const void *entries, u32 count)
{
	if (m->nr_entries < count)
		return fail(-EINVAL, "the memory map has %u entries, room is for %u", count,
			    m->nr_entries);
	m->nr_entries = count;
	return guest_copy_out(m->buffer.p, entries, count * sizeof(struct xen_e820_entry));
}

static long mem_machine_map(struct domain *d, void *arg)
{
	return map_answer(arg, machine_map, machine_map_count);
}

static long mem_map(struct domain *d, void *arg)
{
	if (!d->memory.map_entries)
		return -ENOSYS; /* the ABI's answer for "no map was set": not a refusal */
	return map_answer(arg, d->memory.map, d->memory.map_entries);
}

static long mem_set_map(struct domain *d, void *arg)
{
	const struct xen_memory_map *m = &((struct xen_foreign_memory_map *)arg)->map;
	int ret;

	if (m->nr_entries > MAP_ENTRIES)
		return fail(-EINVAL, "a memory map of %u entries, at most %u", m->nr_entries,
			    MAP_ENTRIES);
	spin_lock(&d->lock);
	if (!d->memory.map)
		d->memory.map = heap_alloc(MAP_ENTRIES * sizeof(*d->memory.map));
	ret = d->memory.map ? 0 : fail(-ENOMEM, "no memory for a memory map");
	if (!ret)
		ret = guest_copy_in(d->memory.map, m->buffer.p,
				    m->nr_entries * sizeof(*d->memory.map));
	if (!ret)
		d->memory.map_entries = m->nr_entries;
	spin_unlock(&d->lock);
	return ret;
}

static long mem_machphys_mapping(struct domain *d, void *arg)
{
	*(struct xen_machphys_mapping *)arg = (struct xen_machphys_mapping){
		.v_start = M2P_VIRT,
		.v_end = M2P_VIRT + ROUND_UP(frame_count * sizeof(u64), PAGE_SIZE),
		.max_mfn = frame_count - 1,
	};
	return 0;
}

/* --- the rest --------------------------------------------------------------------------------- */

static long mem_claim(struct domain *d, void *arg)
{
	const struct xen_memory_reservation *r = arg;

	if (r->extent_start.p || r->extent_order || r->mem_flags)
		return fail(-EINVAL, "a claim is of single frames anywhere");
	return claim_set(d, r->nr_extents);
}

/* Clients that would map grant frames so then do it by GNTTABOP_setup_table: no word in the log. */
static long mem_no_resource(struct domain *d, void *arg)
{
	return -EOPNOTSUPP;
}

/* Pages saved by sharing them, and shared ones: asked by each list of domains. */
static long mem_none(struct domain *d, void *arg)
{
	return 0;
}

/* Nothing is populated on demand: the answer is what the domain has, setting changes nothing. */
static long mem_pod_target(struct domain *d, void *arg)
{
	struct xen_pod_target *t = arg;

	t->tot_pages = d->tot_pages;
	t->pod_cache_pages = t->pod_entries = 0;
	return 0;
}

#define ROW(fn, type, flags)                          \
	{                                             \
		{ fn }, sizeof(struct type), 0, flags \
	}
#define ROW_OF(fn, type, flags, member)                                                         \
	{                                                                                       \
		{ fn }, sizeof(struct type), offsetof(struct type, member), OP_TARGET | (flags) \
	}

static const struct op ops[] = {
	[XENMEM_maximum_ram_page] = { { mem_maximum_ram_page }, 0, 0, 0 },
	[XENMEM_current_reservation] = ROW_OF(mem_current_reservation, xen_memory_domain, 0, domid),
	[XENMEM_maximum_reservation] = ROW_OF(mem_maximum_reservation, xen_memory_domain, 0, domid),
	[XENMEM_maximum_gpfn] = ROW_OF(mem_maximum_gpfn, xen_memory_domain, 0, domid),
	[XENMEM_memory_map] = ROW(mem_map, xen_memory_map, OP_OUT),
	[XENMEM_machine_memory_map] = ROW(mem_machine_map, xen_memory_map, OP_OUT | OP_PRIV),
	[XENMEM_set_memory_map] = ROW_OF(mem_set_map, xen_foreign_memory_map, OP_PRIV, domid),
	[XENMEM_machphys_mapping] = ROW(mem_machphys_mapping, xen_machphys_mapping, OP_OUT),
	[XENMEM_exchange] = ROW_OF(mem_exchange, xen_memory_exchange, OP_OUT_ALL, in.domid),
	[XENMEM_set_pod_target] = ROW_OF(mem_pod_target, xen_pod_target, OP_PRIV | OP_OUT, domid),
	[XENMEM_get_pod_target] = ROW_OF(mem_pod_target, xen_pod_target, OP_PRIV | OP_OUT, domid),
	[XENMEM_get_sharing_freed_pages] = { { mem_none }, 0, 0, 0 },
	[XENMEM_get_sharing_shared_pages] = { { mem_none }, 0, 0, 0 },
	[XENMEM_claim_pages] = ROW_OF(mem_claim, xen_memory_reservation, OP_PRIV, domid),
	[XENMEM_acquire_resource] = { { mem_no_resource }, 0, 0, 0 },
};

_Static_assert(sizeof(struct xen_memory_exchange) <= OP_ARG_MAX, "the largest argument");

long hc_memory_op(struct hypercall *hc)
{
	u32 cmd = hc->arg[0] & MEMOP_CMD_MASK;

	if (cmd == XENMEM_increase_reservation || cmd == XENMEM_decrease_reservation ||
	    cmd == XENMEM_populate_physmap)
		return mem_reservation(hc);
	return ops_run(ops, ARRAY_SIZE(ops), cmd, "memory", current(), HC_PTR(hc, 1, void));
}
