/* SPDX-License-Identifier: MIT */
/*
 * Reads a domain from a stream (docs/stream.md): first what it is, then, into an empty domain, its
 * memory and its state.
 */
#ifndef HOSPES_DOMAIN_RESTORE_STREAM_H
#define HOSPES_DOMAIN_RESTORE_STREAM_H

#include <dom0-tools/base/must_check.h>
#include <dom0-tools/config/config.h>
#include <dom0-tools/stream/stream_body.h>
#include "domain_nodes.h"
#include "restored_memory.h"

/* What is kept until all pages are there. */
struct restored_vcpu {
	struct restored_vcpu *next;
	uint32_t type, id; /* enum stream_type of its record */
	size_t size;
	uint8_t state[];
};

struct restore {
	struct stream_reader reader;
	uint64_t pages;   /* that the domain has */
	uint64_t entries; /* of its p2m */
	size_t part_count;
	uint64_t *parts; /* pages that hold its p2m */
	struct restored_memory memory;
	struct restored_vcpu *vcpus, **vcpus_end;
	struct shared_info *shared;
	uint64_t start_info; /* the page */
};

/*
 * Up to the first page: @config is the domain's, with the memory that it has. Both are to be freed
 * in any case, by restore_free() and config_free(). -EBADMSG, -ENODATA: see stream_reader.h.
 */
__must_check int restore_read_head(struct restore *r, const struct stream_source *source,
				   struct domain_config *config, struct hospes_error *err);
/* The rest, into the domain, which is empty and paused. */
__must_check int restore_fill(struct restore *r, struct privcmd *p, domid_t domid,
			      struct node_rings *rings, struct hospes_error *err);
void restore_free(struct restore *r);

#endif
