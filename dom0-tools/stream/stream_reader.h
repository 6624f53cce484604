/* SPDX-License-Identifier: MIT */
/*
 * Reads a stream record by record. Who wrote it is not believed: a record is given out when its
 * type is one that a PV domain has, its length is one of that type, its padding is zero, and it
 * stands where it may. What is wrong is told with the record's name, number and place. Pure: bytes
 * come from a function.
 */
#ifndef HOSPES_STREAM_READER_H
#define HOSPES_STREAM_READER_H

#include <sys/types.h>
#include <dom0-tools/base/error.h>
#include <dom0-tools/base/must_check.h>
#include "stream_format.h"

struct stream_source {
	/* At most @size bytes; fewer only at the end. -errno */
	ssize_t (*read)(void *context, void *to, size_t size);
	void *context;
};

struct stream_record {
	uint32_t type, length;
	const uint8_t *body; /* aligned to 16 bytes; until the next record is read */
	uint64_t number;     /* from 1 on */
	uint64_t offset;     /* of its header */
};

struct stream_reader {
	struct stream_source source;
	struct stream_image_header image;
	struct stream_domain_header domain;
	struct stream_record record; /* the last */
	uint64_t offset;             /* bytes that were read */
	uint64_t seen;               /* a bit for each type below 64 that has come */
	bool domain_seen, checked, ended;
	uint32_t sum; /* of what was read since the last checksum */
	uint64_t sum_from;
	uint8_t *buffer;
	size_t room;
};

/* Reads the headers. -EBADMSG: they are of no PV domain. stream_reader_end() in any case. */
__must_check int stream_reader_begin(struct stream_reader *r, const struct stream_source *source,
				     struct hospes_error *err);
/*
 * The next record: r->record. 1; 0 after END, which is given out too, when nothing follows it. The
 * checksums are looked at here and not given out, nor are optional records that we do not know.
 * -EBADMSG: it is damaged; -ENODATA: it ends early.
 */
__must_check int stream_next(struct stream_reader *r, struct hospes_error *err);
void stream_reader_end(struct stream_reader *r);

/* Says of r->record what is wrong with it: "record 7 (PAGE_DATA) at byte 4096: ...". -EBADMSG */
int stream_refuse(const struct stream_reader *r, struct hospes_error *err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
