/* SPDX-License-Identifier: MIT */
/*
 * The last steps of building a guest: start info page, grants of the console and store pages, page
 * tables, hypercall page, and the first virtual CPU's registers. Page tables are written in a
 * window of their own, which must be gone before the hypervisor takes the frames as page tables.
 */
#include "guest_build.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <dom0-tools/access/domctl.h>
#include <dom0-tools/access/hvcall.h>
#include <dom0-tools/access/memory.h>

#define RFLAGS_INTERRUPTS (1UL << 9)

static void start_info_write(struct guest_build *b)
{
	struct start_info *si = window_page(&b->window, b->layout.start_info.pfn);
	const struct guest_layout *l = &b->layout;

	memset(si, 0, PAGE_SIZE);
	snprintf(si->magic, sizeof(si->magic), "xen-3.0-x86_64");
	si->nr_pages = b->memory.nr_pages;
	si->shared_info = b->shared_info_frame << PAGE_SHIFT;
	si->store_mfn = b->store_mfn;
	si->store_evtchn = b->store_port;
	si->console.domU.mfn = b->console_mfn;
	si->console.domU.evtchn = b->console_port;
	si->pt_base = l->tables.virt;
	si->nr_pt_frames = l->tables.pages;
	si->mfn_list = l->p2m.virt;
	if (b->kernel.notes.init_p2m != NOTES_UNSET) {
		si->first_p2m_pfn = l->p2m.pfn;
		si->nr_p2m_frames = l->p2m.pages;
	}
	if (l->initrd.pages > 0) {
		bool unmapped = b->kernel.notes.initrd_unmapped;

		si->mod_start = unmapped ? l->initrd.pfn : l->initrd.virt;
		si->mod_len = b->initrd_size;
		si->flags |= unmapped ? SIF_MOD_START_PFN : 0;
	}
	snprintf((char *)si->cmd_line, sizeof(si->cmd_line), "%s", b->config->cmdline);
}

/*
 * The page's first entries let dom0 map the console and store pages whatever the guest does
 * later.
 */
static int grants_write(struct guest_build *b, struct privcmd *p, domid_t domid,
			struct hospes_error *err)
{
	struct grant_entry_v1 *entries;
	xen_pfn_t frame;
	void *at;
	int rc = grant_table_setup(p, domid, &frame, err);

	if (rc < 0)
		return rc;
	rc = privcmd_map(p, domid, PROT_READ | PROT_WRITE, &frame, NULL, 1, &at);
	if (rc < 0)
		return error_set(err, rc, "cannot map the grant table of domain %u: %s (%d)", domid,
				 strerror(-rc), rc);
	entries = at;
	entries[GNTTAB_RESERVED_CONSOLE].domid = 0;
	entries[GNTTAB_RESERVED_CONSOLE].frame = (uint32_t)b->console_mfn;
	entries[GNTTAB_RESERVED_CONSOLE].flags = GTF_permit_access;
	entries[GNTTAB_RESERVED_XENSTORE].domid = 0;
	entries[GNTTAB_RESERVED_XENSTORE].frame = (uint32_t)b->store_mfn;
	entries[GNTTAB_RESERVED_XENSTORE].flags = GTF_permit_access;
	privcmd_unmap(p, at, 1);
	return 0;
}

/* The guest starts with events masked on all its CPUs: it has no handler for them yet. */
static int shared_info_write(struct guest_build *b, struct privcmd *p, domid_t domid,
			     struct hospes_error *err)
{
	xen_pfn_t frame = b->shared_info_frame;
	struct shared_info *shared;
	void *at;
	int rc = privcmd_map(p, domid, PROT_READ | PROT_WRITE, &frame, NULL, 1, &at);

	if (rc < 0)
		return error_set(err, rc, "cannot map the shared page of domain %u: %s (%d)", domid,
				 strerror(-rc), rc);
	shared = at;
	memset(shared, 0, PAGE_SIZE);
	for (unsigned int i = 0; i < XEN_LEGACY_MAX_VCPUS; i++)
		shared->vcpu_info[i].evtchn_upcall_mask = 1;
	privcmd_unmap(p, at, 1);
	return 0;
}

static int tables_write(struct guest_build *b, struct hospes_error *err)
{
	const struct table_set *set = &b->layout.set;
	struct guest_window w = { 0 };
	int rc = 0;

	for (size_t i = 0; i < set->count && rc == 0; i++)
		rc = window_add(&w, set->tables[i].pfn, 1);
	if (rc < 0) {
		window_free(&w, &b->memory);
		return error_set(err, rc, "no memory to map the domain's page tables");
	}
	window_sort(&w);
	rc = window_map(&w, &b->memory, err);
	for (size_t i = 0; i < set->count && rc == 0; i++)
		tables_fill(set, i, b->memory.p2m, b->memory.nr_pages,
			    window_page(&w, set->tables[i].pfn));
	window_free(&w, &b->memory);
	return rc;
}

int start_pages(struct guest_build *b, struct privcmd *p, domid_t domid, struct hospes_error *err)
{
	const struct guest_layout *l = &b->layout;
	int rc = guest_clear(&b->memory, l->store.pfn, 1, NULL, err);

	if (rc == 0)
		rc = guest_clear(&b->memory, l->console.pfn, 1, NULL, err);
	if (rc == 0)
		rc = guest_clear(&b->memory, l->stack.pfn, 1, NULL, err);
	if (rc < 0)
		return rc;
	start_info_write(b);
	rc = shared_info_write(b, p, domid, err);
	if (rc == 0)
		rc = grants_write(b, p, domid, err);
	if (rc == 0)
		rc = tables_write(b, err);
	if (rc == 0 && b->kernel.notes.hypercall_page != NOTES_UNSET) {
		uint64_t pfn = (b->kernel.notes.hypercall_page - l->virt_base) >> PAGE_SHIFT;

		rc = domctl_hypercall_page(p, domid, b->memory.p2m[pfn], err);
	}
	return rc;
}

int start_vcpu(struct guest_build *b, struct privcmd *p, domid_t domid, struct hospes_error *err)
{
	const struct guest_layout *l = &b->layout;
	xen_pfn_t l4 = b->memory.p2m[l->tables.pfn];
	struct vcpu_guest_context c;
	int rc = memory_pin_l4(p, domid, l4, err);

	if (rc < 0)
		return rc;
	memset(&c, 0, sizeof(c));
	c.flags = VGCF_in_kernel | VGCF_online;
	c.user_regs.rip = b->kernel.notes.entry;
	c.user_regs.rsp = l->stack.virt + PAGE_SIZE;
	c.user_regs.rsi = l->start_info.virt;
	c.user_regs.rflags = RFLAGS_INTERRUPTS;
	c.user_regs.cs = FLAT_KERNEL_CS;
	c.user_regs.ss = FLAT_KERNEL_SS;
	c.kernel_ss = FLAT_KERNEL_SS;
	c.kernel_sp = c.user_regs.rsp;
	c.ctrlreg[3] = (uint64_t)l4 << PAGE_SHIFT;
	return domctl_set_vcpu_context(p, domid, 0, &c, err);
}
