/* SPDX-License-Identifier: MIT */
/*
 * Handles of grant mappings (grant/maptrack.h): given, found, taken back. Needs only an allocator
 * of pages. What a record stands for is map.c's and unmap.c's.
 */
#include <grant/maptrack.h>

#include <frame/alloc.h>
#include <lib/fail.h>
#include <lib/index.h>
#include <x86/budget.h>

void maptrack_init(struct maptrack *m, u32 max_pages)
{
	m->max_pages = max_pages;
	m->free = NO_HANDLE;
}

void maptrack_free(struct maptrack *m)
{
	assert(!m->used);

	for (u32 i = 0; i < m->pages; i++) {
		pages_free(m->page[i], 0);
		budget_charge(BUDGET_FRAME);
		budget_window();
	}

	heap_free(m->page);
	m->page = NULL;
	m->pages = 0;
}

static struct maptrack_record *record_at(const struct maptrack *m, u32 handle)
{
	u32 n = index_nospec(handle, maptrack_handles(m));

	return &m->page[n / RECORDS_PER_PAGE][n % RECORDS_PER_PAGE];
}

static void free_list_add(struct maptrack *m, u32 handle)
{
	*record_at(m, handle) = (struct maptrack_record){ .ref = m->free };
	m->free = handle;
}

static bool maptrack_grow(struct maptrack *m)
{
	u32 first = maptrack_handles(m);
	struct maptrack_record *page;

	if (m->pages == m->max_pages)
		return false;

	/* Most guests never map a grant. */
	if (!m->page)
		m->page = heap_alloc(m->max_pages * sizeof(*m->page));
	if (!m->page)
		return false;

	page = pages_alloc(0);
	if (!page)
		return false;

	m->page[m->pages++] = page;

	/* From the top, so that the lowest handle is the first one given. */
	for (u32 i = RECORDS_PER_PAGE; i--;)
		free_list_add(m, first + i);

	return true;
}

struct maptrack_record *maptrack_take(struct maptrack *m, u32 *handle)
{
	struct maptrack_record *r;

	if (m->free == NO_HANDLE && !maptrack_grow(m))
		return NULL;

	*handle = m->free;
	r = record_at(m, *handle);
	assert(!r->flags);

	m->free = r->ref;
	m->used++;
	r->flags = MAPTRACK_BUSY;
	return r;
}

void maptrack_release(struct maptrack *m, u32 handle)
{
	assert(m->used && record_at(m, handle)->flags);

	free_list_add(m, handle);
	m->used--;
}

struct maptrack_record *maptrack_find(const struct maptrack *m, u32 handle)
{
	struct maptrack_record *r;

	if (handle >= maptrack_handles(m))
		return NULL;

	r = record_at(m, handle);
	if (!r->flags || r->flags & MAPTRACK_BUSY)
		return NULL;

	return r;
}
