/* SPDX-License-Identifier: MIT */
/*
 * Frames for a new guest, and windows onto them. What the pages shall hold is left to guest_build.
 */
#include "guest_memory.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <dom0-tools/access/memory.h>

/*
 * Frames asked for in one hypercall: as many as fit a buffer of 32 pages (64 are the device's
 * most).
 */
#define BATCH_BYTES  (32 * PAGE_SIZE)
#define BATCH_FRAMES (BATCH_BYTES / sizeof(xen_pfn_t))
/* 2 MiB: one large page */
#define LARGE_ORDER 9
#define LARGE_PAGES (1UL << LARGE_ORDER)

/* As @n extents of 2^@order frames at @frames, from pfn @pfn on. */
static void p2m_set(struct guest_memory *m, uint64_t pfn, unsigned int order,
		    const xen_pfn_t *frames, uint64_t n)
{
	uint64_t step = 1ULL << order;

	for (uint64_t i = 0; i < n * step; i++)
		m->p2m[pfn + i] = frames[i >> order] + (i & (step - 1));
}

/*
 * Asks for extents of 2^@order pages from pfn *@next up to @end, and moves *@next. Stops when
 * memory of this size is used up. The frames are machine-contiguous inside an extent.
 */
static int populate_order(struct guest_memory *m, unsigned int order, uint64_t *next, uint64_t end,
			  xen_pfn_t *batch, struct hospes_error *err)
{
	uint64_t step = 1ULL << order;

	while (end - *next >= step) {
		uint64_t n = (end - *next) >> order;
		long made;

		if (n > BATCH_FRAMES)
			n = BATCH_FRAMES;
		for (uint64_t i = 0; i < n; i++)
			batch[i] = *next + (i << order);

		made = memory_populate(m->privcmd, m->domid, order, batch, n, err);
		if (made < 0)
			return (int)made;
		if ((uint64_t)made > n)
			return error_set(err, -EPROTO,
					 "the hypervisor gave more memory than asked for");

		p2m_set(m, *next, order, batch, (uint64_t)made);
		*next += (uint64_t)made * step;
		if ((uint64_t)made < n)
			return 0;
	}
	return 0;
}

/* Large pieces first; what is missing then comes page by page. */
static int populate(struct guest_memory *m, xen_pfn_t *batch, struct hospes_error *err)
{
	uint64_t large_end = m->nr_pages & ~(LARGE_PAGES - 1);
	uint64_t next = 0;
	int rc;

	/* No large pieces left is no reason to fail. */
	ignore(populate_order(m, LARGE_ORDER, &next, large_end, batch, NULL));

	rc = populate_order(m, 0, &next, m->nr_pages, batch, err);
	if (rc < 0)
		return rc;

	if (next < m->nr_pages)
		return error_set(err, -ENOMEM,
				 "the host ran out of memory: d%u got %" PRIu64 " of %" PRIu64
				 " MiB",
				 m->domid, next >> 8, m->nr_pages >> 8);
	return 0;
}

int guest_populate(struct guest_memory *m, struct privcmd *p, domid_t domid, uint64_t nr_pages,
		   struct hospes_error *err)
{
	xen_pfn_t *batch = privcmd_buffer(p, BATCH_BYTES);
	int rc;

	*m = (struct guest_memory){ .privcmd = p, .domid = domid, .nr_pages = nr_pages };
	m->p2m = malloc(nr_pages * sizeof(*m->p2m));

	if (batch == NULL || m->p2m == NULL)
		rc = error_set(err, -ENOMEM, "no memory for the list of the domain's pages");
	else
		rc = populate(m, batch, err);

	privcmd_buffer_free(p, batch, BATCH_BYTES);
	if (rc < 0)
		guest_memory_free(m);
	return rc;
}

void guest_memory_free(struct guest_memory *m)
{
	free(m->p2m);
	m->p2m = NULL;
}

int window_add(struct guest_window *w, uint64_t pfn, uint64_t pages)
{
	if (pages == 0)
		return 0;

	if (w->count == w->room) {
		size_t room = w->room != 0 ? 2 * w->room : 64;
		struct page_run *more = reallocarray(w->runs, room, sizeof(*more));

		if (more == NULL)
			return -ENOMEM;
		w->runs = more;
		w->room = room;
	}

	w->runs[w->count++] = (struct page_run){ .pfn = pfn, .pages = pages };
	return 0;
}

static int run_order(const void *a, const void *b)
{
	const struct page_run *x = a, *y = b;

	return x->pfn < y->pfn ? -1 : x->pfn > y->pfn;
}

/* Makes one of runs that touch or overlap; they are sorted. */
static void runs_join(struct guest_window *w)
{
	size_t last = 0;

	for (size_t i = 1; i < w->count; i++) {
		struct page_run *a = &w->runs[last];
		const struct page_run *b = &w->runs[i];
		uint64_t end = b->pfn + b->pages;

		if (b->pfn > a->pfn + a->pages)
			w->runs[++last] = *b;
		else if (end > a->pfn + a->pages)
			a->pages = end - a->pfn;
	}
	w->count = last + 1;
}

void window_sort(struct guest_window *w)
{
	if (w->count == 0)
		return;

	qsort(w->runs, w->count, sizeof(w->runs[0]), run_order);
	runs_join(w);

	w->pages = 0;
	for (size_t i = 0; i < w->count; i++) {
		w->runs[i].index = w->pages;
		w->pages += w->runs[i].pages;
	}
}

int window_map(struct guest_window *w, struct guest_memory *m, struct hospes_error *err)
{
	xen_pfn_t *frames;
	void *at;
	int rc;

	if (w->pages == 0)
		return 0;

	frames = malloc(w->pages * sizeof(*frames));
	if (frames == NULL)
		return error_set(err, -ENOMEM, "no memory to map the domain's pages");
	for (size_t i = 0; i < w->count; i++)
		memcpy(frames + w->runs[i].index, m->p2m + w->runs[i].pfn,
		       w->runs[i].pages * sizeof(*frames));

	rc = privcmd_map(m->privcmd, m->domid, PROT_READ | PROT_WRITE, frames, NULL, w->pages, &at);
	free(frames);
	if (rc < 0)
		return error_set(err, rc, "cannot map %" PRIu64 " pages of d%u: %s (%d)", w->pages,
				 m->domid, strerror(-rc), rc);

	w->at = at;
	return 0;
}

static const struct page_run *run_find(const struct guest_window *w, uint64_t pfn)
{
	size_t low = 0, high = w->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct page_run *r = &w->runs[middle];

		if (pfn < r->pfn)
			high = middle;
		else if (pfn - r->pfn >= r->pages)
			low = middle + 1;
		else
			return r;
	}
	return NULL;
}

bool window_has(const struct guest_window *w, uint64_t pfn)
{
	return run_find(w, pfn) != NULL;
}

void *window_page(const struct guest_window *w, uint64_t pfn)
{
	const struct page_run *r = run_find(w, pfn);

	if (r == NULL)
		return NULL;

	return w->at + ((r->index + (pfn - r->pfn)) << PAGE_SHIFT);
}

void window_free(struct guest_window *w, struct guest_memory *m)
{
	if (w->at != NULL)
		privcmd_unmap(m->privcmd, w->at, w->pages);
	free(w->runs);
	memset(w, 0, sizeof(*w));
}

static bool is_excepted(const struct guest_window *except, uint64_t pfn)
{
	return except != NULL && window_has(except, pfn);
}

int guest_clear(struct guest_memory *m, uint64_t pfn, uint64_t pages,
		const struct guest_window *except, struct hospes_error *err)
{
	uint64_t end = pfn + pages;

	while (pfn < end) {
		uint64_t from;
		int rc;

		while (pfn < end && is_excepted(except, pfn))
			pfn++;
		from = pfn;
		while (pfn < end && !is_excepted(except, pfn))
			pfn++;

		rc = memory_clear(m->privcmd, m->domid, m->p2m + from, pfn - from, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}
