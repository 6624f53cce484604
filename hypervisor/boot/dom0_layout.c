/* SPDX-License-Identifier: MIT */
/*
 * Plans dom0's memory (boot/dom0.h) from what its kernel file asks for. Pure: only arithmetic, and
 * the kernel's numbers are not trusted. Getting and filling the memory is left to the other dom0
 * files.
 */
#include <boot/dom0.h>

#include <lib/fail.h>
#include <x86/layout.h>
#include <x86/paging.h>

#define REGION_ALIGN (4ul << 20)   /* the ABI ends the initial mapping at such an address, */
#define REGION_SLACK (512ul << 10) /* with at least this much free behind the stack */
#define REGION_MAX   (2ul << 30)

static u64 pages_of(u64 bytes)
{
	return ROUND_UP(bytes, PAGE_SIZE) / PAGE_SIZE;
}

/* Page tables below the L4 that map [start, end), which does not wrap. */
static u64 tables_of(u64 start, u64 end)
{
	u64 n = 0;

	for (u32 shift = 21; shift <= 39; shift += 9)
		n += ((end - 1) >> shift) - (start >> shift) + 1;
	return n;
}

/* [start, start + size) must be the guest's to map: canonical in whole, and not in our slots. */
static int range_check(const char *what, u64 start, u64 size)
{
	u64 last = start + size - 1;

	if (start % PAGE_SIZE || !size || last < start || !va_canonical(start) ||
	    !va_canonical(last) || (start ^ last) >> 63)
		return fail(-EINVAL, "%s at %lx, %lu KiB, is no range of guest addresses", what,
			    start, size >> 10);
	if (start < HV_VIRT_END && last >= HV_VIRT_START)
		return fail(-EINVAL, "%s at %lx, %lu KiB, lies in the hypervisor's addresses", what,
			    start, size >> 10);
	return 0;
}

/* The initial mapping behind the kernel, which ends at @va: the tables must map themselves too. */
static int region_plan(struct dom0_layout *l, u64 va)
{
	u64 need = 4;

	l->info_va = va;
	l->pt_va = va + PAGE_SIZE;
	do {
		l->pts = need;
		l->stack_va = l->pt_va + l->pts * PAGE_SIZE;
		l->v_end = ROUND_UP(l->stack_va + PAGE_SIZE + REGION_SLACK, REGION_ALIGN);
		if (l->v_end - 1 < l->v_start) /* wrapped: refused below */
			break;
		need = 1 + tables_of(l->v_start, l->v_end);
	} while (need > l->pts);
	return range_check("kernel with its tables", l->v_start, l->v_end - l->v_start);
}

/* The p2m's addresses: away from the initial mapping, so the two share the L4 only. */
static int p2m_plan(struct dom0_layout *l, u64 va)
{
	u64 end = va + l->p2m_pages * PAGE_SIZE;
	int err = range_check("p2m", va, end - va);

	if (err)
		return err;
	if (va >> 39 <= (l->v_end - 1) >> 39 && (end - 1) >> 39 >= l->v_start >> 39)
		return fail(-EINVAL, "p2m at %lx is too near to the kernel at %lx", va, l->v_start);
	l->p2m_va = va;
	l->p2m_pts = tables_of(va, end);
	return 0;
}

int dom0_layout_plan(const struct elf_image *img, u64 initrd_size, u64 pages, struct dom0_layout *l)
{
	u64 va = ROUND_UP(img->virt_end, PAGE_SIZE);
	int err;

	*l = (struct dom0_layout){ .v_start = img->virt_base,
				   .initrd_pages = pages_of(initrd_size),
				   .p2m_pages = pages_of(pages * sizeof(u64)) };
	if (img->init_p2m == ELF_NONE || !img->mod_start_pfn)
		return fail(-ENOEXEC, "the kernel's notes do not ask for p2m and initrd outside of "
				      "its mapping (INIT_P2M, MOD_START_PFN)");
	if (va - l->v_start > REGION_MAX || l->initrd_pages >= pages || l->p2m_pages >= pages)
		return fail(-ENOMEM, "kernel and initrd need more than the %lu MiB that dom0 has",
			    pages >> 8);
	err = region_plan(l, va);
	if (!err)
		err = p2m_plan(l, img->init_p2m);
	if (err)
		return err;
	l->initrd_pfn = dom0_pfn_at(l, l->v_end);
	l->p2m_pt_pfn = l->initrd_pfn + l->initrd_pages;
	l->p2m_pfn = l->p2m_pt_pfn + l->p2m_pts;
	if (l->p2m_pfn + l->p2m_pages > pages)
		return fail(-ENOMEM, "dom0 has %lu MiB, but kernel, initrd and tables take %lu MiB",
			    pages >> 8, (l->p2m_pfn + l->p2m_pages) >> 8);
	return 0;
}
