/* SPDX-License-Identifier: MIT */
/*
 * What stands in the bodies of records, read and checked. Each function takes r->record, which is
 * of the type that it is for; what it gives points into it, until the next one is read. -EBADMSG,
 * with the record's place in @err.
 */
#ifndef HOSPES_STREAM_BODY_H
#define HOSPES_STREAM_BODY_H

#include "stream_reader.h"

/* The upper four bits of a page's word: what the page is (XEN_DOMCTL_PFINFO_* of the ABI). */
#define STREAM_PAGE_TYPE_SHIFT 60
#define STREAM_PAGE_PFN_MASK   ((1ULL << 52) - 1)

enum stream_page_type {
	STREAM_PAGE_NORMAL = 0,
	STREAM_PAGE_L1 = 1, /* up to 4: page tables of that level */
	STREAM_PAGE_L4 = 4,
	STREAM_PAGE_PINNED = 8, /* added to a level */
	STREAM_PAGE_BROKEN = 13,
	STREAM_PAGE_ALLOCATE = 14, /* the domain has it, and its content does not matter */
	STREAM_PAGE_NONE = 15,     /* the domain does not have it */
};

static inline unsigned int stream_page_type(uint64_t word)
{
	return (unsigned int)(word >> STREAM_PAGE_TYPE_SHIFT);
}

static inline uint64_t stream_page_pfn(uint64_t word)
{
	return word & STREAM_PAGE_PFN_MASK;
}

/* 1 to 4, or 0: it is no page table. */
unsigned int stream_page_level(uint64_t word);
/* Whether its content stands in the record. */
bool stream_page_has_data(uint64_t word);

struct stream_pages {
	uint32_t count;
	const uint64_t *words;
	const uint8_t *data; /* of those that have some, in their order */
};

__must_check int stream_pages_read(const struct stream_reader *r, struct stream_pages *pages,
				   struct hospes_error *err);

/* Where the guest keeps its p2m: page i of it, which is about 512 pages, is the guest's own page
 * pfns[i]. */
struct stream_frames {
	uint64_t entries; /* pages that it tells of */
	size_t count;
	const uint64_t *pfns;
};

__must_check int stream_frames_read(const struct stream_reader *r, struct stream_frames *frames,
				    struct hospes_error *err);

/* A 64-bit guest, or -EBADMSG. */
__must_check int stream_info_check(const struct stream_reader *r, struct hospes_error *err);

struct stream_vcpu {
	uint32_t id;
	const uint8_t *state;
	size_t size;
};

__must_check int stream_vcpu_read(const struct stream_reader *r, struct stream_vcpu *vcpu,
				  struct hospes_error *err);

struct stream_tsc {
	uint32_t mode, khz;
	uint64_t elapsed_ns;
	uint32_t incarnation, reserved;
};

__must_check int stream_tsc_read(const struct stream_reader *r, struct stream_tsc *tsc,
				 struct hospes_error *err);

/* What STREAM_HOSPES_DOMAIN tells. */
struct stream_about {
	uint64_t pages; /* that the domain has */
	const char *xml;
	size_t length;
};

__must_check int stream_about_read(const struct stream_reader *r, struct stream_about *about,
				   struct hospes_error *err);

#endif
