/* SPDX-License-Identifier: MIT */
/* From a suspended domain to records. Pages are mapped some at a time. */
#include "save_stream.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <dom0-tools/access/domctl.h>
#include <dom0-tools/access/saved_state.h>
#include <dom0-tools/access/sysctl.h>
#include <dom0-tools/base/array.h>
#include <dom0-tools/base/progress.h>
#include <dom0-tools/stream/stream_body.h>
#include "saved_memory.h"

#define BATCH STREAM_PAGES_MAX

struct save {
	struct host *h;
	const struct save_request *request;
	struct stream_writer writer;
	struct saved_memory memory;
	struct vcpu_guest_context first; /* of the first virtual CPU */
	uint64_t pages;
	/* Of a record: */
	uint32_t count;
	uint64_t pfns[BATCH];
	xen_pfn_t mfns[BATCH];
	uint64_t words[BATCH];
	xen_pfn_t *types; /* a hypercall buffer */
	uint64_t (*tables)[TABLE_ENTRIES];
	struct stream_piece pieces[BATCH + 2];
};

/* A failure of the sink has told nothing yet. */
static int written(int rc, struct hospes_error *err)
{
	if (rc == 0)
		return 0;

	return error_set(err, rc, "cannot write what is saved: %s (%d)", strerror(-rc), rc);
}

static int record(struct save *s, uint32_t type, const void *body, size_t size,
		  struct hospes_error *err)
{
	const struct stream_piece piece = { body, size };

	return written(stream_write(&s->writer, type, &piece, 1), err);
}

/* ---- before the pages */

static int head_write(struct save *s, const struct stream_sink *sink, struct hospes_error *err)
{
	static const uint8_t info[8] = { sizeof(uint64_t), 4 };
	const uint64_t pages = s->memory.info.tot_pages;
	const struct stream_piece about[] = {
		{ &pages, sizeof(pages) },
		{ s->request->xml, s->request->xml_length },
	};
	struct host_version version;
	int rc = version_read(s->h->privcmd, &version, err);

	if (rc == 0)
		rc = written(stream_writer_begin(&s->writer, sink, version.major, version.minor),
			     err);
	if (rc == 0)
		rc = record(s, STREAM_PV_INFO, info, sizeof(info), err);
	if (rc == 0)
		rc = record(s, STREAM_STATIC_DATA_END, NULL, 0, err);
	if (rc == 0)
		rc = written(stream_write(&s->writer, STREAM_HOSPES_DOMAIN, about,
					  ARRAY_SIZE(about)),
			     err);
	return rc;
}

static int frames_write(struct save *s, struct hospes_error *err)
{
	struct frame_names names = saved_memory_names(&s->memory);
	const struct guest_p2m *p2m = &s->memory.p2m;
	size_t size = (p2m->count + 1) * sizeof(uint64_t);
	uint64_t *body = malloc(size);
	int rc = 0;

	if (body == NULL)
		return error_set(err, -ENOMEM, "no memory for a list of %zu pages", p2m->count);

	body[0] = (p2m->entries - 1) << 32;
	for (size_t i = 0; i < p2m->count && rc == 0; i++) {
		body[i + 1] = names.of(names.context, p2m->frames[i]);
		if (body[i + 1] == NAME_NONE)
			rc = error_set(err, -ENXIO,
				       "part %zu of the p2m of domain %u is in none of its pages",
				       i, s->request->domid);
	}

	if (rc == 0)
		rc = record(s, STREAM_PV_P2M_FRAMES, body, size, err);
	free(body);
	return rc;
}

/* ---- pages */

static bool is_zero(const void *page)
{
	const char *bytes = page;

	return bytes[0] == 0 && memcmp(bytes, bytes + 1, PAGE_SIZE - 1) == 0;
}

/* A copy of a page table, which names the guest's own pages. */
static int table_copy(struct save *s, uint32_t i, unsigned int level, const void *page,
		      struct hospes_error *err)
{
	struct frame_names names = saved_memory_names(&s->memory);
	size_t bad;

	memcpy(s->tables[i], page, PAGE_SIZE);
	if (names_in_table(&names, level, s->tables[i], &bad) == 0)
		return 0;

	return error_set(err, -ENXIO,
			 "domain %u maps what is not its own (page %#" PRIx64
			 ", a table of level %u, entry %zu: %#" PRIx64 "): it cannot be saved",
			 s->request->domid, s->pfns[i], level, bad, s->tables[i][bad]);
}

static int batch_fill(struct save *s, const char *data, size_t *pieces, struct hospes_error *err)
{
	for (uint32_t i = 0; i < s->count; i++) {
		const char *page = data + (size_t)i * PAGE_SIZE;
		uint64_t type = (uint32_t)s->types[i] >> XEN_DOMCTL_PFINFO_LTAB_SHIFT;
		unsigned int level;

		s->words[i] = type << STREAM_PAGE_TYPE_SHIFT | s->pfns[i];
		level = stream_page_level(s->words[i]);
		if (type == STREAM_PAGE_NORMAL && is_zero(page)) {
			s->words[i] |= (uint64_t)STREAM_PAGE_ALLOCATE << STREAM_PAGE_TYPE_SHIFT;
			continue;
		}

		if (level != 0) {
			int rc = table_copy(s, i, level, page, err);

			if (rc < 0)
				return rc;
			page = (const char *)s->tables[i];
		}

		s->pieces[(*pieces)++] = (struct stream_piece){ page, PAGE_SIZE };
	}

	return 0;
}

/* Takes out those that are none of the domain's. */
static void batch_sift(struct save *s)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < s->count; i++) {
		if ((uint32_t)s->types[i] >= XEN_DOMCTL_PFINFO_BROKEN)
			continue;

		s->types[kept] = s->types[i];
		s->pfns[kept] = s->pfns[i];
		s->mfns[kept] = s->mfns[i];
		kept++;
	}

	s->count = kept;
}

static int batch_record(struct save *s, const char *data, struct hospes_error *err)
{
	const uint64_t head = s->count;
	size_t pieces = 2;
	int rc = batch_fill(s, data, &pieces, err);

	if (rc < 0)
		return rc;

	s->pieces[0] = (struct stream_piece){ &head, sizeof(head) };
	s->pieces[1] = (struct stream_piece){ s->words, s->count * sizeof(s->words[0]) };
	return written(stream_write(&s->writer, STREAM_PAGE_DATA, s->pieces, pieces), err);
}

static int batch_write(struct save *s, struct hospes_error *err)
{
	domid_t domid = s->request->domid;
	void *data;
	int rc;

	memcpy(s->types, s->mfns, s->count * sizeof(s->mfns[0]));
	rc = page_types(s->h->privcmd, domid, s->types, s->count, err);
	if (rc < 0)
		return rc;

	batch_sift(s);
	if (s->count == 0)
		return 0;

	rc = privcmd_map(s->h->privcmd, domid, PROT_READ, s->mfns, NULL, s->count, &data);
	if (rc < 0)
		return error_set(err, rc, "cannot map %u pages of domain %u: %s (%d)", s->count,
				 domid, strerror(-rc), rc);

	rc = batch_record(s, data, err);
	privcmd_unmap(s->h->privcmd, data, s->count);
	s->pages += s->count;
	s->count = 0;
	return rc;
}

static int step(struct save *s, struct hospes_error *err)
{
	int rc = batch_write(s, err);

	if (rc < 0)
		return rc;
	if (s->request->interrupted != NULL && *s->request->interrupted != 0)
		return error_set(err, -EINTR, "interrupted by a signal: domain %u is not saved",
				 s->request->domid);

	progress_bytes(s->pages << PAGE_SHIFT, (uint64_t)s->memory.info.tot_pages << PAGE_SHIFT);
	return 0;
}

static int pages_write(struct save *s, struct hospes_error *err)
{
	for (uint64_t pfn = 0; pfn < s->memory.p2m.entries; pfn++) {
		if (s->memory.mfns[pfn] == NAME_NONE)
			continue;

		s->pfns[s->count] = pfn;
		s->mfns[s->count++] = s->memory.mfns[pfn];
		if (s->count == BATCH) {
			int rc = step(s, err);

			if (rc < 0)
				return rc;
		}
	}

	return s->count > 0 ? step(s, err) : 0;
}

/* ---- behind the pages */

static int time_write(struct save *s, struct hospes_error *err)
{
	struct xen_domctl_tsc_info tsc;
	struct stream_tsc body;
	int rc = tsc_get(s->h->privcmd, s->request->domid, &tsc, err);

	if (rc < 0)
		return rc;

	body = (struct stream_tsc){
		.mode = tsc.tsc_mode,
		.khz = tsc.gtsc_khz,
		.elapsed_ns = tsc.elapsed_nsec,
		.incarnation = tsc.incarnation,
	};
	return record(s, STREAM_TSC_INFO, &body, sizeof(body), err);
}

static int vcpu_record(struct save *s, uint32_t type, uint32_t vcpu, const void *state, size_t size,
		       struct hospes_error *err)
{
	const uint64_t head = vcpu;
	const struct stream_piece pieces[] = { { &head, sizeof(head) }, { state, size } };

	return written(stream_write(&s->writer, type, pieces, ARRAY_SIZE(pieces)), err);
}

static int states_write(struct save *s, uint32_t vcpu, struct hospes_error *err)
{
	static const struct {
		enum vcpu_state_kind kind;
		uint32_t type;
	} states[] = {
		{ VCPU_STATE_EXTENDED, STREAM_PV_VCPU_EXTENDED },
		{ VCPU_STATE_XSAVE, STREAM_PV_VCPU_XSAVE },
		{ VCPU_STATE_MSRS, STREAM_PV_VCPU_MSRS },
	};
	uint8_t *state = malloc(VCPU_STATE_MAX);
	int rc = 0;

	if (state == NULL)
		return error_set(err, -ENOMEM, "no memory for a virtual CPU's state");

	for (size_t i = 0; i < ARRAY_SIZE(states) && rc == 0; i++) {
		size_t size;

		rc = vcpu_state_get(s->h->privcmd, s->request->domid, vcpu, states[i].kind, state,
				    &size, err);
		if (rc == 0 && size > 0)
			rc = vcpu_record(s, states[i].type, vcpu, state, size, err);
	}

	free(state);
	return rc;
}

static int vcpu_write(struct save *s, uint32_t vcpu, struct hospes_error *err)
{
	struct frame_names names = saved_memory_names(&s->memory);
	struct vcpu_guest_context context;
	const char *what;
	int rc = domctl_get_vcpu_context(s->h->privcmd, s->request->domid, vcpu, &context, err);

	if (rc < 0)
		return rc;

	rc = names_in_context(&names, vcpu, true, &context, &what);
	if (rc < 0)
		return error_set(err, rc, "virtual CPU %u of domain %u: %s is in none of its pages",
				 vcpu, s->request->domid, what);

	rc = vcpu_record(s, STREAM_PV_VCPU_BASIC, vcpu, &context, sizeof(context), err);
	return rc == 0 ? states_write(s, vcpu, err) : rc;
}

/* Those that are down are brought up by the guest's kernel from its own memory. */
static int vcpus_write(struct save *s, struct hospes_error *err)
{
	int rc = 0;

	for (uint32_t i = 0; i <= s->memory.info.max_vcpu_id && rc == 0; i++) {
		struct vcpu_guest_context context;
		struct hospes_error why = { 0 };

		rc = domctl_get_vcpu_context(s->h->privcmd, s->request->domid, i, &context, &why);
		if (rc == -ENODATA || rc == -ESRCH || (rc == 0 && !(context.flags & VGCF_online)))
			rc = 0;
		else if (rc < 0)
			error_set(err, rc, "%s", why.text);
		else
			rc = vcpu_write(s, i, err);
	}

	return rc;
}

/* ---- */

static int all_write(struct save *s, const struct stream_sink *sink, struct hospes_error *err)
{
	int rc = domctl_get_vcpu_context(s->h->privcmd, s->request->domid, 0, &s->first, err);

	if (rc == 0)
		rc = saved_memory_read(&s->memory, s->h->privcmd, s->request->domid,
				       xen_cr3_to_pfn(s->first.ctrlreg[3]), err);
	if (rc == 0)
		rc = head_write(s, sink, err);
	if (rc == 0)
		rc = frames_write(s, err);
	if (rc == 0)
		rc = pages_write(s, err);
	if (rc == 0)
		rc = time_write(s, err);
	if (rc == 0)
		rc = record(s, STREAM_SHARED_INFO, s->memory.shared, PAGE_SIZE, err);
	if (rc == 0)
		rc = vcpus_write(s, err);
	if (rc == 0)
		rc = written(stream_writer_end(&s->writer), err);
	return rc;
}

int save_stream(struct host *h, const struct save_request *request, const struct stream_sink *sink,
		struct save_result *result, struct hospes_error *err)
{
	struct save *s = calloc(1, sizeof(*s));
	size_t types = BATCH * sizeof(s->types[0]);
	int rc;

	if (s == NULL)
		return error_set(err, -ENOMEM, "no memory to save a domain");

	s->h = h;
	s->request = request;
	s->types = privcmd_buffer(h->privcmd, types);
	s->tables = calloc(BATCH, sizeof(s->tables[0]));
	if (s->types == NULL || s->tables == NULL)
		rc = error_set(err, -ENOMEM, "no memory to save a domain");
	else
		rc = all_write(s, sink, err);

	*result = (struct save_result){ .pages = s->pages, .bytes = s->writer.offset };
	saved_memory_free(&s->memory);
	privcmd_buffer_free(h->privcmd, s->types, types);
	free(s->tables);
	free(s);
	return rc;
}
