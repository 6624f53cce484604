/* SPDX-License-Identifier: MIT */
/*
 * Memory operations for other domains. Batches are cut to what fits one hypercall buffer; the
 * choice of extents and the meaning of frames are left to the builder.
 */
#include "memory.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static long memory_op(struct privcmd *p, unsigned int cmd, void *argument)
{
	return privcmd_call(p, __HYPERVISOR_memory_op, cmd, (uintptr_t)argument, 0, 0, 0);
}

int memory_last_frame(struct privcmd *p, uint64_t *mfn, struct hospes_error *err)
{
	long rc = memory_op(p, XENMEM_maximum_ram_page, privcmd_scratch(p));

	if (rc < 0)
		return error_set(err, (int)rc, "cannot ask how much memory the host has: %s (%ld)",
				 strerror((int)-rc), rc);

	*mfn = (uint64_t)rc;
	return 0;
}

long memory_populate(struct privcmd *p, domid_t domid, unsigned int order, xen_pfn_t *frames,
		     unsigned long count, struct hospes_error *err)
{
	struct xen_memory_reservation *r = privcmd_scratch(p);
	long rc;

	r->extent_start.p = frames;
	r->nr_extents = count;
	r->extent_order = order;
	r->domid = domid;
	rc = memory_op(p, XENMEM_populate_physmap, r);
	if (rc < 0)
		return error_set(err, (int)rc,
				 "cannot give domain %u %lu pages of memory: %s (%ld)", domid,
				 count << order, strerror((int)-rc), rc);

	return rc;
}

/* The call and the one entry that it points to, in the argument page. */
struct map_call {
	struct xen_foreign_memory_map call;
	struct xen_e820_entry ram;
};

int memory_set_map(struct privcmd *p, domid_t domid, uint64_t kib, struct hospes_error *err)
{
	struct map_call *m = privcmd_scratch(p);
	long rc;

	m->ram.addr = 0;
	m->ram.size = kib << 10;
	m->ram.type = XEN_E820_RAM;
	m->call.domid = domid;
	m->call.map.nr_entries = 1;
	m->call.map.buffer.p = &m->ram;
	rc = memory_op(p, XENMEM_set_memory_map, &m->call);
	if (rc < 0)
		return error_set(err, (int)rc,
				 "cannot set the memory map of domain %u to %" PRIu64
				 " KiB: %s (%ld)",
				 domid, kib, strerror((int)-rc), rc);

	return 0;
}

static int memory_mmuext(struct privcmd *p, domid_t domid, struct mmuext_op *ops,
			 unsigned int count)
{
	return (int)privcmd_call(p, __HYPERVISOR_mmuext_op, (uintptr_t)ops, count, 0, domid, 0);
}

int memory_pin(struct privcmd *p, domid_t domid, unsigned int level, xen_pfn_t mfn,
	       struct hospes_error *err)
{
	struct mmuext_op *op = privcmd_scratch(p);
	int rc;

	op->cmd = MMUEXT_PIN_L1_TABLE + level - 1;
	op->arg1.mfn = mfn;
	rc = memory_mmuext(p, domid, op, 1);
	if (rc < 0)
		return error_set(err, rc,
				 "page tables of level %u of domain %u were refused: %s (%d)",
				 level, domid, strerror(-rc), rc);

	return 0;
}

int memory_clear(struct privcmd *p, domid_t domid, const xen_pfn_t *frames, size_t count,
		 struct hospes_error *err)
{
	const size_t batch = PAGE_SIZE / sizeof(struct mmuext_op);
	struct mmuext_op *ops = privcmd_scratch(p);

	while (count > 0) {
		size_t n = count < batch ? count : batch;
		int rc;

		for (size_t i = 0; i < n; i++) {
			ops[i].cmd = MMUEXT_CLEAR_PAGE;
			ops[i].arg1.mfn = frames[i];
		}

		rc = memory_mmuext(p, domid, ops, (unsigned int)n);
		if (rc < 0)
			return error_set(err, rc, "cannot clear memory of domain %u: %s (%d)",
					 domid, strerror(-rc), rc);

		frames += n;
		count -= n;
	}

	return 0;
}
