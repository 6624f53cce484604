/* SPDX-License-Identifier: MIT */
/*
 * Pages, frames and page tables of a domain that is made again. A writable mapping of ours keeps a
 * frame from being a page table: what is mapped here is unmapped before anything is pinned.
 */
#include "restored_memory.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <dom0-tools/access/memory.h>
#include <dom0-tools/base/progress.h>
#include "guest_p2m.h"

#define BATCH STREAM_PAGES_MAX

/* Zeros, and memory only for what is written. */
static void *table_make(uint64_t entries, size_t size)
{
	void *at = mmap(NULL, entries * size, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return at != MAP_FAILED ? at : NULL;
}

int restored_memory_begin(struct restored_memory *m, struct privcmd *p, domid_t domid,
			  uint64_t entries, uint64_t pages_most, struct hospes_error *err)
{
	*m = (struct restored_memory){
		.privcmd = p,
		.domid = domid,
		.entries = entries,
		.pages_most = pages_most,
		.mfns = table_make(entries, sizeof(*m->mfns)),
		.types = table_make(entries, sizeof(*m->types)),
		.batch = privcmd_buffer(p, BATCH * sizeof(*m->batch)),
	};
	if (m->mfns == NULL || m->types == NULL || m->batch == NULL)
		return error_set(err, -ENOMEM, "no memory for a list of %" PRIu64 " pages",
				 entries);

	return 0;
}

void restored_memory_end(struct restored_memory *m)
{
	if (m->mfns != NULL)
		munmap(m->mfns, m->entries * sizeof(*m->mfns));
	if (m->types != NULL)
		munmap(m->types, m->entries * sizeof(*m->types));
	if (m->batch != NULL)
		privcmd_buffer_free(m->privcmd, m->batch, BATCH * sizeof(*m->batch));
	*m = (struct restored_memory){ .mfns = NULL };
}

static uint64_t frame_of(void *context, uint64_t pfn)
{
	const struct restored_memory *m = context;

	if (pfn >= m->entries || m->mfns[pfn] == 0)
		return NAME_NONE;

	return m->mfns[pfn] - 1;
}

struct frame_names restored_memory_names(struct restored_memory *m)
{
	return (struct frame_names){ .of = frame_of, .context = m };
}

/* ---- pages get frames */

static int populate(struct restored_memory *m, const uint64_t *pfns, size_t count,
		    struct hospes_error *err)
{
	long made;

	if (count == 0)
		return 0;

	made = memory_populate(m->privcmd, m->domid, 0, m->batch, count, err);
	if (made < 0)
		return (int)made;
	if ((size_t)made != count)
		return error_set(err, -ENOMEM,
				 "the host ran out of memory: it has %" PRIu64 " of %" PRIu64
				 " MiB",
				 m->pages >> 8, m->pages_most >> 8);

	for (size_t i = 0; i < count; i++)
		m->mfns[pfns[i]] = m->batch[i] + 1;

	m->pages += count;
	return 0;
}

static int frames_get(struct restored_memory *m, const struct stream_reader *r,
		      const struct stream_pages *pages, struct hospes_error *err)
{
	uint64_t pfns[BATCH];
	size_t count = 0;

	for (uint32_t i = 0; i < pages->count; i++) {
		uint64_t pfn = stream_page_pfn(pages->words[i]);

		if (pfn >= m->entries)
			return stream_refuse(r, err,
					     "page %u of it: number %#" PRIx64
					     ", where the p2m ends at %#" PRIx64,
					     i, pfn, m->entries);

		/* As what it came last it stays; one that is twice in a record gets one frame. */
		m->types[pfn] = (uint8_t)stream_page_type(pages->words[i]);
		if (m->types[pfn] == STREAM_PAGE_NONE || m->types[pfn] == STREAM_PAGE_BROKEN ||
		    m->mfns[pfn] != 0)
			continue;

		m->mfns[pfn] = 1;
		m->batch[count] = pfn;
		pfns[count++] = pfn;
	}

	if (m->pages + count > m->pages_most)
		return stream_refuse(r, err, "more pages than the %" PRIu64 " that were announced",
				     m->pages_most);

	return populate(m, pfns, count, err);
}

/* ---- and their content */

static int batch_map(struct restored_memory *m, const xen_pfn_t *frames, size_t count, void **at,
		     struct hospes_error *err)
{
	int rc = privcmd_map(m->privcmd, m->domid, PROT_READ | PROT_WRITE, frames, NULL, count, at);

	if (rc < 0)
		return error_set(err, rc, "cannot map %zu pages of d%u: %s (%d)", count, m->domid,
				 strerror(-rc), rc);

	return 0;
}

int restored_pages_load(struct restored_memory *m, const struct stream_reader *r,
			const struct stream_pages *pages, struct hospes_error *err)
{
	size_t count = 0;
	void *at;
	int rc = frames_get(m, r, pages, err);

	if (rc < 0)
		return rc;

	for (uint32_t i = 0; i < pages->count; i++) {
		if (stream_page_has_data(pages->words[i]))
			m->batch[count++] = m->mfns[stream_page_pfn(pages->words[i])] - 1;
	}
	if (count == 0)
		return 0;

	rc = batch_map(m, m->batch, count, &at, err);
	if (rc < 0)
		return rc;

	memcpy(at, pages->data, count * PAGE_SIZE);
	privcmd_unmap(m->privcmd, at, count);
	return 0;
}

/* ---- page tables */

static unsigned int level_of(const struct restored_memory *m, uint64_t pfn)
{
	return stream_page_level((uint64_t)m->types[pfn] << STREAM_PAGE_TYPE_SHIFT);
}

static int table_name(struct restored_memory *m, uint64_t pfn, void *page, struct hospes_error *err)
{
	struct frame_names names = restored_memory_names(m);
	unsigned int level = level_of(m, pfn);
	uint64_t *entries = page;
	size_t bad;

	if (names_in_table(&names, level, entries, &bad) == 0)
		return 0;

	return error_set(err, -EBADMSG,
			 "page %#" PRIx64 ", a table of level %u: entry %zu, %#" PRIx64
			 ", names a page that does not come",
			 pfn, level, bad, entries[bad]);
}

/* Those of @pfns, whose frames are in m->batch. */
static int tables_name(struct restored_memory *m, const uint64_t *pfns, size_t count,
		       struct hospes_error *err)
{
	void *at;
	int rc;

	if (count == 0)
		return 0;

	rc = batch_map(m, m->batch, count, &at, err);
	if (rc < 0)
		return rc;

	for (size_t i = 0; i < count && rc == 0; i++)
		rc = table_name(m, pfns[i], (char *)at + i * PAGE_SIZE, err);

	privcmd_unmap(m->privcmd, at, count);
	return rc;
}

int restored_tables_name(struct restored_memory *m, struct hospes_error *err)
{
	uint64_t pfns[BATCH];
	size_t count = 0;
	int rc = 0;

	for (uint64_t pfn = 0; pfn < m->entries && rc == 0; pfn++) {
		if (m->mfns[pfn] == 0 || level_of(m, pfn) == 0)
			continue;

		m->batch[count] = m->mfns[pfn] - 1;
		pfns[count++] = pfn;
		if (count == BATCH) {
			rc = tables_name(m, pfns, count, err);
			count = 0;
		}
	}

	return rc == 0 ? tables_name(m, pfns, count, err) : rc;
}

int restored_tables_pin(struct restored_memory *m, struct hospes_error *err)
{
	for (uint64_t pfn = 0; pfn < m->entries; pfn++) {
		int rc;

		if (m->mfns[pfn] == 0 || level_of(m, pfn) == 0 ||
		    (m->types[pfn] & STREAM_PAGE_PINNED) == 0)
			continue;

		rc = memory_pin(m->privcmd, m->domid, level_of(m, pfn), m->mfns[pfn] - 1, err);
		if (rc < 0)
			return error_prefix(err, "page %#" PRIx64, pfn);

		progress_tick();
	}

	return 0;
}

/* ---- the guest's own p2m */

/* Marks stay: what carries one is no frame of this machine. */
static void part_write(struct restored_memory *m, uint64_t first, uint64_t *entries)
{
	for (size_t i = 0; i < P2M_ENTRIES; i++) {
		if (first + i < m->entries && m->mfns[first + i] != 0)
			entries[i] = m->mfns[first + i] - 1;
		else if ((entries[i] & P2M_MARKS) == 0)
			entries[i] = NAME_NONE;
	}
}

int restored_p2m_write(struct restored_memory *m, const uint64_t *pfns, size_t count,
		       struct hospes_error *err)
{
	for (size_t i = 0; i < count; i++) {
		xen_pfn_t frame;
		void *at;
		int rc;

		if (pfns[i] >= m->entries || m->mfns[pfns[i]] == 0 || level_of(m, pfns[i]) != 0)
			return error_set(err, -EBADMSG,
					 "part %zu of the p2m is page %#" PRIx64
					 ", which is no ordinary page of it",
					 i, pfns[i]);

		frame = m->mfns[pfns[i]] - 1;
		rc = batch_map(m, &frame, 1, &at, err);
		if (rc < 0)
			return rc;

		part_write(m, i * P2M_ENTRIES, at);
		privcmd_unmap(m->privcmd, at, 1);
	}

	return 0;
}
