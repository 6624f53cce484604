/* SPDX-License-Identifier: MIT */
/*
 * The migration stream: what is written is read back; and whatever is wrong with one is refused
 * with the name, the number and the place of the record.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <pvabi/domctl.h>
#include <pvabi/xen.h>
#include <dom0-tools/stream/stream_body.h>
#include <dom0-tools/stream/stream_reader.h>
#include <dom0-tools/stream/stream_writer.h>
#include <tests/host/suites_run.h>

#define XML "<domain type='xen'/>"

/* Offsets in the stream that write_all() makes. */
#define AT_INFO   40
#define AT_STATIC (AT_INFO + 16)
#define AT_DOMAIN (AT_STATIC + 8)

static uint8_t bytes[1 << 16];
static size_t size, at;
static size_t room; /* of the sink */

static int sink_write(void *context, const void *data, size_t n)
{
	(void)context;
	if (size + n > room)
		return -ENOSPC;

	memcpy(bytes + size, data, n);
	size += n;
	return 0;
}

static ssize_t source_read(void *context, void *to, size_t n)
{
	(void)context;
	if (n > size - at)
		n = size - at;

	memcpy(to, bytes + at, n);
	at += n;
	return (ssize_t)n;
}

static const struct stream_sink sink = { sink_write, NULL };
static const struct stream_source source = { source_read, NULL };

static struct stream_reader reader;
static struct hospes_error err;

/* ---- a stream with each kind of record */

static int put(struct stream_writer *w, uint32_t type, const void *body, size_t n)
{
	const struct stream_piece piece = { body, n };

	return stream_write(w, type, &piece, 1);
}

static int put_domain(struct stream_writer *w)
{
	const uint64_t pages = 2;
	const struct stream_piece pieces[] = { { &pages, sizeof(pages) }, { XML, strlen(XML) } };

	return stream_write(w, STREAM_HOSPES_DOMAIN, pieces, 2);
}

/* Page 1 is a pinned L4 with content, page 0 is to be allocated only. */
static int put_pages(struct stream_writer *w)
{
	const uint64_t words[] = { 2, 0xeULL << 60, 0xcULL << 60 | 1 };
	static uint8_t page[STREAM_PAGE_SIZE];
	const struct stream_piece pieces[] = { { words, sizeof(words) }, { page, sizeof(page) } };

	memset(page, 0x5a, sizeof(page));
	return stream_write(w, STREAM_PAGE_DATA, pieces, 2);
}

static int put_machine(struct stream_writer *w)
{
	static const uint8_t info[8] = { 8, 4 };
	static const uint32_t frames[] = { 0, 1, 1, 0 };
	int rc = put(w, STREAM_PV_INFO, info, sizeof(info));

	if (rc == 0)
		rc = put(w, STREAM_STATIC_DATA_END, NULL, 0);
	if (rc == 0)
		rc = put_domain(w);
	return rc == 0 ? put(w, STREAM_PV_P2M_FRAMES, frames, sizeof(frames)) : rc;
}

static int put_state(struct stream_writer *w)
{
	static uint8_t basic[8 + sizeof(struct vcpu_guest_context)], shared[STREAM_PAGE_SIZE];
	static const uint8_t msrs[8];
	const struct stream_tsc tsc = { .khz = 2000000, .elapsed_ns = 17 };
	int rc = put(w, STREAM_TSC_INFO, &tsc, sizeof(tsc));

	if (rc == 0)
		rc = put(w, STREAM_SHARED_INFO, shared, sizeof(shared));
	if (rc == 0)
		rc = put(w, STREAM_PV_VCPU_BASIC, basic, sizeof(basic));
	if (rc == 0)
		rc = put(w, STREAM_PV_VCPU_MSRS, msrs, sizeof(msrs));
	/* One that is not known is no reason to stop. */
	return rc == 0 ? put(w, STREAM_OPTIONAL | 0x77, "hello", 5) : rc;
}

static int write_all(size_t limit)
{
	struct stream_writer w;
	int rc;

	size = at = 0;
	room = limit;
	rc = stream_writer_begin(&w, &sink, 4, 17);
	if (rc == 0)
		rc = put_machine(&w);
	if (rc == 0)
		rc = put_pages(&w);
	if (rc == 0)
		rc = put_state(&w);
	return rc == 0 ? stream_writer_end(&w) : rc;
}

static void setup(void)
{
	error_clear(&err);
	ck_assert_int_eq(write_all(sizeof(bytes)), 0);
}

static void teardown(void)
{
	stream_reader_end(&reader);
}

static int body_check(void)
{
	struct stream_pages pages;
	struct stream_frames frames;
	struct stream_vcpu vcpu;
	struct stream_tsc tsc;
	struct stream_about about;

	switch (reader.record.type) {
	case STREAM_PAGE_DATA:
		return stream_pages_read(&reader, &pages, &err);
	case STREAM_PV_INFO:
		return stream_info_check(&reader, &err);
	case STREAM_PV_P2M_FRAMES:
		return stream_frames_read(&reader, &frames, &err);
	case STREAM_TSC_INFO:
		return stream_tsc_read(&reader, &tsc, &err);
	case STREAM_PV_VCPU_BASIC:
	case STREAM_PV_VCPU_MSRS:
		return stream_vcpu_read(&reader, &vcpu, &err);
	case STREAM_HOSPES_DOMAIN:
		return stream_about_read(&reader, &about, &err);
	default:
		return 0;
	}
}

/* All of it; what the first refusal says. */
static int read_all(void)
{
	int rc;

	at = 0;
	stream_reader_end(&reader);
	error_clear(&err);
	rc = stream_reader_begin(&reader, &source, &err);
	while (rc >= 0 && (rc = stream_next(&reader, &err)) > 0) {
		rc = body_check();
		if (rc < 0)
			break;
	}

	return rc;
}

static void refused(int code, const char *words)
{
	ck_assert_int_eq(read_all(), code);
	ck_assert_msg(strstr(err.text, words) != NULL, "\"%s\" is not in: %s", words, err.text);
}

/* The next record is of that type. */
static void next_is(uint32_t type)
{
	ck_assert_msg(stream_next(&reader, &err) == 1, "%s", err.text);
	ck_assert_uint_eq(reader.record.type, type);
}

/* Takes @count bytes out, and puts those of @with in. */
static void splice(size_t from, size_t count, const void *with, size_t n)
{
	memmove(bytes + from + n, bytes + from + count, size - from - count);
	if (n > 0)
		memcpy(bytes + from, with, n);
	size = size - count + n;
}

/* Where the record of that type begins. */
static size_t find(uint32_t type)
{
	size_t from = AT_INFO;

	for (;;) {
		struct stream_record_header h;

		ck_assert_uint_le(from + sizeof(h), size);
		memcpy(&h, bytes + from, sizeof(h));
		if (h.type == type)
			return from;
		from += sizeof(h) + h.length + stream_padding(h.length);
	}
}

/* As another tool would have written it: with no checksums. */
static void drop_ours(void)
{
	splice(find(STREAM_HOSPES_CHECK), 16, NULL, 0);
	splice(find(STREAM_HOSPES_DOMAIN), 40, NULL, 0);
}

START_TEST(what_is_written_is_read)
{
	struct stream_about about;
	struct stream_frames frames;
	struct stream_pages pages;
	struct stream_vcpu vcpu;
	struct stream_tsc tsc;

	ck_assert_int_eq(stream_reader_begin(&reader, &source, &err), 0);
	ck_assert_uint_eq(reader.domain.major, 4);
	ck_assert_uint_eq(reader.domain.minor, 17);
	next_is(STREAM_PV_INFO);
	ck_assert_int_eq(stream_info_check(&reader, &err), 0);
	next_is(STREAM_STATIC_DATA_END);

	next_is(STREAM_HOSPES_DOMAIN);
	ck_assert_int_eq(stream_about_read(&reader, &about, &err), 0);
	ck_assert_uint_eq(about.pages, 2);
	ck_assert_int_eq(memcmp(about.xml, XML, about.length), 0);
	ck_assert_uint_eq(about.length, strlen(XML));

	next_is(STREAM_PV_P2M_FRAMES);
	ck_assert_int_eq(stream_frames_read(&reader, &frames, &err), 0);
	ck_assert_uint_eq(frames.entries, 2);
	ck_assert_uint_eq(frames.pfns[0], 1);

	next_is(STREAM_PAGE_DATA);
	ck_assert_int_eq(stream_pages_read(&reader, &pages, &err), 0);
	ck_assert_uint_eq(pages.count, 2);
	ck_assert(!stream_page_has_data(pages.words[0]));
	ck_assert_uint_eq(stream_page_level(pages.words[0]), 0);
	ck_assert_uint_eq(stream_page_level(pages.words[1]), 4);
	ck_assert_uint_eq(pages.data[0], 0x5a);

	next_is(STREAM_TSC_INFO);
	ck_assert_int_eq(stream_tsc_read(&reader, &tsc, &err), 0);
	ck_assert_uint_eq(tsc.elapsed_ns, 17);
	next_is(STREAM_SHARED_INFO);
	next_is(STREAM_PV_VCPU_BASIC);
	ck_assert_int_eq(stream_vcpu_read(&reader, &vcpu, &err), 0);
	ck_assert_uint_eq(vcpu.size, sizeof(struct vcpu_guest_context));
	next_is(STREAM_PV_VCPU_MSRS);
	next_is(STREAM_END);
	ck_assert_int_eq(stream_next(&reader, &err), 0);
}
END_TEST

START_TEST(each_end_that_is_too_early_is_refused)
{
	for (size_t whole = size; size > 0; size--) {
		if (size < whole)
			refused(-ENODATA, "ends early");
	}
}
END_TEST

/* In the padding it is refused as such, in the last header by its type; else the checksum tells. */
START_TEST(each_byte_that_is_damaged_is_refused)
{
	for (size_t i = 0; i < size; i++) {
		int rc;

		bytes[i] ^= 0x10;
		rc = read_all();
		ck_assert_msg(rc == -EBADMSG || rc == -ENODATA, "byte %zu: %d", i, rc);
		ck_assert_ptr_nonnull(strstr(err.text, "byte"));
		bytes[i] ^= 0x10;
	}

	ck_assert_int_eq(read_all(), 0);
}
END_TEST

START_TEST(what_is_no_stream_is_refused)
{
	memcpy(bytes, "<domain type='xen'>     ", 24);
	refused(-EBADMSG, "no saved domain");

	ck_assert_int_eq(write_all(sizeof(bytes)), 0);
	bytes[15] = 4;
	refused(-EBADMSG, "version 4");
	bytes[15] = 3;
	bytes[17] = 1;
	refused(-EBADMSG, "big-endian");
	bytes[17] = 0;
	bytes[24] = 2;
	refused(-EBADMSG, "no PV");
}
END_TEST

START_TEST(records_stand_in_order)
{
	static const uint8_t again[8 + 8] = { STREAM_PV_INFO, 0, 0, 0, 8, 0, 0, 0, 8, 4 };

	splice(AT_STATIC, 8, NULL, 0);
	refused(-EBADMSG, "record 3 (X86_PV_P2M_FRAMES, type 0x3) at byte 96: there is no "
			  "STATIC_DATA_END before it");

	/* Version 2 has none. */
	bytes[15] = 2;
	drop_ours();
	ck_assert_int_eq(read_all(), 0);

	splice(AT_INFO, 0, again, sizeof(again));
	refused(-EBADMSG, "record 2 (X86_PV_INFO, type 0x2) at byte 56: it comes a second time");

	ck_assert_int_eq(write_all(sizeof(bytes)), 0);
	splice(find(STREAM_SHARED_INFO), 8 + STREAM_PAGE_SIZE, NULL, 0);
	drop_ours();
	refused(-EBADMSG, "there is no SHARED_INFO before it");
}
END_TEST

/* A record of @type and @length behind the static data, instead of all others. */
static void only(uint32_t type, uint32_t length, const void *body, size_t n)
{
	const uint32_t header[] = { type, length };

	ck_assert_int_eq(write_all(sizeof(bytes)), 0);
	size = AT_DOMAIN;
	splice(size, 0, header, sizeof(header));
	splice(size, 0, body, n);
}

START_TEST(lengths_are_those_of_the_type)
{
	static const uint8_t body[64];

	only(0x22, 0, NULL, 0);
	refused(-EBADMSG, "(unknown, type 0x22) at byte 64: no PV domain has such a record");
	only(0x09, 8, body, 8);
	refused(-EBADMSG, "no PV domain has such a record");
	only(STREAM_OPTIONAL | 5, UINT32_MAX, body, 8);
	refused(-EBADMSG, "at most 1048576");
	only(STREAM_PAGE_DATA, UINT32_MAX, body, 8);
	refused(-EBADMSG, "4294967295 bytes");
	only(STREAM_TSC_INFO, 16, body, 16);
	refused(-EBADMSG, "16 bytes, where 24 to 24 can be");
	only(STREAM_CHECKPOINT, 0, NULL, 0);
	refused(-EBADMSG, "checkpoints");
}
END_TEST

START_TEST(a_p2m_is_bounded)
{
	static const uint32_t far[] = { 0, 1U << 27, 0, 0 };
	static const uint32_t late[] = { 1, 1, 0, 0 };
	static const uint32_t few[] = { 0, 512, 0, 0 };
	static const uint32_t alien[] = { 0, 1, 2, 0 };

	only(STREAM_PV_P2M_FRAMES, sizeof(far), far, sizeof(far));
	refused(-EBADMSG, "limit 0x8000000");
	only(STREAM_PV_P2M_FRAMES, sizeof(late), late, sizeof(late));
	refused(-EBADMSG, "begins with page 0x1");
	only(STREAM_PV_P2M_FRAMES, sizeof(few), few, sizeof(few));
	refused(-EBADMSG, "16 bytes, where a p2m of 513 pages makes 24");
	only(STREAM_PV_P2M_FRAMES, sizeof(alien), alien, sizeof(alien));
	refused(-EBADMSG, "part 0 of the p2m is page 0x2");
}
END_TEST

/* Changes the word at that index of the record of pages. */
static void pages_with(size_t index, uint64_t word, const char *words)
{
	ck_assert_int_eq(write_all(sizeof(bytes)), 0);
	memcpy(bytes + find(STREAM_PAGE_DATA) + 8 + index * 8, &word, sizeof(word));
	refused(-EBADMSG, words);
}

START_TEST(pages_fit_their_record)
{
	pages_with(0, 0, "0 pages");
	pages_with(0, 1025, "1025 pages");
	pages_with(0, 1024, "too short for the numbers of 1024 pages");
	pages_with(0, 1, "where 1 pages, 0 with content, make 16");
	pages_with(0, 2 | 1ULL << 32, "reserved field");
	pages_with(1, 5ULL << 60, "no type 5");
	pages_with(1, 8ULL << 60, "no type 8");
	pages_with(1, 1ULL << 52, "reserved bits");
	pages_with(1, 1ULL << 27, "limit");
	pages_with(1, 0, "where 2 pages, 2 with content, make 8216");
	pages_with(2, 0xfULL << 60, "where 2 pages, 0 with content, make 24");
}
END_TEST

START_TEST(a_32_bit_guest_is_refused)
{
	bytes[AT_INFO + 8] = 4;
	refused(-EBADMSG, "record 1 (X86_PV_INFO, type 0x2) at byte 40: a guest of 4-byte words");
}
END_TEST

/* Where no checksum tells. */
START_TEST(padding_is_zero)
{
	size_t hello;

	drop_ours();
	ck_assert_int_eq(read_all(), 0);
	hello = find(STREAM_OPTIONAL | 0x77);
	bytes[hello + 8 + 5] = 1;
	refused(-EBADMSG, "its padding is not zero");
}
END_TEST

START_TEST(ours_ends_with_a_checksum)
{
	splice(find(STREAM_HOSPES_CHECK), 16, NULL, 0);
	refused(-EBADMSG, "there is no checksum since byte 0");
}
END_TEST

START_TEST(nothing_follows_the_end)
{
	splice(size, 0, "x", 1);
	refused(-EBADMSG, "something follows the end");
}
END_TEST

START_TEST(a_full_sink_is_told)
{
	size_t whole = size;

	for (size_t limit = 0; limit < whole; limit += 7)
		ck_assert_int_eq(write_all(limit), -ENOSPC);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stream");
	TCase *t = tcase_create("stream");

	suite_add_tcase(suite, t);
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_is_written_is_read);
	tcase_add_test(t, each_end_that_is_too_early_is_refused);
	tcase_add_test(t, each_byte_that_is_damaged_is_refused);
	tcase_add_test(t, what_is_no_stream_is_refused);
	tcase_add_test(t, records_stand_in_order);
	tcase_add_test(t, lengths_are_those_of_the_type);
	tcase_add_test(t, a_p2m_is_bounded);
	tcase_add_test(t, pages_fit_their_record);
	tcase_add_test(t, a_32_bit_guest_is_refused);
	tcase_add_test(t, padding_is_zero);
	tcase_add_test(t, ours_ends_with_a_checksum);
	tcase_add_test(t, nothing_follows_the_end);
	tcase_add_test(t, a_full_sink_is_told);

	return suites_run(suite);
}
