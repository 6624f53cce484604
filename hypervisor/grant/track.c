/* SPDX-License-Identifier: MIT */
/* Handles of grant mappings (grant/track.h): given, found, taken back. Needs only an allocator of pages. */
#include <grant/track.h>

#include <frame/alloc.h>
#include <lib/fail.h>

int tracks_init(struct tracks *t, u32 max_pages)
{
	t->page = heap_alloc(MAX(max_pages, 1u) * sizeof(*t->page));
	if (!t->page)
		return fail(-ENOMEM, "no memory for %u pages of mapping records", max_pages);
	t->max_pages = max_pages;
	t->free = TRACK_NONE;
	return 0;
}

void tracks_free(struct tracks *t)
{
	for (u32 i = 0; i < t->pages; i++)
		pages_free(t->page[i], 0);
	heap_free(t->page);
	t->page = NULL;
	t->pages = 0;
}

static struct track *track_at(const struct tracks *t, u32 handle)
{
	return &t->page[handle / TRACKS_PER_PAGE][handle % TRACKS_PER_PAGE];
}

static void track_put_free(struct tracks *t, u32 handle)
{
	*track_at(t, handle) = (struct track){ .ref = t->free };
	t->free = handle;
}

static bool tracks_grow(struct tracks *t)
{
	struct track *page = t->pages < t->max_pages ? pages_alloc(0) : NULL;

	if (!page)
		return false;
	t->page[t->pages++] = page;
	for (u32 i = TRACKS_PER_PAGE; i--;) /* so that the lowest handle is the first one given */
		track_put_free(t, (t->pages - 1) * TRACKS_PER_PAGE + i);
	return true;
}

struct track *track_alloc(struct tracks *t, u32 *handle)
{
	struct track *r;

	if (t->free == TRACK_NONE && !tracks_grow(t))
		return NULL;
	*handle = t->free;
	r = track_at(t, *handle);
	t->free = r->ref;
	t->used++;
	r->flags = TRACK_TAKEN;
	return r;
}

void track_free(struct tracks *t, u32 handle)
{
	track_put_free(t, handle);
	t->used--;
}

struct track *track_find(const struct tracks *t, u32 handle)
{
	struct track *r;

	if (handle >= t->pages * TRACKS_PER_PAGE)
		return NULL;
	r = track_at(t, handle);
	return r->flags && !(r->flags & TRACK_TAKEN) ? r : NULL;
}
