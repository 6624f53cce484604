/* SPDX-License-Identifier: MIT */
/*
 * Writes a domain that is suspended into a stream (docs/stream.md). What the guest says of its
 * memory is not believed: what is none of its pages is left out, and where its page tables or
 * registers name such a frame, it cannot be saved.
 */
#ifndef HOSPES_DOMAIN_SAVE_STREAM_H
#define HOSPES_DOMAIN_SAVE_STREAM_H

#include <signal.h>
#include <dom0-tools/base/must_check.h>
#include <dom0-tools/stream/stream_writer.h>
#include "host.h"

struct save_request {
	domid_t domid;
	const char *xml; /* of the domain */
	size_t xml_length;
	/* Set by a signal handler, it ends it with -EINTR. May be NULL. */
	const volatile sig_atomic_t *interrupted;
};

struct save_result {
	uint64_t pages; /* that it has */
	uint64_t bytes; /* of the stream */
};

__must_check int save_stream(struct host *h, const struct save_request *request,
			     const struct stream_sink *sink, struct save_result *result,
			     struct hospes_error *err);

#endif
