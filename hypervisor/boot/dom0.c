/* SPDX-License-Identifier: MIT */
/*
 * Builds dom0 from the first boot module (its kernel) and the second (its initrd), as the ABI lays
 * a new domain out. Leaves it paused. Panics in words: without dom0 there is nothing to run.
 */
#include <boot/dom0.h>

#include <console/console.h>
#include <frame/alloc.h>
#include <guest/guest.h>
#include <lib/string.h>
#include <ptable/ptable.h>
#include <pvabi/features.h>
#include <x86/cpu.h>
#include <x86/paging.h>

#define GRANT_FRAMES_MAX 64	 /* 32768 grants: for dom0 that is plenty, it mostly maps */
#define MAPTRACK_FRAMES_MAX 1024 /* half a million mappings of guests' grants */
#define IOPORTS 65536

static struct domain *domain_make(void)
{
	u32 vcpus = boot_options.dom0_max_vcpus ?: MIN(cpu_count, (u32)MAX_VCPUS);
	struct domain *d;
	int err = domain_build(0, vcpus, GRANT_FRAMES_MAX, MAPTRACK_FRAMES_MAX, &d);

	if (err)
		panic("dom0: the domain can not be made (error %d)", -err);
	d->privileged = true;
	d->ioports = heap_alloc(IOPORTS / 8);
	if (!d->ioports)
		panic("dom0: no memory for its port rights");
	memset(d->ioports, 0xff, IOPORTS / 8); /* guest/ports.c keeps those that stay ours */
	return d;
}

static void kernel_read(const void **unpacked, const void *file, u64 size, struct elf_image *img)
{
	u64 n;

	if (unpack_kernel(file, size, unpacked, &n) || elf_parse(*unpacked, n, img))
		panic("dom0: the first module is no kernel that can run here: see above");
	if (!(img->features & 1u << XENFEAT_dom0))
		panic("dom0: this kernel (%s) is built without support for being dom0",
		      img->guest_os);
	log_info("dom0: %s kernel at %lx-%lx, entry %lx",
		 img->guest_os[0] ? img->guest_os : "unnamed", img->virt_start, img->virt_end,
		 img->entry);
}

/* @arg: where offset 0 of the kernel goes, in bytes of dom0's memory. */
static void kernel_put(u64 off, const void *src, u64 n, void *arg)
{
	dom0_copy(*(u64 *)arg + off, src, n);
}

static void kernel_load(const struct elf_image *img, const struct dom0_layout *l)
{
	u64 at = img->virt_start - l->v_start;

	elf_load(img, kernel_put, &at);
	if (img->hypercall_page != ELF_NONE)
		guest_fill_hypercall_page(dom0_page(dom0_pfn_at(l, img->hypercall_page)));
}

static void root_pin(struct domain *d, const struct dom0_layout *l)
{
	mfn_t root = dom0_mfn(dom0_pfn_at(l, l->pt_va));
	int err;

	do
		err = table_pin(d, root, FT_L4);
	while (err == -ERESTART);
	if (err)
		panic("dom0: its first page tables are refused (error %d): see above", -err);
}

void dom0_build(void)
{
	const struct boot_module *k = &boot_info.module[0], *i = &boot_info.module[1];
	const void *file = direct_map(k->start), *unpacked;
	u64 free_pages, pages, max_pages, initrd_size;
	static struct elf_image img;
	struct dom0_layout l;
	struct domain *d;

	if (!boot_info.n_modules)
		panic("dom0: the loader gave no kernel (GRUB: module2 /boot/vmlinuz...)");
	initrd_size = boot_info.n_modules > 1 ? i->end - i->start : 0;
	d = domain_make();
	free_pages = frames_free_count();
	kernel_read(&unpacked, file, k->end - k->start, &img);
	pages = dom0_memory_size(free_pages, frames_total_count(), &max_pages);
	if (dom0_layout_plan(&img, initrd_size, pages, &l))
		panic("dom0: it can not be laid out in memory: see above");
	d->max_pages = max_pages;

	/* What the mapping shows first: then the unpacked kernel's memory can be dom0's too. */
	dom0_memory_alloc(d, dom0_pfn_at(&l, l.v_end));
	kernel_load(&img, &l);
	unpack_free(file, unpacked);
	dom0_memory_alloc(d, pages - dom0_pfn_at(&l, l.v_end));
	d->max_pfn = pages - 1;
	dom0_copy(l.initrd_pfn * PAGE_SIZE, direct_map(i->start), initrd_size);

	dom0_memory_publish(&l, pages);
	dom0_tables_fill(&l);
	dom0_start_info(d, &img, &l, pages, initrd_size);
	root_pin(d, &l);
	dom0_vcpu_start(d, &img, &l);
	d->created = true;
	dom0 = d;
	log_info("dom0: %lu MiB (at most %lu), %u vcpu(s), initrd %lu KiB", pages >> 8,
		 max_pages >> 8, d->max_vcpus, initrd_size >> 10);
}
