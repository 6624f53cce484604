/* SPDX-License-Identifier: MIT */
/*
 * The memory of a domain that is restored: pages as the stream tells them, and what each gets for a
 * frame. Page tables name pages until all are there; then they are given the frames' numbers, and
 * pinned as they were.
 */
#ifndef HOSPES_DOMAIN_RESTORED_MEMORY_H
#define HOSPES_DOMAIN_RESTORED_MEMORY_H

#include <stdint.h>
#include <dom0-tools/access/privcmd.h>
#include <dom0-tools/base/must_check.h>
#include <dom0-tools/stream/stream_body.h>
#include "frame_names.h"

struct restored_memory {
	struct privcmd *privcmd;
	domid_t domid;
	uint64_t entries;    /* pages that it may have */
	uint64_t pages_most; /* that it was told to have */
	uint64_t pages;      /* that it has */
	uint64_t *mfns;      /* 1 + the frame of each page; 0: it has none */
	uint8_t *types;      /* enum stream_page_type of each */
	xen_pfn_t *batch;    /* a hypercall buffer, of STREAM_PAGES_MAX */
};

/* restored_memory_end() in any case. */
__must_check int restored_memory_begin(struct restored_memory *m, struct privcmd *p, domid_t domid,
				       uint64_t entries, uint64_t pages_most,
				       struct hospes_error *err);
void restored_memory_end(struct restored_memory *m);

/* A record's pages: they get frames, and their content. */
__must_check int restored_pages_load(struct restored_memory *m, const struct stream_reader *r,
				     const struct stream_pages *pages, struct hospes_error *err);

/* All are there: tables name frames. */
__must_check int restored_tables_name(struct restored_memory *m, struct hospes_error *err);
/* The guest's own p2m, which lies in the pages @pfns, tells its new frames. */
__must_check int restored_p2m_write(struct restored_memory *m, const uint64_t *pfns, size_t count,
				    struct hospes_error *err);
/* Nothing of it is written any more. */
__must_check int restored_tables_pin(struct restored_memory *m, struct hospes_error *err);

/* From pages to frames. */
struct frame_names restored_memory_names(struct restored_memory *m);

#endif
