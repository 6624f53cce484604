/* SPDX-License-Identifier: MIT */
/*
 * The layout of a new guest. The PV contract's order: kernel, initrd, p2m list, start info, store
 * page, console page, page tables, stack, then padding. What the kernel takes unmapped (the initrd,
 * the p2m list at an address of its own) follows behind the bootstrap elements.
 */
#include "guest_layout.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define PAGE 4096ULL
/* The addresses that the hypervisor keeps for itself in every 64-bit PV guest. */
#define HYPERVISOR_START 0xffff800000000000ULL
#define HYPERVISOR_END   0xffff880000000000ULL
#define USER_END         0x0000800000000000ULL

/* For messages: rounded up, so that what they name suffices. */
static uint64_t mib_of(uint64_t bytes)
{
	return (bytes + (1 << 20) - 1) >> 20;
}

static uint64_t pages_of(uint64_t bytes)
{
	return bytes / PAGE + (bytes % PAGE != 0);
}

/* Whether [start, end) is canonical, does not wrap, and leaves the hypervisor its part. */
static bool range_allowed(uint64_t start, uint64_t end)
{
	if (end <= start)
		return false;
	if (end <= USER_END)
		return true;
	return start >= HYPERVISOR_END || (start >= HYPERVISOR_START && end <= HYPERVISOR_START);
}

/* Takes the next @pages of the bootstrap region; sizes were checked, so that sums cannot wrap. */
static void region_take(struct guest_layout *l, struct layout_region *r, uint64_t pages)
{
	r->pfn = l->pages_used;
	r->pages = pages;
	r->virt = l->virt_base + l->pages_used * PAGE;
	l->pages_used += pages;
}

static int kernel_place(struct guest_layout *l, const struct layout_input *in,
			struct hospes_error *err)
{
	const struct guest_notes *n = in->notes;
	uint64_t start = n->virt_start & ~(PAGE - 1);
	uint64_t bytes = n->virt_end - n->virt_base;

	l->virt_base = n->virt_base;
	l->kernel.pfn = (start - n->virt_base) / PAGE;
	l->kernel.virt = start;
	if (pages_of(bytes) > in->nr_pages)
		return error_set(err, -ENOMEM,
				 "the kernel needs %" PRIu64 " MiB of memory, the "
				 "domain has %" PRIu64 " MiB",
				 mib_of(bytes), in->nr_pages >> 8);
	l->kernel.pages = pages_of(bytes) - l->kernel.pfn;
	l->pages_used = pages_of(bytes);
	return 0;
}

/*
 * The page tables map themselves, so their number depends on itself: grow the region until the
 * tables that it needs fit into it.
 */
static int tables_reserve(struct guest_layout *l, const struct layout_input *in,
			  struct hospes_error *err)
{
	struct table_range range = { .virt = l->virt_base, .pfn = 0 };
	long tables = 0, needed;

	for (;;) {
		uint64_t used = l->virt_base + (l->pages_used + (uint64_t)tables + 1) * PAGE;

		range.end = (used + LAYOUT_PAD + LAYOUT_ALIGN - 1) & ~(LAYOUT_ALIGN - 1);
		/* The last 4 MiB of the address space end at 0: stay one page below. */
		if (range.end == 0)
			range.end = -PAGE;
		if (!range_allowed(range.virt, range.end))
			return error_set(err, -EINVAL,
					 "the kernel wants to lie at %#" PRIx64 "-%#" PRIx64
					 ", which no PV guest can have",
					 range.virt, range.end);
		needed = tables_add(&l->set, &range, false);
		if (needed <= tables)
			break;
		tables = needed;
		if ((uint64_t)tables > in->nr_pages)
			return error_set(err, -ENOMEM,
					 "the page tables need more memory than the "
					 "domain has");
	}
	if (needed < 0 || tables_add(&l->set, &range, true) < 0)
		return error_set(err, -ENOMEM, "no memory to lay out the domain");
	l->virt_end = range.end;
	region_take(l, &l->tables, (uint64_t)tables);
	tables_place(&l->set, 0, l->tables.pfn);
	region_take(l, &l->stack, 1);
	return 0;
}

/* The p2m list at the address the kernel asked for: its pages, then the tables that map them. */
static int p2m_place(struct guest_layout *l, const struct layout_input *in,
		     struct hospes_error *err)
{
	uint64_t virt = in->notes->init_p2m;
	struct table_range range = { virt, virt + l->p2m_pages * PAGE, l->pages_used };
	size_t first = l->set.count;
	long tables;

	if (!range_allowed(range.virt, range.end) ||
	    (range.virt < l->virt_end && l->virt_base < range.end))
		return error_set(err, -EINVAL,
				 "the kernel wants its p2m list at %#" PRIx64 ", "
				 "where it cannot be",
				 virt);
	tables = tables_add(&l->set, &range, true);
	if (tables < 0)
		return error_set(err, (int)tables, "no memory to lay out the domain");
	region_take(l, &l->p2m, l->p2m_pages + (uint64_t)tables);
	l->p2m.virt = virt;
	tables_place(&l->set, first, l->p2m.pfn + l->p2m_pages);
	return 0;
}

static int layout_place(struct guest_layout *l, const struct layout_input *in,
			struct hospes_error *err)
{
	bool p2m_apart = in->notes->init_p2m != NOTES_UNSET;
	bool initrd_apart = in->notes->initrd_unmapped;
	uint64_t initrd_pages = pages_of(in->initrd_size);
	int rc = kernel_place(l, in, err);

	if (rc < 0)
		return rc;
	l->p2m_pages = pages_of(in->nr_pages * sizeof(xen_pfn_t));
	if (initrd_pages > in->nr_pages)
		return error_set(err, -ENOMEM,
				 "the initrd needs %" PRIu64 " MiB of memory, the "
				 "domain "
				 "has %" PRIu64 " MiB",
				 mib_of(in->initrd_size), in->nr_pages >> 8);
	if (!initrd_apart)
		region_take(l, &l->initrd, initrd_pages);
	if (!p2m_apart)
		region_take(l, &l->p2m, l->p2m_pages);
	region_take(l, &l->start_info, 1);
	region_take(l, &l->store, 1);
	region_take(l, &l->console, 1);
	rc = tables_reserve(l, in, err);
	if (rc == 0 && initrd_apart) {
		region_take(l, &l->initrd, initrd_pages);
		l->initrd.virt = 0;
	}
	if (rc == 0 && p2m_apart)
		rc = p2m_place(l, in, err);
	return rc;
}

int layout_make(struct guest_layout *l, const struct layout_input *in, struct hospes_error *err)
{
	int rc;

	memset(l, 0, sizeof(*l));
	/* Keeps every sum of page counts far from wrapping. */
	if (in->nr_pages > (1ULL << 40) || in->initrd_size > (1ULL << 50))
		return error_set(err, -EINVAL, "a domain cannot have so much memory");
	rc = layout_place(l, in, err);
	if (rc == 0 && l->pages_used > in->nr_pages)
		rc = error_set(err, -ENOMEM,
			       "kernel, initrd and tables need %" PRIu64 " MiB of "
			       "memory, "
			       "the domain has %" PRIu64 " MiB",
			       mib_of(l->pages_used * PAGE), in->nr_pages >> 8);
	return rc;
}

void layout_free(struct guest_layout *l)
{
	tables_free(&l->set);
}
