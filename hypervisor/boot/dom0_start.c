/* SPDX-License-Identifier: MIT */
/*
 * What dom0's kernel finds when it starts: the start info page with the screen and its command
 * line, and its first vcpu's registers.
 */
#include <boot/dom0.h>

#include <console/console.h>
#include <guest/guest.h>
#include <lib/string.h>
#include <life/life.h>
#include <x86/asm.h>
#include <x86/cpu.h>
#include <x86/paging.h>

/* The one text mode that we know: the loader does not tell. */
#define TEXT_ROWS        25
#define TEXT_COLUMNS     80
#define TEXT_FONT_HEIGHT 16

static void screen_info_fill(struct dom0_vga_console_info *v)
{
	*v = boot_info.screen;
	if (v->video_type != XEN_VGATYPE_TEXT_MODE_3)
		return;

	v->u.text_mode_3.rows = TEXT_ROWS;
	v->u.text_mode_3.columns = TEXT_COLUMNS;
	v->u.text_mode_3.font_height = TEXT_FONT_HEIGHT;
	v->u.text_mode_3.cursor_y = TEXT_ROWS - 1;
}

/* GRUB's menu script puts a word in front of the module's command line that means nothing. */
static const char *command_line(void)
{
	static const char nothing[] = "placeholder";
	const size_t n = sizeof(nothing) - 1;
	const char *line = boot_info.module[0].cmdline;

	if (!strncmp(line, nothing, n) && (!line[n] || line[n] == ' '))
		line += n;
	while (*line == ' ')
		line++;
	return line;
}

static void command_line_fill(struct start_info *si)
{
	const size_t room = sizeof(si->cmd_line);

	if (str_copy((char *)si->cmd_line, command_line(), room) >= room)
		log_warn("dom0's command line is cut at %lu characters", room - 1);
}

void dom0_start_info_fill(struct domain *d, const struct guest_layout *l, u64 initrd_size)
{
	struct start_info *si = dom0_page(l->start_info.pfn);
	struct dom0_vga_console_info *vga = (void *)(si + 1);

	_Static_assert(sizeof(*si) + sizeof(*vga) <= PAGE_SIZE, "both are in one page");

	str_copy(si->magic, "xen-3.0-x86_64", sizeof(si->magic));
	si->nr_pages = l->set.nr_pages;
	si->shared_info = mfn_to_maddr(virt_to_mfn(d->shared));
	si->flags = SIF_PRIVILEGED | SIF_INITDOMAIN;

	si->pt_base = l->tables.virt;
	si->nr_pt_frames = l->tables.pages;
	si->mfn_list = l->p2m.virt;
	si->first_p2m_pfn = layout_p2m_first(l);
	si->nr_p2m_frames = l->p2m_tables.pages + l->p2m.pages;

	if (initrd_size) {
		si->flags |= SIF_MOD_START_PFN;
		si->mod_start = l->initrd.pfn;
		si->mod_len = initrd_size;
	}

	command_line_fill(si);
	si->console.dom0.info_off = sizeof(*si);
	si->console.dom0.info_size = sizeof(*vga);
	screen_info_fill(vga);
}

void dom0_vcpu_start(struct domain *d, const struct dom0_kernel *k, const struct guest_layout *l)
{
	static struct vcpu_guest_context c; /* 5 KiB: too much for the stack */
	int rc;

	c.flags = VGCF_in_kernel | VGCF_online;
	c.user_regs.rip = k->notes.entry;
	c.user_regs.rsp = l->stack.virt + PAGE_SIZE;
	c.user_regs.rsi = l->start_info.virt;
	c.user_regs.rflags = EFLAGS_IF;
	c.user_regs.cs = FLAT_KERNEL_CS;
	c.user_regs.ss = FLAT_KERNEL_SS;
	c.kernel_ss = FLAT_KERNEL_SS;
	c.kernel_sp = l->stack.virt + PAGE_SIZE;
	c.ctrlreg[3] = xen_pfn_to_cr3(dom0_mfn(l->tables.pfn).n);

	/* It has no handler for events yet. */
	for (u32 i = 0; i < LEGACY_VCPUS; i++)
		d->shared->vcpu_info[i].evtchn_upcall_mask = 1;

	rc = guest_set_context(d->vcpu[0], &c);
	if (rc)
		panic("dom0: its first vcpu's state is refused (error %d): see above", -rc);
	d->vcpu[0]->down = 0;
}
