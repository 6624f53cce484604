/* SPDX-License-Identifier: MIT */
/*
 * Writes a stream record by record, of version 3, with a checksum behind every few MiB and before
 * the end. Pure: bytes go to a function.
 */
#ifndef HOSPES_STREAM_WRITER_H
#define HOSPES_STREAM_WRITER_H

#include <dom0-tools/base/must_check.h>
#include "stream_format.h"

struct stream_sink {
	int (*write)(void *context, const void *data, size_t size); /* all of it, or -errno */
	void *context;
};

struct stream_writer {
	struct stream_sink sink;
	uint64_t offset; /* bytes that were written */
	uint32_t sum;
	uint64_t sum_from;
};

/* A piece of a body. */
struct stream_piece {
	const void *data;
	size_t size;
};

/* Each returns 0 or -errno of the sink. The headers; @major and @minor are the hypervisor's. */
__must_check int stream_writer_begin(struct stream_writer *w, const struct stream_sink *sink,
				     uint32_t major, uint32_t minor);
/* The body's pieces lie one behind another in the stream. */
__must_check int stream_write(struct stream_writer *w, uint32_t type,
			      const struct stream_piece *pieces, size_t count);
/* END, behind the last checksum. */
__must_check int stream_writer_end(struct stream_writer *w);

#endif
