/* SPDX-License-Identifier: MIT */
/* From records to bytes. */
#include "stream_writer.h"

#include <endian.h>
#include <zlib.h>

/* Damage is found, and its place told, to so many bytes. */
#define SUM_BYTES (1UL << 22)

static int bytes_write(struct stream_writer *w, const void *data, size_t size)
{
	if (size == 0)
		return 0;

	w->sum = (uint32_t)crc32_z(w->sum, data, size);
	w->offset += size;
	return w->sink.write(w->sink.context, data, size);
}

int stream_writer_begin(struct stream_writer *w, const struct stream_sink *sink, uint32_t major,
			uint32_t minor)
{
	const struct stream_image_header image = {
		.marker = STREAM_MARKER,
		.id = htobe32(STREAM_ID),
		.version = htobe32(STREAM_VERSION_3),
	};
	const struct stream_domain_header domain = {
		.type = STREAM_TYPE_PV,
		.page_shift = STREAM_PAGE_SHIFT,
		.major = major,
		.minor = minor,
	};
	int rc;

	*w = (struct stream_writer){ .sink = *sink };
	rc = bytes_write(w, &image, sizeof(image));
	if (rc < 0)
		return rc;

	return bytes_write(w, &domain, sizeof(domain));
}

static int record_write(struct stream_writer *w, uint32_t type, const struct stream_piece *pieces,
			size_t count)
{
	static const uint8_t zeros[8];
	struct stream_record_header h = { .type = type };
	int rc;

	for (size_t i = 0; i < count; i++)
		h.length += (uint32_t)pieces[i].size;

	rc = bytes_write(w, &h, sizeof(h));
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = bytes_write(w, pieces[i].data, pieces[i].size);
	if (rc < 0 || stream_padding(h.length) == 0)
		return rc;

	return bytes_write(w, zeros, stream_padding(h.length));
}

static int sum_write(struct stream_writer *w)
{
	const uint32_t body[2] = { w->sum, 0 };
	const struct stream_piece piece = { body, sizeof(body) };
	int rc = record_write(w, STREAM_HOSPES_CHECK, &piece, 1);

	w->sum = 0;
	w->sum_from = w->offset;
	return rc;
}

int stream_write(struct stream_writer *w, uint32_t type, const struct stream_piece *pieces,
		 size_t count)
{
	int rc = record_write(w, type, pieces, count);

	if (rc < 0 || w->offset - w->sum_from < SUM_BYTES)
		return rc;

	return sum_write(w);
}

int stream_writer_end(struct stream_writer *w)
{
	int rc = sum_write(w);

	if (rc < 0)
		return rc;

	return record_write(w, STREAM_END, NULL, 0);
}
