/* SPDX-License-Identifier: MIT */
/* All that is read here the guest has written: numbers are bounded, frames are tried. */
#include "guest_p2m.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "guest_walk.h"

/* Frames that are mapped at a time to read them. */
#define READ_BATCH 64
/* A hole for devices below 4 GiB, and as much again. */
#define HOLE_PAGES (2ULL << (32 - PAGE_SHIFT))
/* Mapped pages among which a start_info is looked for: it lies behind a kernel and its p2m. */
#define START_PAGES_MAX 16384
#define START_BATCH     64
#define START_MAGIC     "xen-3."
/* What pfn_to_mfn_frame_list_list says when there is none. */
#define NO_LIST (~0ULL)

uint64_t p2m_tables_max(const struct xen_domctl_getdomaininfo *info)
{
	return info->tot_pages + P2M_ENTRIES;
}

static int p2m_make(const struct guest_view *view, struct guest_p2m *p2m, uint64_t entries)
{
	uint64_t most = view->info->max_pages + HOLE_PAGES;

	p2m->entries = entries < most ? entries : most;
	p2m->count = (size_t)((p2m->entries + P2M_ENTRIES - 1) / P2M_ENTRIES);
	p2m->frames = calloc(p2m->count + 1, sizeof(*p2m->frames));
	return p2m->frames != NULL ? 0 : -ENOMEM;
}

/* ---- one table at a virtual address */

struct linear {
	struct guest_p2m *p2m;
	uint64_t from;
};

static int linear_page(void *context, uint64_t address, uint64_t mfn)
{
	struct linear *l = context;

	l->p2m->frames[(walk_address(address) - l->from) >> PAGE_SHIFT] = mfn;
	return 0;
}

static int linear_find(const struct guest_view *view, uint64_t root, uint64_t address,
		       uint64_t entries, struct guest_p2m *p2m)
{
	struct linear l = { .p2m = p2m, .from = walk_address(address) };
	struct guest_walk w = {
		.privcmd = view->privcmd,
		.domid = view->info->domain,
		.from = l.from,
		.tables_left = p2m_tables_max(view->info),
		.page = linear_page,
		.context = &l,
	};
	int rc = p2m_make(view, p2m, entries);

	if (rc == 0 && (address & (PAGE_SIZE - 1)) != 0)
		rc = -EPROTO;
	if (rc < 0)
		return rc;

	w.to = l.from + p2m->count * PAGE_SIZE;
	if (w.to > WALK_END)
		return -EPROTO;

	return guest_walk(&w, root);
}

/* ---- a tree of frames: a list of lists, of which each names 512 frames of the p2m */

/* Copies a frame of the domain. */
static int frame_copy(const struct guest_view *view, uint64_t mfn, uint64_t words[P2M_ENTRIES])
{
	xen_pfn_t frame = mfn;
	void *page;
	int rc = privcmd_map(view->privcmd, view->info->domain, PROT_READ, &frame, NULL, 1, &page);

	if (rc < 0)
		return rc;

	memcpy(words, page, PAGE_SIZE);
	privcmd_unmap(view->privcmd, page, 1);
	return 0;
}

static int tree_find(const struct guest_view *view, struct guest_p2m *p2m)
{
	const struct arch_shared_info *arch = &view->shared->arch;
	uint64_t top[P2M_ENTRIES], list[P2M_ENTRIES];
	int rc = p2m_make(view, p2m, arch->max_pfn);

	if (rc == 0)
		rc = frame_copy(view, arch->pfn_to_mfn_frame_list_list, top);
	if (rc < 0)
		return rc;

	for (size_t i = 0; i * P2M_ENTRIES < p2m->count && i < P2M_ENTRIES; i++) {
		size_t at = i * P2M_ENTRIES, left = p2m->count - at;

		if (frame_copy(view, top[i], list) < 0)
			continue;

		memcpy(p2m->frames + at, list,
		       (left < P2M_ENTRIES ? left : P2M_ENTRIES) * sizeof(*list));
	}

	return 0;
}

/* ---- the builder's table, by way of start_info */

struct search {
	const struct guest_view *view;
	struct start_info found;
	uint64_t looked;
	size_t count;
	xen_pfn_t frames[START_BATCH];
};

/* Its magic may stand anywhere; that it knows the address of shared_info shows that it is one. */
static bool is_start_info(const struct search *s, const struct start_info *si)
{
	if (memcmp(si->magic, START_MAGIC, strlen(START_MAGIC)) != 0)
		return false;
	if (si->shared_info != s->view->info->shared_info_frame << PAGE_SHIFT)
		return false;

	return si->mfn_list != 0 && si->nr_pages != 0;
}

/* 1: found. */
static int search_batch(struct search *s)
{
	const struct guest_view *view = s->view;
	int errs[START_BATCH], found = 0;
	size_t count = s->count;
	void *pages;

	s->count = 0;
	if (count == 0 || privcmd_map(view->privcmd, view->info->domain, PROT_READ, s->frames, errs,
				      count, &pages) < 0)
		return 0;

	for (size_t i = 0; i < count && found == 0; i++) {
		const char *page = (const char *)pages + i * PAGE_SIZE;

		if (errs[i] != 0)
			continue;

		memcpy(&s->found, page, sizeof(s->found));
		found = is_start_info(s, &s->found);
	}

	privcmd_unmap(view->privcmd, pages, count);
	return found;
}

static int search_page(void *context, uint64_t address, uint64_t mfn)
{
	struct search *s = context;

	(void)address;
	if (s->looked++ == START_PAGES_MAX)
		return -ENODATA;

	s->frames[s->count++] = mfn;
	return s->count == START_BATCH ? search_batch(s) : 0;
}

static int start_find(const struct guest_view *view, struct guest_p2m *p2m)
{
	struct search s = { .view = view };
	struct guest_walk w = {
		.privcmd = view->privcmd,
		.domid = view->info->domain,
		.to = WALK_END,
		.tables_left = p2m_tables_max(view->info),
		.page = search_page,
		.context = &s,
	};
	int rc = guest_walk(&w, view->root);

	if (rc == 0)
		rc = search_batch(&s);
	if (rc <= 0)
		return rc < 0 ? rc : -ENODATA;

	return linear_find(view, view->root, s.found.mfn_list, s.found.nr_pages, p2m);
}

/* ---- */

static int find(const struct guest_view *view, struct guest_p2m *p2m)
{
	const struct arch_shared_info *arch = &view->shared->arch;

	if (arch->p2m_cr3 != 0 && arch->p2m_vaddr != 0)
		return linear_find(view, xen_cr3_to_pfn(arch->p2m_cr3), arch->p2m_vaddr,
				   arch->max_pfn, p2m);
	if (arch->max_pfn != 0 && arch->pfn_to_mfn_frame_list_list != 0 &&
	    arch->pfn_to_mfn_frame_list_list != NO_LIST)
		return tree_find(view, p2m);

	return start_find(view, p2m);
}

int p2m_find(const struct guest_view *view, struct guest_p2m *p2m, struct hospes_error *err)
{
	int rc;

	*p2m = (struct guest_p2m){ .entries = 0 };
	rc = find(view, p2m);
	if (rc == -ENODATA)
		return error_set(err, rc, "the kernel of domain %u does not tell where its p2m is",
				 view->info->domain);
	if (rc < 0)
		return error_set(err, rc, "cannot read the p2m of domain %u: %s (%d)",
				 view->info->domain, strerror(-rc), rc);

	return 0;
}

int p2m_read(const struct guest_view *view, const struct guest_p2m *p2m, uint64_t *to,
	     struct hospes_error *err)
{
	for (size_t at = 0; at < p2m->count; at += READ_BATCH) {
		size_t left = p2m->count - at, n = left < READ_BATCH ? left : READ_BATCH;
		void *pages;
		int rc = privcmd_map(view->privcmd, view->info->domain, PROT_READ, p2m->frames + at,
				     NULL, n, &pages);

		if (rc < 0)
			return error_set(
				err, -ENXIO,
				"parts %zu to %zu of its p2m are not in domain %u: %s (%d)", at,
				at + n - 1, view->info->domain, strerror(-rc), rc);

		memcpy(to + at * P2M_ENTRIES, pages, n * PAGE_SIZE);
		privcmd_unmap(view->privcmd, pages, n);
	}

	return 0;
}

void p2m_free(struct guest_p2m *p2m)
{
	free(p2m->frames);
	p2m->frames = NULL;
}
