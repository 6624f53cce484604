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
#include <life/life.h>
#include <ptable/ptable.h>
#include <pvabi/features.h>
#include <x86/asm.h>
#include <x86/cpu.h>
#include <x86/paging.h>

#define GRANT_FRAMES_MAX    64   /* 32768 grants: for dom0 that is plenty, it mostly maps */
#define MAPTRACK_FRAMES_MAX 1024 /* half a million mappings of guests' grants */
#define IOPORTS             65536
#define TEXT_ROWS           25
#define TEXT_COLUMNS        80
#define TEXT_FONT_HEIGHT    16

static struct domain *domain_make(void)
{
	u32 vcpus = boot_options.dom0_max_vcpus ?: MIN(cpu_count, (u32)MAX_VCPUS);
	struct domain *d;
	int err = domain_build(0, vcpus, GRANT_FRAMES_MAX, MAPTRACK_FRAMES_MAX, &d);

	if (err)
		panic("dom0: the domain can not be made (error %d)", -err);
	d->privileged = true;
	d->io.ports = heap_alloc(IOPORTS / 8);
	if (!d->io.ports)
		panic("dom0: no memory for its port rights");
	memset(d->io.ports, 0xff, IOPORTS / 8); /* guest/ports.c keeps those that stay ours */
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

static void screen_info(struct dom0_vga_console_info *v)
{
	*v = boot_info.screen;
	if (v->video_type != XEN_VGATYPE_TEXT_MODE_3)
		return;
	v->u.text_mode_3.rows = TEXT_ROWS;
	v->u.text_mode_3.columns = TEXT_COLUMNS;
	v->u.text_mode_3.font_height = TEXT_FONT_HEIGHT;
	v->u.text_mode_3.cursor_y = TEXT_ROWS - 1;
}

/* GRUB's menu script puts a word in front that means nothing. */
static void command_line(struct start_info *si)
{
	const char *line = boot_info.module[0].cmdline;

	if (!strncmp(line, "placeholder", 11) && (!line[11] || line[11] == ' '))
		line += 11;
	while (*line == ' ')
		line++;
	if (str_copy((char *)si->cmd_line, line, sizeof(si->cmd_line)) >= sizeof(si->cmd_line))
		log_warn("dom0's command line is cut at %lu characters", sizeof(si->cmd_line) - 1);
}

static void start_info_fill(struct domain *d, const struct dom0_layout *l, u64 pages,
			    u64 initrd_size)
{
	struct start_info *si = dom0_page(dom0_pfn_at(l, l->info_va));
	struct dom0_vga_console_info *vga = (void *)(si + 1);

	_Static_assert(sizeof(*si) + sizeof(*vga) <= PAGE_SIZE, "both are in one page");
	str_copy(si->magic, "xen-3.0-x86_64", sizeof(si->magic));
	si->nr_pages = pages;
	si->shared_info = mfn_to_maddr(virt_to_mfn(d->shared));
	si->flags = SIF_PRIVILEGED | SIF_INITDOMAIN;
	si->pt_base = l->pt_va;
	si->nr_pt_frames = l->pts;
	si->mfn_list = l->p2m_va;
	si->first_p2m_pfn = l->p2m_pt_pfn;
	si->nr_p2m_frames = l->p2m_pts + l->p2m_pages;
	if (initrd_size) {
		si->flags |= SIF_MOD_START_PFN;
		si->mod_start = l->initrd_pfn;
		si->mod_len = initrd_size;
	}
	command_line(si);
	si->console.dom0.info_off = sizeof(*si);
	si->console.dom0.info_size = sizeof(*vga);
	screen_info(vga);
}

static void vcpu_start(struct domain *d, const struct elf_image *img, const struct dom0_layout *l)
{
	static struct vcpu_guest_context c; /* 5 KiB: too much for the stack */
	int err;

	c.flags = VGCF_in_kernel | VGCF_online;
	c.user_regs.rip = img->entry;
	c.user_regs.rsp = l->stack_va + PAGE_SIZE;
	c.user_regs.rsi = l->info_va;
	c.user_regs.rflags = EFLAGS_IF;
	c.user_regs.cs = FLAT_KERNEL_CS;
	c.user_regs.ss = FLAT_KERNEL_SS;
	c.kernel_ss = FLAT_KERNEL_SS;
	c.kernel_sp = l->stack_va + PAGE_SIZE;
	c.ctrlreg[3] = xen_pfn_to_cr3(dom0_mfn(dom0_pfn_at(l, l->pt_va)).n);
	for (u32 i = 0; i < LEGACY_VCPUS; i++)
		d->shared->vcpu_info[i].evtchn_upcall_mask = 1;
	err = guest_set_context(d->vcpu[0], &c);
	if (err)
		panic("dom0: its first vcpu's state is refused (error %d): see above", -err);
	d->vcpu[0]->down = 0;
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
	d->memory.max_pfn = pages - 1;
	dom0_copy(l.initrd_pfn * PAGE_SIZE, direct_map(i->start), initrd_size);

	dom0_memory_publish(&l, pages);
	dom0_tables_fill(&l);
	start_info_fill(d, &l, pages, initrd_size);
	root_pin(d, &l);
	vcpu_start(d, &img, &l);
	d->control.unpaused = true;
	dom0 = d;
	log_info("dom0: %lu MiB (at most %lu), %u vcpu(s), initrd %lu KiB", pages >> 8,
		 max_pages >> 8, d->max_vcpus, initrd_size >> 10);
}
