/* SPDX-License-Identifier: MIT */
/*
 * A saved domain of unknown origin, with and without checksums: of every record that is given out
 * the body lies inside what was read, and counts, page numbers and states are within their bounds.
 */
#include <string.h>
#include <dom0-tools/stream/stream_body.h>
#include <dom0-tools/stream/stream_reader.h>
#include "fuzz.h"

/* More records than any input of interest has. */
#define RECORDS_MAX 1000

static ssize_t input_read(void *context, void *to, size_t size)
{
	size_t got;
	const uint8_t *bytes = fuzz_take(context, size, &got);

	if (got > 0)
		memcpy(to, bytes, got);
	return (ssize_t)got;
}

static void pages_look(const struct stream_reader *r)
{
	const uint8_t *end = r->record.body + r->record.length;
	struct stream_pages pages;
	const uint8_t *data;

	if (stream_pages_read(r, &pages, NULL) < 0)
		return;

	data = pages.data;
	fuzz_check(pages.count >= 1 && pages.count <= STREAM_PAGES_MAX);
	for (uint32_t i = 0; i < pages.count; i++) {
		fuzz_check(stream_page_pfn(pages.words[i]) < STREAM_PFN_LIMIT);
		fuzz_check(stream_page_level(pages.words[i]) <= STREAM_PAGE_L4);
		if (stream_page_has_data(pages.words[i]))
			data += STREAM_PAGE_SIZE;
	}
	fuzz_check(data == end);
}

static void frames_look(const struct stream_reader *r)
{
	struct stream_frames frames;

	if (stream_frames_read(r, &frames, NULL) < 0)
		return;

	fuzz_check(frames.entries <= STREAM_PFN_LIMIT);
	for (size_t i = 0; i < frames.count; i++)
		fuzz_check(frames.pfns[i] < frames.entries);
}

static void state_look(const struct stream_reader *r)
{
	const uint8_t *end = r->record.body + r->record.length;
	struct stream_about about;
	struct stream_vcpu vcpu;
	struct stream_tsc tsc;

	switch (r->record.type) {
	case STREAM_PV_VCPU_BASIC:
	case STREAM_PV_VCPU_EXTENDED:
	case STREAM_PV_VCPU_XSAVE:
	case STREAM_PV_VCPU_MSRS:
		if (stream_vcpu_read(r, &vcpu, NULL) == 0)
			fuzz_check(vcpu.id < STREAM_VCPUS_MAX && vcpu.state + vcpu.size == end);
		break;
	case STREAM_TSC_INFO:
		if (stream_tsc_read(r, &tsc, NULL) == 0)
			fuzz_check(tsc.reserved == 0);
		break;
	case STREAM_HOSPES_DOMAIN:
		if (stream_about_read(r, &about, NULL) == 0)
			fuzz_check((const uint8_t *)about.xml + about.length == end);
		break;
	case STREAM_PV_INFO:
		if (stream_info_check(r, NULL) == 0)
			fuzz_check(r->record.body[0] == 8);
		break;
	default:
		break;
	}
}

static void record_look(const struct stream_reader *r)
{
	const struct stream_kind *kind = stream_kind_of(r->record.type);

	fuzz_check(kind != NULL);
	fuzz_check(r->record.length >= kind->least && r->record.length <= kind->most);
	fuzz_check(r->record.length <= r->room);
	if (r->record.length == 0)
		return;

	if (r->record.type == STREAM_PAGE_DATA)
		pages_look(r);
	else if (r->record.type == STREAM_PV_P2M_FRAMES)
		frames_look(r);
	else
		state_look(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	const struct stream_source source = { input_read, &in };
	struct hospes_error err = { 0 };
	struct stream_reader reader;
	int rc = stream_reader_begin(&reader, &source, &err);

	for (int i = 0; i < RECORDS_MAX && rc >= 0; i++) {
		rc = stream_next(&reader, &err);
		if (rc == 0)
			fuzz_check(reader.record.type == STREAM_END && in.left == 0);
		if (rc <= 0)
			break;
		record_look(&reader);
	}

	fuzz_check(rc >= 0 || err.text[0] != '\0');
	stream_reader_end(&reader);
	return 0;
}
