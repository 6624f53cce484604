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
#define PFN_LIMIT   (1ul << 40) /* larger ones are a guest's nonsense */

struct e820_entry machine_map[E820_MAX];
u32 machine_map_count;

_Static_assert(sizeof(struct e820_entry) == sizeof(struct xen_e820_entry), "copied out as it is");

long op_memory_maximum_ram_page(struct domain *d, void *a)
{
	return frame_count - 1;
}

long op_memory_current_reservation(struct domain *d, struct xen_memory_domain *a)
{
	return d->tot_pages;
}

long op_memory_maximum_reservation(struct domain *d, struct xen_memory_domain *a)
{
	return d->max_pages;
}

/* What the guest itself says, or what it was populated with. */
long op_memory_maximum_gpfn(struct domain *d, struct xen_memory_domain *a)
{
	u64 pages;

	/* Its shared page may be gone. */
	if (d->dying)
		return d->memory.max_pfn;

	pages = READ_ONCE(d->shared->arch.max_pfn);
	if (!pages || pages > PFN_LIMIT)
		return d->memory.max_pfn;

	return pages - 1;
}

/* --- maps ------------------------------------------------------------------------------------- */

static long map_answer(struct xen_memory_map *m, const void *entries, u32 count)
{
	if (m->nr_entries < count)
		return fail(-EINVAL, "the memory map has %u entries, room is for %u", count,
			    m->nr_entries);

	m->nr_entries = count;
	return guest_answer(m->buffer.p, entries, count * sizeof(struct xen_e820_entry));
}

long op_memory_machine_memory_map(struct domain *d, struct xen_memory_map *m)
{
	return map_answer(m, machine_map, machine_map_count);
}

long op_memory_memory_map(struct domain *d, struct xen_memory_map *m)
{
	/* The ABI's answer for "no map was set": not a refusal. */
	if (!d->memory.map_entries)
		return -ENOSYS;

	return map_answer(m, d->memory.map, d->memory.map_entries);
}

/* Copies the guest's entries to the domain's map, which is made for the first. d->lock held. */
static int map_store(struct domain *d, const struct xen_memory_map *m)
{
	size_t size;

	assert(spin_held(&d->lock));
	if (!d->memory.map)
		d->memory.map = heap_alloc(MAP_ENTRIES * sizeof(*d->memory.map));
	if (!d->memory.map)
		return fail(-ENOMEM, "no memory for a memory map");

	size = m->nr_entries * sizeof(*d->memory.map);
	if (guest_copy_in(d->memory.map, m->buffer.p, size))
		return fail(-EFAULT, "a memory map is not readable");

	d->memory.map_entries = m->nr_entries;
	return 0;
}

long op_memory_set_memory_map(struct domain *d, struct xen_foreign_memory_map *a)
{
	int rc;

	if (a->map.nr_entries > MAP_ENTRIES)
		return fail(-EINVAL, "a memory map of %u entries, at most %u", a->map.nr_entries,
			    MAP_ENTRIES);

	spin_lock(&d->lock);
	rc = map_store(d, &a->map);
	spin_unlock(&d->lock);
	return rc;
}

long op_memory_machphys_mapping(struct domain *d, struct xen_machphys_mapping *m)
{
	m->v_start = M2P_VIRT;
	m->v_end = M2P_VIRT + ROUND_UP(frame_count * sizeof(u64), PAGE_SIZE);
	m->max_mfn = frame_count - 1;
	return 0;
}

/* --- the rest --------------------------------------------------------------------------------- */

long op_memory_claim_pages(struct domain *d, struct xen_memory_reservation *r)
{
	if (r->extent_start.p || r->extent_order || r->mem_flags)
		return fail(-EINVAL, "a claim is of single frames anywhere");

	return claim_set(d, r->nr_extents);
}

/* Asked by each list of domains. */
long op_memory_get_sharing_freed_pages(struct domain *d, void *a)
{
	return 0;
}

long op_memory_get_sharing_shared_pages(struct domain *d, void *a)
{
	return 0;
}

/* Nothing is populated on demand: the answer is what the domain has, setting changes nothing. */
static long pod_target_tell(struct domain *d, struct xen_pod_target *t)
{
	t->tot_pages = d->tot_pages;
	t->pod_cache_pages = 0;
	t->pod_entries = 0;
	return 0;
}

long op_memory_set_pod_target(struct domain *d, struct xen_pod_target *t)
{
	return pod_target_tell(d, t);
}

long op_memory_get_pod_target(struct domain *d, struct xen_pod_target *t)
{
	return pod_target_tell(d, t);
}

/* --- dispatch --------------------------------------------------------------------------------- */

#define OP_memory_op(nr, name, arg, who, how, ...) OP_ADAPTER(op_memory_##name, arg, how)
#include <pvabi/hypercalls.def>

static const struct op ops[] = {
#define OP_memory_op(nr, name, arg, who, how, ...) [nr] = OP_ROW(op_memory_##name, arg, who, how),
#include <pvabi/hypercalls.def>
};

long hc_memory_op(struct hypercall *hc)
{
	u32 cmd = hc->arg[0] & MEMOP_CMD_MASK;

	return ops_run(OP_FIND(ops, cmd), cmd, "memory", current(), HC_PTR(hc, 1, void), hc);
}
