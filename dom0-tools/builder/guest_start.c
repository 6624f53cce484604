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
#define L4_LEVEL          4

static void start_info_initrd(struct guest_build *b, struct start_info *si)
{
	const struct layout_region *initrd = &b->layout.initrd;

	if (initrd->pages == 0)
		return;

	si->mod_len = b->initrd_size;
	si->mod_start = initrd->virt;
	if (b->kernel.notes.mod_start_pfn != 0) {
		si->mod_start = initrd->pfn;
		si->flags |= SIF_MOD_START_PFN;
	}
}

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
		si->first_p2m_pfn = layout_p2m_first(l);
		si->nr_p2m_frames = l->p2m.pages + l->p2m_tables.pages;
	}

	start_info_initrd(b, si);
	snprintf((char *)si->cmd_line, sizeof(si->cmd_line), "%s", b->config->cmdline);
}

/* Lets dom0 map one of the guest's frames whatever the guest does later. */
static void grant_write(struct grant_entry_v1 *entry, xen_pfn_t mfn)
{
	entry->domid = 0;
	entry->frame = (uint32_t)mfn;
	entry->flags = GTF_permit_access;
}

int start_grants(struct privcmd *p, domid_t domid, xen_pfn_t store_mfn, xen_pfn_t console_mfn,
		 struct hospes_error *err)
{
	struct grant_entry_v1 *entries;
	xen_pfn_t frame;
	void *at;
	int rc;

	rc = grant_table_setup(p, domid, &frame, err);
	if (rc < 0)
		return rc;

	rc = privcmd_map(p, domid, PROT_READ | PROT_WRITE, &frame, NULL, 1, &at);
	if (rc < 0)
		return error_set(err, rc, "cannot map the grant table of d%u: %s (%d)", domid,
				 strerror(-rc), rc);

	entries = at;
	grant_write(&entries[GNTTAB_RESERVED_CONSOLE], console_mfn);
	grant_write(&entries[GNTTAB_RESERVED_XENSTORE], store_mfn);
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
		return error_set(err, rc, "cannot map the shared page of d%u: %s (%d)", domid,
				 strerror(-rc), rc);

	shared = at;
	memset(shared, 0, PAGE_SIZE);
	for (unsigned int i = 0; i < XEN_LEGACY_MAX_VCPUS; i++)
		shared->vcpu_info[i].evtchn_upcall_mask = 1;
	privcmd_unmap(p, at, 1);
	return 0;
}

/* A window onto all page tables. */
static int tables_map_window(struct guest_build *b, struct guest_window *w,
			     struct hospes_error *err)
{
	const struct guest_layout *l = &b->layout;
	int rc;

	rc = window_add(w, l->tables.pfn, l->tables.pages);
	if (rc == 0)
		rc = window_add(w, l->p2m_tables.pfn, l->p2m_tables.pages);
	if (rc < 0)
		return error_set(err, rc, "no memory to map the domain's page tables");

	window_sort(w);
	return window_map(w, &b->memory, err);
}

static uint64_t pfn_frame(void *p2m, uint64_t pfn)
{
	return ((const xen_pfn_t *)p2m)[pfn];
}

static int tables_write(struct guest_build *b, struct hospes_error *err)
{
	const struct table_set *set = &b->layout.set;
	uint64_t count = tables_count(set);
	struct guest_window w = { 0 };
	int rc = tables_map_window(b, &w, err);

	for (uint64_t i = 0; i < count && rc == 0; i++)
		tables_fill(set, i, pfn_frame, b->memory.p2m, window_page(&w, tables_pfn(set, i)));

	window_free(&w, &b->memory);
	return rc;
}

/* Pages that begin empty. */
static int pages_clear(struct guest_build *b, struct hospes_error *err)
{
	const struct guest_layout *l = &b->layout;
	const uint64_t pfns[] = { l->store.pfn, l->console.pfn, l->stack.pfn };

	for (size_t i = 0; i < sizeof(pfns) / sizeof(pfns[0]); i++) {
		int rc = guest_clear(&b->memory, pfns[i], 1, NULL, err);

		if (rc < 0)
			return rc;
	}
	return 0;
}

static int hypercall_page_write(struct guest_build *b, struct privcmd *p, domid_t domid,
				struct hospes_error *err)
{
	uint64_t virt = b->kernel.notes.hypercall_page;
	uint64_t pfn;

	if (virt == NOTES_UNSET)
		return 0;

	pfn = layout_pfn_at(&b->layout, virt);
	return domctl_hypercall_page(p, domid, b->memory.p2m[pfn], err);
}

int start_pages(struct guest_build *b, struct privcmd *p, domid_t domid, struct hospes_error *err)
{
	int rc;

	rc = pages_clear(b, err);
	if (rc < 0)
		return rc;

	start_info_write(b);
	rc = shared_info_write(b, p, domid, err);
	if (rc < 0)
		return rc;

	rc = start_grants(p, domid, b->store_mfn, b->console_mfn, err);
	if (rc < 0)
		return rc;

	rc = tables_write(b, err);
	if (rc < 0)
		return rc;

	return hypercall_page_write(b, p, domid, err);
}

int start_vcpu(struct guest_build *b, struct privcmd *p, domid_t domid, struct hospes_error *err)
{
	const struct guest_layout *l = &b->layout;
	xen_pfn_t l4 = b->memory.p2m[l->tables.pfn];
	struct vcpu_guest_context c;
	int rc = memory_pin(p, domid, L4_LEVEL, l4, err);

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
