/* SPDX-License-Identifier: MIT */
/* The bodies of records. Lengths were compared with the table; here they must fit the counts. */
#include "stream_body.h"

#include <inttypes.h>
#include <string.h>

#define WIDTH_64  8
#define LEVELS_64 4
/* Entries of a page of the p2m. */
#define P2M_ENTRIES (STREAM_PAGE_SIZE / sizeof(uint64_t))

/* ---- pages */

unsigned int stream_page_level(uint64_t word)
{
	unsigned int type = stream_page_type(word);

	if (type >= STREAM_PAGE_BROKEN)
		return 0;

	return type & ~(unsigned int)STREAM_PAGE_PINNED;
}

bool stream_page_has_data(uint64_t word)
{
	return stream_page_type(word) < STREAM_PAGE_BROKEN;
}

static int word_check(const struct stream_reader *r, uint32_t index, uint64_t word,
		      struct hospes_error *err)
{
	uint64_t known = STREAM_PAGE_PFN_MASK | (uint64_t)STREAM_PAGE_NONE
							<< STREAM_PAGE_TYPE_SHIFT;
	unsigned int type = stream_page_type(word);

	if ((word & ~known) != 0)
		return stream_refuse(r, err, "page %u of it: reserved bits in %#" PRIx64, index,
				     word);
	if (type > STREAM_PAGE_L4 && type <= STREAM_PAGE_PINNED)
		return stream_refuse(r, err, "page %u of it: there is no type %u of pages", index,
				     type);
	if (stream_page_pfn(word) >= STREAM_PFN_LIMIT)
		return stream_refuse(r, err, "page %u of it: number %#" PRIx64 ", limit %#lx",
				     index, stream_page_pfn(word), STREAM_PFN_LIMIT);

	return 0;
}

int stream_pages_read(const struct stream_reader *r, struct stream_pages *pages,
		      struct hospes_error *err)
{
	const uint32_t *head = (const void *)r->record.body;
	size_t size = sizeof(uint64_t), with_data = 0;

	*pages = (struct stream_pages){ .count = head[0] };
	pages->words = (const uint64_t *)(const void *)(r->record.body + size);
	if (head[1] != 0)
		return stream_refuse(r, err, "a reserved field is %#x, not zero", head[1]);
	if (head[0] == 0 || head[0] > STREAM_PAGES_MAX)
		return stream_refuse(r, err, "%u pages, where 1 to %d can be", head[0],
				     STREAM_PAGES_MAX);

	size += head[0] * sizeof(uint64_t);
	if (size > r->record.length)
		return stream_refuse(r, err, "it is too short for the numbers of %u pages",
				     head[0]);

	for (uint32_t i = 0; i < head[0]; i++) {
		int rc = word_check(r, i, pages->words[i], err);

		if (rc < 0)
			return rc;
		with_data += stream_page_has_data(pages->words[i]);
	}

	pages->data = r->record.body + size;
	size += with_data * STREAM_PAGE_SIZE;
	if (size != r->record.length)
		return stream_refuse(r, err, "%u bytes, where %u pages, %zu with content, make %zu",
				     r->record.length, head[0], with_data, size);

	return 0;
}

/* ---- the p2m */

int stream_frames_read(const struct stream_reader *r, struct stream_frames *frames,
		       struct hospes_error *err)
{
	const uint32_t *head = (const void *)r->record.body;
	uint64_t entries = (uint64_t)head[1] + 1;

	/* It begins with page 0: nobody has ever written another. */
	if (head[0] != 0)
		return stream_refuse(r, err, "the p2m begins with page %#x, not 0", head[0]);
	if (entries > STREAM_PFN_LIMIT)
		return stream_refuse(r, err, "the p2m ends with page %#x, limit %#lx", head[1],
				     STREAM_PFN_LIMIT);

	*frames = (struct stream_frames){
		.entries = entries,
		.count = (size_t)((entries + P2M_ENTRIES - 1) / P2M_ENTRIES),
		.pfns = (const uint64_t *)(const void *)(r->record.body + sizeof(uint64_t)),
	};
	if (r->record.length != (frames->count + 1) * sizeof(uint64_t))
		return stream_refuse(r, err, "%u bytes, where a p2m of %" PRIu64 " pages makes %zu",
				     r->record.length, entries,
				     (frames->count + 1) * sizeof(uint64_t));

	for (size_t i = 0; i < frames->count; i++) {
		if (frames->pfns[i] >= entries)
			return stream_refuse(r, err,
					     "part %zu of the p2m is page %#" PRIx64
					     ", of which it does not tell",
					     i, frames->pfns[i]);
	}

	return 0;
}

/* ---- the rest */

int stream_info_check(const struct stream_reader *r, struct hospes_error *err)
{
	const uint8_t *body = r->record.body;

	if (body[0] != WIDTH_64 || body[1] != LEVELS_64)
		return stream_refuse(r, err,
				     "a guest of %u-byte words and %u levels of page tables",
				     body[0], body[1]);

	for (size_t i = 2; i < sizeof(uint64_t); i++) {
		if (body[i] != 0)
			return stream_refuse(r, err, "a reserved field is not zero");
	}

	return 0;
}

int stream_vcpu_read(const struct stream_reader *r, struct stream_vcpu *vcpu,
		     struct hospes_error *err)
{
	const uint32_t *head = (const void *)r->record.body;

	*vcpu = (struct stream_vcpu){
		.id = head[0],
		.state = r->record.body + sizeof(uint64_t),
		.size = r->record.length - sizeof(uint64_t),
	};
	if (head[1] != 0)
		return stream_refuse(r, err, "a reserved field is %#x, not zero", head[1]);
	if (vcpu->id >= STREAM_VCPUS_MAX)
		return stream_refuse(r, err, "virtual CPU %u, limit %u", vcpu->id,
				     STREAM_VCPUS_MAX);

	return 0;
}

int stream_tsc_read(const struct stream_reader *r, struct stream_tsc *tsc, struct hospes_error *err)
{
	memcpy(tsc, r->record.body, sizeof(*tsc));
	if (tsc->reserved != 0)
		return stream_refuse(r, err, "a reserved field is %#x, not zero", tsc->reserved);

	return 0;
}

int stream_about_read(const struct stream_reader *r, struct stream_about *about,
		      struct hospes_error *err)
{
	memcpy(&about->pages, r->record.body, sizeof(about->pages));
	about->xml = (const char *)r->record.body + sizeof(about->pages);
	about->length = r->record.length - sizeof(about->pages);
	if (about->pages == 0 || about->pages > STREAM_PFN_LIMIT)
		return stream_refuse(r, err, "a domain of %" PRIu64 " pages, limit %#lx",
				     about->pages, STREAM_PFN_LIMIT);

	return 0;
}
