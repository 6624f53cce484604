/* SPDX-License-Identifier: MIT */
/* The guest's p2m, turned around. */
#include "saved_memory.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <dom0-tools/access/domctl.h>
#include <dom0-tools/access/memory.h>
#include <dom0-tools/stream/stream_format.h>

static int shared_read(struct saved_memory *m, struct hospes_error *err)
{
	xen_pfn_t frame = m->info.shared_info_frame;
	void *page;
	int rc;

	m->shared = malloc(PAGE_SIZE);
	if (m->shared == NULL)
		return error_set(err, -ENOMEM, "no memory for a page");

	rc = privcmd_map(m->privcmd, m->info.domain, PROT_READ, &frame, NULL, 1, &page);
	if (rc < 0)
		return error_set(err, rc, "cannot map the shared page of domain %u: %s (%d)",
				 m->info.domain, strerror(-rc), rc);

	memcpy(m->shared, page, PAGE_SIZE);
	privcmd_unmap(m->privcmd, page, 1);
	return 0;
}

/* Address space for all frames of the machine, and memory only for those of the domain. */
static int index_make(struct saved_memory *m, struct hospes_error *err)
{
	int rc = memory_last_frame(m->privcmd, &m->frames, err);
	void *at;

	if (rc < 0)
		return rc;

	m->frames++;
	at = mmap(NULL, m->frames * sizeof(*m->index), PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (at == MAP_FAILED)
		return error_set(err, -errno, "no memory to keep track of %" PRIu64 " frames: %s",
				 m->frames, strerror(errno));

	m->index = at;
	return 0;
}

/* What carries a mark, or is told a second time, is none of its pages. */
static void index_fill(struct saved_memory *m)
{
	for (uint64_t pfn = 0; pfn < m->p2m.count * P2M_ENTRIES; pfn++) {
		uint64_t mfn = m->mfns[pfn];

		if (pfn >= m->p2m.entries || (mfn & P2M_MARKS) != 0 || mfn >= m->frames ||
		    m->index[mfn] != 0) {
			m->mfns[pfn] = NAME_NONE;
			continue;
		}

		m->index[mfn] = (uint32_t)pfn + 1;
	}
}

static int p2m_load(struct saved_memory *m, uint64_t root, struct hospes_error *err)
{
	const struct guest_view view = {
		.privcmd = m->privcmd,
		.info = &m->info,
		.shared = m->shared,
		.root = root,
	};
	int rc = p2m_find(&view, &m->p2m, err);

	if (rc < 0)
		return rc;
	if (m->p2m.entries == 0 || m->p2m.entries > STREAM_PFN_LIMIT)
		return error_set(err, -E2BIG,
				 "the p2m of domain %u has %" PRIu64 " pages, limit %lu",
				 m->info.domain, m->p2m.entries, STREAM_PFN_LIMIT);

	m->mfns = malloc(m->p2m.count * PAGE_SIZE);
	if (m->mfns == NULL)
		return error_set(err, -ENOMEM, "no memory for the p2m of domain %u",
				 m->info.domain);

	return p2m_read(&view, &m->p2m, m->mfns, err);
}

int saved_memory_read(struct saved_memory *m, struct privcmd *p, domid_t domid, uint64_t root,
		      struct hospes_error *err)
{
	int rc;

	*m = (struct saved_memory){ .privcmd = p };
	rc = domctl_info(p, domid, &m->info, err);
	if (rc == 0)
		rc = shared_read(m, err);
	if (rc == 0)
		rc = index_make(m, err);
	if (rc == 0)
		rc = p2m_load(m, root, err);
	if (rc == 0)
		index_fill(m);
	return rc;
}

void saved_memory_free(struct saved_memory *m)
{
	p2m_free(&m->p2m);
	free(m->mfns);
	free(m->shared);
	if (m->index != NULL)
		munmap(m->index, m->frames * sizeof(*m->index));
	*m = (struct saved_memory){ .privcmd = NULL };
}

static uint64_t page_of(void *context, uint64_t frame)
{
	const struct saved_memory *m = context;

	if (frame >= m->frames || m->index[frame] == 0)
		return NAME_NONE;

	return m->index[frame] - 1;
}

struct frame_names saved_memory_names(struct saved_memory *m)
{
	return (struct frame_names){ .of = page_of, .context = m };
}
