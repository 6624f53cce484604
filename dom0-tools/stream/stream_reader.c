/* SPDX-License-Identifier: MIT */
/*
 * From bytes to records. A body's memory is taken only when its length is one of its type, and
 * grows to the largest record that came.
 */
#include "stream_reader.h"

#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define REASON_MAX 256

int stream_refuse(const struct stream_reader *r, struct hospes_error *err, const char *fmt, ...)
{
	const struct stream_record *record = &r->record;
	char reason[REASON_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(reason, sizeof(reason), fmt, args);
	va_end(args);

	return error_set(err, -EBADMSG, "record %" PRIu64 " (%s, type %#x) at byte %" PRIu64 ": %s",
			 record->number, stream_type_name(record->type), record->type,
			 record->offset, reason);
}

/* Exactly @size bytes of @what. */
static int bytes_read(struct stream_reader *r, void *to, size_t size, const char *what,
		      struct hospes_error *err)
{
	ssize_t n = r->source.read(r->source.context, to, size);

	if (n < 0)
		return error_set(err, (int)n, "cannot read at byte %" PRIu64 ": %s (%zd)",
				 r->offset, strerror((int)-n), n);

	r->offset += (uint64_t)n;
	if ((size_t)n < size)
		return error_set(err, -ENODATA,
				 "it ends early, at byte %" PRIu64 ", in %s of record %" PRIu64,
				 r->offset, what, r->record.number);

	return 0;
}

static void sum_add(struct stream_reader *r, const void *data, size_t size)
{
	if (size == 0)
		return;

	r->sum = (uint32_t)crc32_z(r->sum, data, size);
}

/* ---- the headers */

static int image_check(struct stream_reader *r, struct hospes_error *err)
{
	struct stream_image_header *h = &r->image;

	h->id = be32toh(h->id);
	h->version = be32toh(h->version);
	h->options = be16toh(h->options);

	if (h->marker != STREAM_MARKER || h->id != STREAM_ID)
		return error_set(err, -EBADMSG,
				 "at byte 0: it begins with no image header: no saved domain");
	if (h->version != STREAM_VERSION_2 && h->version != STREAM_VERSION_3)
		return error_set(err, -EBADMSG,
				 "at byte 12: version %u of the format; 2 and 3 can be read",
				 h->version);
	if (h->options & STREAM_BIG_ENDIAN)
		return error_set(err, -EBADMSG, "at byte 16: a big-endian machine has written it");
	if (h->options != 0 || h->reserved != 0 || h->reserved_too != 0)
		return error_set(err, -EBADMSG, "at byte 16: options %#x that nobody has yet",
				 h->options);

	return 0;
}

static int domain_check(const struct stream_reader *r, struct hospes_error *err)
{
	const struct stream_domain_header *h = &r->domain;

	if (h->type != STREAM_TYPE_PV)
		return error_set(err, -EBADMSG, "at byte %zu: a domain of type %u, which is no PV",
				 sizeof(r->image), h->type);
	if (h->page_shift != STREAM_PAGE_SHIFT || h->reserved != 0)
		return error_set(err, -EBADMSG, "at byte %zu: pages of 2^%u bytes, not of 2^%d",
				 sizeof(r->image) + 4, h->page_shift, STREAM_PAGE_SHIFT);

	return 0;
}

int stream_reader_begin(struct stream_reader *r, const struct stream_source *source,
			struct hospes_error *err)
{
	int rc;

	*r = (struct stream_reader){ .source = *source };
	rc = bytes_read(r, &r->image, sizeof(r->image), "the image header", err);
	if (rc < 0)
		return rc;

	sum_add(r, &r->image, sizeof(r->image));
	rc = image_check(r, err);
	if (rc == 0)
		rc = bytes_read(r, &r->domain, sizeof(r->domain), "the domain header", err);
	if (rc < 0)
		return rc;

	sum_add(r, &r->domain, sizeof(r->domain));
	return domain_check(r, err);
}

void stream_reader_end(struct stream_reader *r)
{
	free(r->buffer);
	r->buffer = NULL;
}

/* ---- one record */

static int kind_check(const struct stream_reader *r, struct hospes_error *err)
{
	const struct stream_record *record = &r->record;
	const struct stream_kind *kind = stream_kind_of(record->type);

	if (kind == NULL && (record->type & STREAM_OPTIONAL) == 0)
		return stream_refuse(r, err, "no PV domain has such a record");
	if (kind == NULL && record->length > STREAM_UNKNOWN_MAX)
		return stream_refuse(r, err, "%u bytes, at most %lu", record->length,
				     STREAM_UNKNOWN_MAX);
	if (kind == NULL)
		return 0;

	if (record->length < kind->least || record->length > kind->most)
		return stream_refuse(r, err, "%u bytes, where %u to %u can be", record->length,
				     kind->least, kind->most);

	return 0;
}

static int body_read(struct stream_reader *r, struct hospes_error *err)
{
	struct stream_record *record = &r->record;
	size_t padding = stream_padding(record->length), size = record->length + padding;
	int rc;

	if (size > r->room) {
		uint8_t *more = realloc(r->buffer, size);

		if (more == NULL)
			return error_set(err, -ENOMEM, "no memory for a record of %u bytes",
					 record->length);
		r->buffer = more;
		r->room = size;
	}

	record->body = r->buffer;
	if (size == 0)
		return 0;

	rc = bytes_read(r, r->buffer, size, "the body", err);
	if (rc < 0)
		return rc;

	for (size_t i = 0; i < padding; i++) {
		if (r->buffer[record->length + i] != 0)
			return stream_refuse(r, err, "its padding is not zero");
	}

	return 0;
}

/* ---- which record may stand where */

static bool has(const struct stream_reader *r, uint32_t type)
{
	return (r->seen >> type & 1) != 0;
}

/* What tells of the machine comes before what tells of the memory, in version 3 with a sign. */
static const char *missing_before_memory(const struct stream_reader *r)
{
	if (!has(r, STREAM_PV_INFO))
		return "X86_PV_INFO";
	if (r->image.version == STREAM_VERSION_3 && !has(r, STREAM_STATIC_DATA_END))
		return "STATIC_DATA_END";

	return NULL;
}

static const char *missing_before(const struct stream_reader *r)
{
	switch (r->record.type) {
	case STREAM_PV_P2M_FRAMES:
		return missing_before_memory(r);
	case STREAM_PAGE_DATA:
	case STREAM_SHARED_INFO:
	case STREAM_PV_VCPU_BASIC:
		return has(r, STREAM_PV_P2M_FRAMES) ? NULL : "X86_PV_P2M_FRAMES";
	case STREAM_PV_VCPU_EXTENDED:
	case STREAM_PV_VCPU_XSAVE:
	case STREAM_PV_VCPU_MSRS:
		return has(r, STREAM_PV_VCPU_BASIC) ? NULL : "X86_PV_VCPU_BASIC";
	case STREAM_END:
		if (!has(r, STREAM_PAGE_DATA))
			return "PAGE_DATA";
		if (!has(r, STREAM_SHARED_INFO))
			return "SHARED_INFO";
		return has(r, STREAM_PV_VCPU_BASIC) ? NULL : "X86_PV_VCPU_BASIC";
	default:
		return NULL;
	}
}

static int order_check(struct stream_reader *r, struct hospes_error *err)
{
	uint32_t type = r->record.type;
	const struct stream_kind *kind = stream_kind_of(type);
	const char *missing = missing_before(r);

	if (missing != NULL)
		return stream_refuse(r, err, "there is no %s before it", missing);
	if (type == STREAM_CHECKPOINT)
		return stream_refuse(r, err, "checkpoints of a domain that runs");

	if (type == STREAM_HOSPES_DOMAIN) {
		if (r->domain_seen)
			return stream_refuse(r, err, "it comes a second time");
		r->domain_seen = true;
	}
	if ((type & STREAM_OPTIONAL) != 0)
		return 0;

	if (has(r, type) && !kind->many)
		return stream_refuse(r, err, "it comes a second time");

	r->seen |= 1ULL << type;
	return 0;
}

/* ---- the checksums: one covers all from the one before it */

static int sum_check(struct stream_reader *r, struct hospes_error *err)
{
	uint32_t said[2];

	memcpy(said, r->record.body, sizeof(said));
	if (said[1] != 0)
		return stream_refuse(r, err, "a reserved field is %#x, not zero", said[1]);
	if (said[0] != r->sum)
		return stream_refuse(r, err,
				     "something is damaged from byte %" PRIu64
				     " to here: checksum %#x, not %#x",
				     r->sum_from, r->sum, said[0]);

	r->checked = true;
	r->sum = 0;
	r->sum_from = r->offset;
	return 0;
}

/* Of ours, and where there were checksums, one stands right before END; nothing stands behind. */
static int end_check(struct stream_reader *r, struct hospes_error *err)
{
	uint8_t byte;
	ssize_t n;

	if ((r->checked || r->domain_seen) && r->sum_from != r->record.offset)
		return stream_refuse(r, err, "there is no checksum since byte %" PRIu64,
				     r->sum_from);

	n = r->source.read(r->source.context, &byte, 1);
	if (n > 0)
		return stream_refuse(r, err, "something follows the end");
	if (n < 0)
		return error_set(err, (int)n, "cannot read at byte %" PRIu64 ": %s (%zd)",
				 r->offset, strerror((int)-n), n);

	r->ended = true;
	return 0;
}

static int record_read(struct stream_reader *r, struct hospes_error *err)
{
	struct stream_record *record = &r->record;
	struct stream_record_header h;
	int rc;

	record->number++;
	record->offset = r->offset;
	rc = bytes_read(r, &h, sizeof(h), "the header", err);
	if (rc < 0)
		return rc;

	record->type = h.type;
	record->length = h.length;
	rc = kind_check(r, err);
	if (rc == 0)
		rc = body_read(r, err);
	if (rc == 0)
		rc = order_check(r, err);
	if (rc < 0)
		return rc;

	if (h.type == STREAM_HOSPES_CHECK)
		return sum_check(r, err);
	if (h.type == STREAM_END)
		return end_check(r, err);

	sum_add(r, &h, sizeof(h));
	sum_add(r, record->body, h.length + stream_padding(h.length));
	return 0;
}

int stream_next(struct stream_reader *r, struct hospes_error *err)
{
	int rc;

	if (r->ended)
		return 0;

	do {
		rc = record_read(r, err);
	} while (rc == 0 &&
		 (r->record.type == STREAM_HOSPES_CHECK || stream_kind_of(r->record.type) == NULL));

	return rc < 0 ? rc : 1;
}
