/* SPDX-License-Identifier: MIT */
/*
 * What dom0 is told when it starts: the start info page, with the screen's state, and vcpu 0's
 * registers.
 */
#include <boot/dom0.h>

#include <console/console.h>
#include <guest/guest.h>
#include <lib/string.h>
#include <x86/asm.h>
#include <x86/cpu.h>
#include <x86/paging.h>

#define TEXT_ROWS 25
#define TEXT_COLUMNS 80
#define TEXT_FONT_HEIGHT 16

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

void dom0_start_info(struct domain *d, const struct elf_image *img, const struct dom0_layout *l,
		     u64 pages, u64 initrd_size)
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
	if (l->p2m_pts) {
		si->first_p2m_pfn = l->p2m_pt_pfn;
		si->nr_p2m_frames = l->p2m_pts + l->p2m_pages;
	}
	if (initrd_size) {
		si->flags |= l->initrd_va ? 0 : SIF_MOD_START_PFN;
		si->mod_start = l->initrd_va ? l->initrd_va : l->initrd_pfn;
		si->mod_len = initrd_size;
	}
	command_line(si);
	si->console.dom0.info_off = sizeof(*si);
	si->console.dom0.info_size = sizeof(*vga);
	screen_info(vga);
}

void dom0_vcpu_start(struct domain *d, const struct elf_image *img, const struct dom0_layout *l)
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
