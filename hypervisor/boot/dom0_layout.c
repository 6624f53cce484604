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
#define REGION_MAX (2ul << 30)

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

/* Places page tables and stack behind @va: the tables must map themselves too. */
static void region_close(struct dom0_layout *l, u64 va)
{
	l->pt_va = va;
	for (l->pts = 4;;) {
		u64 need;

		l->stack_va = l->pt_va + l->pts * PAGE_SIZE;
		l->v_end = ROUND_UP(l->stack_va + PAGE_SIZE + REGION_SLACK, REGION_ALIGN);
		if (l->v_end - 1 < l->v_start) /* wrapped: range_check refuses it */
			return;
		need = 1 + tables_of(l->v_start, l->v_end);
		if (need <= l->pts)
			return;
		l->pts = need;
	}
}

/*
 * The p2m where the kernel wants it: away from the initial mapping, so the two share the L4 only.
 */
static int p2m_place(const struct elf_image *img, struct dom0_layout *l)
{
	int err;

	l->p2m_va = img->init_p2m;
	err = range_check("p2m", l->p2m_va, l->p2m_pages * PAGE_SIZE);
	if (err)
		return err;
	if (l->p2m_va >> 39 <= (l->v_end - 1) >> 39 &&
	    (l->p2m_va + l->p2m_pages * PAGE_SIZE - 1) >> 39 >= l->v_start >> 39)
		return fail(-EINVAL, "p2m at %lx is too near to the kernel at %lx", l->p2m_va,
			    l->v_start);
	l->p2m_pts = tables_of(l->p2m_va, l->p2m_va + l->p2m_pages * PAGE_SIZE);
	return 0;
}

int dom0_layout_plan(const struct elf_image *img, u64 initrd_size, u64 pages, struct dom0_layout *l)
{
	u64 va = ROUND_UP(img->virt_end, PAGE_SIZE);
	int err;

	*l = (struct dom0_layout){ .v_start = img->virt_base,
				   .initrd_pages = pages_of(initrd_size),
				   .p2m_pages = pages_of(pages * sizeof(u64)) };
	if (va - l->v_start > REGION_MAX || l->initrd_pages >= pages || l->p2m_pages >= pages)
		return fail(-ENOMEM, "kernel and initrd need more than the %lu MiB that dom0 has",
			    pages >> 8);
	if (l->initrd_pages && !img->mod_start_pfn) {
		l->initrd_va = va;
		l->initrd_pfn = (va - l->v_start) / PAGE_SIZE;
		va += l->initrd_pages * PAGE_SIZE;
	}
	if (img->init_p2m == ELF_NONE) {
		l->p2m_va = va;
		l->p2m_pfn = (va - l->v_start) / PAGE_SIZE;
		va += l->p2m_pages * PAGE_SIZE;
	}
	l->info_va = va;
	region_close(l, va + PAGE_SIZE);
	err = range_check("kernel with its tables", l->v_start, l->v_end - l->v_start);
	if (err)
		return err;
	l->used = (l->v_end - l->v_start) / PAGE_SIZE;
	if (l->initrd_pages && !l->initrd_va) {
		l->initrd_pfn = l->used;
		l->used += l->initrd_pages;
	}
	if (img->init_p2m != ELF_NONE) {
		err = p2m_place(img, l);
		if (err)
			return err;
		l->p2m_pt_pfn = l->used;
		l->p2m_pfn = l->used + l->p2m_pts;
		l->used = l->p2m_pfn + l->p2m_pages;
	}
	if (l->used > pages)
		return fail(-ENOMEM, "dom0 has %lu MiB, but kernel, initrd and tables take %lu MiB",
			    pages >> 8, l->used >> 8);
	return 0;
}
