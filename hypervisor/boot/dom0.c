/* SPDX-License-Identifier: MIT */
/*
 * Builds dom0 from the first boot module (its kernel) and the second (its initrd), as the ABI lays
 * a new domain out. Leaves it paused.
 */
#include <boot/dom0.h>

#include <console/console.h>
#include <frame/alloc.h>
#include <guest/guest.h>
#include <lib/string.h>
#include <life/life.h>
#include <ptable/ptable.h>
#include <x86/cpu.h>
#include <x86/paging.h>

#define GRANT_FRAMES_MAX    64   /* 32768 grants: for dom0 that is plenty, it mostly maps */
#define MAPTRACK_FRAMES_MAX 1024 /* half a million mappings of guests' grants */
#define IOPORTS             65536

static struct domain *domain_make(void)
{
	u32 vcpus = boot_options.dom0_max_vcpus ?: MIN(cpu_count, (u32)MAX_VCPUS);
	struct domain *d;
	int rc;

	rc = domain_build(0, vcpus, GRANT_FRAMES_MAX, MAPTRACK_FRAMES_MAX, &d);
	if (rc)
		panic("dom0: the domain can not be made (error %d)", -rc);
	d->privileged = true;

	d->io.ports = heap_alloc(IOPORTS / 8);
	if (!d->io.ports)
		panic("dom0: no memory for its port rights");
	memset(d->io.ports, 0xff, IOPORTS / 8); /* guest/ports.c keeps those that stay ours */
	return d;
}

static void layout_plan(struct guest_layout *l, const struct dom0_kernel *k, u64 pages,
			u64 initrd_size)
{
	const struct layout_input in = {
		.notes = &k->notes,
		.nr_pages = pages,
		.initrd_size = initrd_size,
		.dom0 = true,
	};
	struct load_error why;

	if (layout_make(l, &in, &why))
		panic("dom0: it can not be laid out in memory: %s", why.text);
}

/* Pinning checks every entry of the tables as it would a guest's. */
static void root_pin(struct domain *d, const struct guest_layout *l)
{
	mfn_t root = dom0_mfn(l->tables.pfn);
	int rc;

	do
		rc = table_pin(d, root, FT_L4);
	while (rc == -ERESTART);

	if (rc)
		panic("dom0: its first page tables are refused (error %d): see above", -rc);
}

/* Memory, and what lies in it. The initrd is @initrd_size bytes at @initrd. */
static void memory_fill(struct domain *d, struct dom0_kernel *k, const struct guest_layout *l,
			const void *initrd, u64 initrd_size)
{
	u64 pages = l->set.nr_pages, mapped = layout_pfn_at(l, l->virt_end);

	/* What the mapping shows first: then the unpacked kernel's memory can be dom0's too. */
	dom0_memory_alloc(d, mapped);
	dom0_kernel_load(k, l);
	dom0_memory_alloc(d, pages - mapped);
	d->memory.max_pfn = pages - 1;

	dom0_copy(l->initrd.pfn * PAGE_SIZE, initrd, initrd_size);
	dom0_memory_publish(l, pages);
	dom0_tables_fill(l);
}

void dom0_build(void)
{
	const struct boot_module *kernel = &boot_info.module[0], *initrd = &boot_info.module[1];
	static struct dom0_kernel k;
	static struct guest_layout l;
	u64 free_pages, pages, max_pages, initrd_size = 0;
	struct domain *d;

	if (!boot_info.n_modules)
		panic("dom0: the loader gave no kernel (GRUB: module2 /boot/vmlinuz...)");
	if (boot_info.n_modules > 1)
		initrd_size = initrd->end - initrd->start;

	d = domain_make();
	free_pages = frames_free_count(); /* the unpacked kernel is only borrowed from these */
	dom0_kernel_read(&k, direct_map(kernel->start), kernel->end - kernel->start);

	pages = dom0_memory_size(free_pages, frames_total_count(), &max_pages);
	layout_plan(&l, &k, pages, initrd_size);
	d->max_pages = max_pages;

	memory_fill(d, &k, &l, direct_map(initrd->start), initrd_size);
	dom0_start_info_fill(d, &l, initrd_size);
	root_pin(d, &l);
	dom0_vcpu_start(d, &k, &l);

	d->control.unpaused = true;
	dom0 = d;
	log_info("dom0: %lu MiB (at most %lu), %u vcpu(s), initrd %lu KiB", pages >> 8,
		 max_pages >> 8, d->max_vcpus, initrd_size >> 10);
}
