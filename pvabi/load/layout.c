/* SPDX-License-Identifier: MIT */
/*
 * The layout of a new guest. The contract's order is: kernel, initrd, p2m list, start info, store
 * page, console page, page tables, stack, then padding. What the kernel takes unmapped (the
 * initrd) or mapped elsewhere (the p2m list) lies behind. Page counts are kept so small that their
 * sums cannot wrap; addresses may, and are checked.
 */
#include "layout.h"

#include <pvabi/arch-x86/xen-x86_64.h>
#include <pvabi/errno.h>
#include "libc.h"

/* Keep every sum of page counts far from wrapping. */
#define GUEST_PAGES_MAX (1ul << 40)
#define INITRD_MAX      (1ul << 50)

#define LOWER_HALF_END 0x0000800000000000ul
#define P2M_ENTRY_SIZE sizeof(uint64_t)
#define TOP_SHIFT      39 /* an entry of the L4 maps so many bits of address */
#define MIB_PAGES_BITS 8

/* For messages: rounded up, so that what they name suffices. */
static uint64_t mib_of(uint64_t bytes)
{
	return (bytes >> 20) + ((bytes & ((1ul << 20) - 1)) != 0);
}

static uint64_t pages_of(uint64_t bytes)
{
	return bytes / LAYOUT_PAGE + (bytes % LAYOUT_PAGE != 0);
}

/* Whether [start, end) are whole pages, canonical, do not wrap, and are not the hypervisor's. */
static bool range_allowed(uint64_t start, uint64_t end)
{
	if (start % LAYOUT_PAGE != 0 || end % LAYOUT_PAGE != 0 || end <= start)
		return false;

	return end <= LOWER_HALF_END || start >= HYPERVISOR_VIRT_END;
}

/* Takes the next @pages, which the initial mapping shows. */
static void region_take(struct guest_layout *l, struct layout_region *r, uint64_t pages)
{
	r->pfn = l->pages_used;
	r->pages = pages;
	r->virt = l->virt_base + l->pages_used * LAYOUT_PAGE;
	l->pages_used += pages;
}

/* Takes the next @pages, which are mapped at @virt, or not at all: 0. */
static void region_take_apart(struct guest_layout *l, struct layout_region *r, uint64_t pages,
			      uint64_t virt)
{
	region_take(l, r, pages);
	r->virt = virt;
}

/* dom0's builder knows one order only: that of kernels which leave initrd and p2m unmapped. */
static int wishes_check(const struct layout_input *in, struct load_error *why)
{
	if (!in->dom0)
		return 0;

	if (in->notes->init_p2m == NOTES_UNSET || in->notes->mod_start_pfn == 0)
		return load_refuse(
			why, -XEN_ENOEXEC,
			"the kernel has no notes INIT_P2M and MOD_START_PFN, as dom0 must");
	return 0;
}

static int sizes_check(const struct layout_input *in, struct load_error *why)
{
	uint64_t bytes = in->notes->virt_end - in->notes->virt_base;

	if (in->nr_pages > GUEST_PAGES_MAX || in->initrd_size > INITRD_MAX)
		return load_refuse(why, -XEN_EINVAL, "a domain cannot have so much memory");

	if (bytes > LAYOUT_KERNEL_MAX)
		return load_refuse(why, -XEN_EINVAL,
				   "the kernel ends %lu MiB above its VIRT_BASE: more than %lu MiB",
				   mib_of(bytes), mib_of(LAYOUT_KERNEL_MAX));

	if (pages_of(bytes) > in->nr_pages)
		return load_refuse(why, -XEN_ENOMEM,
				   "the kernel needs %lu MiB of memory, the domain has %lu MiB",
				   mib_of(bytes), in->nr_pages >> MIB_PAGES_BITS);

	if (pages_of(in->initrd_size) > in->nr_pages)
		return load_refuse(why, -XEN_ENOMEM,
				   "the initrd needs %lu MiB of memory, the domain has %lu MiB",
				   mib_of(in->initrd_size), in->nr_pages >> MIB_PAGES_BITS);
	return 0;
}

/* The kernel, and all that stands between it and the page tables. */
static void bootstrap_place(struct guest_layout *l, const struct layout_input *in)
{
	const struct guest_notes *n = in->notes;
	uint64_t start = n->virt_start & ~(LAYOUT_PAGE - 1);

	l->virt_base = n->virt_base;
	l->pages_used = (start - n->virt_base) / LAYOUT_PAGE;
	region_take(l, &l->kernel, pages_of(n->virt_end - start));

	if (n->mod_start_pfn == 0)
		region_take(l, &l->initrd, pages_of(in->initrd_size));
	if (n->init_p2m == NOTES_UNSET)
		region_take(l, &l->p2m, pages_of(in->nr_pages * P2M_ENTRY_SIZE));

	region_take(l, &l->start_info, 1);
	if (!in->dom0) {
		region_take(l, &l->store, 1);
		region_take(l, &l->console, 1);
	}
}

/* The end of the initial mapping with so many page tables in it; 0 if it wraps. */
static uint64_t mapping_end(const struct guest_layout *l, uint64_t tables)
{
	uint64_t stack_end = l->virt_base + (l->pages_used + tables + 1) * LAYOUT_PAGE;
	uint64_t end = (stack_end + LAYOUT_PAD + LAYOUT_ALIGN - 1) & ~(LAYOUT_ALIGN - 1);

	/* The last 4 MiB of the address space end at 0: stay one page below. */
	return end != 0 ? end : -LAYOUT_PAGE;
}

/*
 * Page tables and stack, the end of the initial mapping. The tables map themselves, so their number
 * depends on itself: it grows until the tables that the mapping needs fit into it.
 */
static int mapping_place(struct guest_layout *l, const struct layout_input *in,
			 struct load_error *why)
{
	uint64_t tables = 0, needed, end;

	for (;;) {
		end = mapping_end(l, tables);
		if (!range_allowed(l->virt_base, end))
			return load_refuse(
				why, -XEN_EINVAL,
				"the kernel wants to lie at %#lx-%#lx, which no PV guest can have",
				l->virt_base, end);

		needed = tables_needed(&l->set, l->virt_base, (end - l->virt_base) / LAYOUT_PAGE);
		if (needed <= tables)
			break;

		tables = needed;
		if (tables > in->nr_pages)
			return load_refuse(why, -XEN_ENOMEM,
					   "the page tables need more memory than the domain has");
	}

	region_take(l, &l->tables, tables);
	region_take(l, &l->stack, 1);
	l->virt_end = end;
	tables_map(&l->set, l->virt_base, (end - l->virt_base) / LAYOUT_PAGE, 0, l->tables.pfn);
	return 0;
}

/*
 * A guest's p2m list may lie wherever the initial mapping does not. dom0's must also keep away from
 * the L4 entries of that.
 */
static bool p2m_allowed(const struct guest_layout *l, uint64_t virt, uint64_t end, bool dom0)
{
	if (!range_allowed(virt, end))
		return false;

	if (virt < l->virt_end && l->virt_base < end)
		return false;

	if (!dom0)
		return true;

	return virt >> TOP_SHIFT > (l->virt_end - 1) >> TOP_SHIFT ||
	       (end - 1) >> TOP_SHIFT < l->virt_base >> TOP_SHIFT;
}

/* The p2m list at the address that the kernel asked for, and the tables that map it there. */
static int p2m_place_apart(struct guest_layout *l, const struct layout_input *in,
			   struct load_error *why)
{
	uint64_t virt = in->notes->init_p2m;
	uint64_t pages = pages_of(in->nr_pages * P2M_ENTRY_SIZE);
	uint64_t tables;

	if (!p2m_allowed(l, virt, virt + pages * LAYOUT_PAGE, in->dom0))
		return load_refuse(why, -XEN_EINVAL,
				   "the kernel wants its p2m list at %#lx, where it cannot be",
				   virt);

	/*
	 * dom0 has the tables in front of the list, others behind it: kernels may count on either.
	 */
	tables = tables_needed(&l->set, virt, pages);
	if (in->dom0)
		region_take_apart(l, &l->p2m_tables, tables, 0);
	region_take_apart(l, &l->p2m, pages, virt);
	if (!in->dom0)
		region_take_apart(l, &l->p2m_tables, tables, 0);

	tables_map(&l->set, virt, pages, l->p2m.pfn, l->p2m_tables.pfn);
	return 0;
}

/* What lies outside the initial mapping. */
static int rest_place(struct guest_layout *l, const struct layout_input *in, struct load_error *why)
{
	/* dom0 gets all that the mapping shows, padding too; a guest's rest follows its stack. */
	if (in->dom0)
		l->pages_used = layout_pfn_at(l, l->virt_end);

	if (in->notes->mod_start_pfn != 0)
		region_take_apart(l, &l->initrd, pages_of(in->initrd_size), 0);

	if (in->notes->init_p2m == NOTES_UNSET)
		return 0;

	return p2m_place_apart(l, in, why);
}

int layout_make(struct guest_layout *l, const struct layout_input *in, struct load_error *why)
{
	int rc;

	memset(l, 0, sizeof(*l));
	l->set.nr_pages = in->nr_pages;

	rc = wishes_check(in, why);
	if (rc < 0)
		return rc;

	rc = sizes_check(in, why);
	if (rc < 0)
		return rc;

	bootstrap_place(l, in);
	rc = mapping_place(l, in, why);
	if (rc < 0)
		return rc;

	rc = rest_place(l, in, why);
	if (rc < 0)
		return rc;

	if (l->pages_used > in->nr_pages)
		return load_refuse(
			why, -XEN_ENOMEM,
			"kernel, initrd and tables need %lu MiB of memory, the domain has %lu MiB",
			mib_of(l->pages_used * LAYOUT_PAGE), in->nr_pages >> MIB_PAGES_BITS);
	return 0;
}
