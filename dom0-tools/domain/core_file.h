/* SPDX-License-Identifier: MIT */
/*
 * Writes the file of a domain's core: an ELF file of the kind that Xen's tools write ("dump-core
 * format" 0.1 of Xen's documentation), which `crash` reads, with what gdb needs beside it:
 *
 *   ELF header, section headers, notes, .xen_prstatus, .xen_shared_info    from the start
 *   .xen_p2m      pfn and mfn of each page                                 room for the most
 *   .xen_pages    the pages, in the order in which they were given         page-aligned
 *   program headers: notes with registers, and what lies at which virtual address
 *
 * Pure: it knows neither domains nor hypercalls. Pages of zeros stay holes in the file.
 */
#ifndef HOSPES_DOMAIN_CORE_FILE_H
#define HOSPES_DOMAIN_CORE_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <pvabi/xen.h>
#include <dom0-tools/access/sysctl.h>
#include <dom0-tools/base/must_check.h>

/* More pieces of virtual memory than any kernel maps; what goes beyond is left out for gdb. */
#define CORE_PIECES_MAX 65000

/* One page: its number for the guest, and its frame of the machine. */
struct core_page {
	uint64_t pfn, mfn;
};

/* What is known before the pages. */
struct core_about {
	const struct host_version *version;
	const struct vcpu_guest_context *vcpus; /* of those that have begun */
	uint32_t vcpu_count;
	const void *shared; /* a page: shared_info */
	uint64_t pages_max; /* no more will come */
};

struct core_piece {
	uint64_t address, index, count; /* pages from that one of .xen_pages on */
};

struct core_file {
	int fd;
	struct core_about about;
	uint64_t prstatus_at, shared_at, p2m_at, pages_at; /* in the file */
	uint64_t pages;                                    /* written so far */
	struct core_piece *pieces;
	uint32_t piece_count;
	bool pieces_lost;
};

/* Each returns 0 or -errno; core_file_free() in any case. @about must live as long as @c. */
__must_check int core_file_begin(struct core_file *c, int fd, const struct core_about *about);
/* @count pages, which lie one behind the other at @data. -E2BIG: more than were announced. */
__must_check int core_file_pages(struct core_file *c, const struct core_page *pages,
				 const void *data, size_t count);

/* The page with that index lies at this virtual address; addresses must rise. */
__must_check int core_file_map(struct core_file *c, uint64_t address, uint64_t index);

/* The headers: only now it is a core. */
__must_check int core_file_end(struct core_file *c);
void core_file_free(struct core_file *c);

#endif
