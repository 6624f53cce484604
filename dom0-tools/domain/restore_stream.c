/* SPDX-License-Identifier: MIT */
/* From records to a domain: pages as they come, then tables, shared pages, pins, and vcpus. */
#include "restore_stream.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <dom0-tools/access/domctl.h>
#include <dom0-tools/access/hvcall.h>
#include <dom0-tools/access/saved_state.h>
#include <dom0-tools/base/progress.h>
#include <dom0-tools/builder/guest_build.h>

/* ---- up to the first page */

/* What is kept of it lives on with the memory that it has now. */
static int config_take(struct restore *r, struct domain_config *config, struct hospes_error *err)
{
	struct stream_about about;
	uint64_t kib;
	int rc = stream_about_read(&r->reader, &about, err);

	if (rc < 0)
		return rc;

	rc = config_parse(about.xml, about.length, "the saved configuration", config, err);
	if (rc < 0)
		return rc;

	r->pages = about.pages;
	kib = about.pages << (PAGE_SHIFT - 10);
	if (kib > config->memory_max_kib)
		rc = config_memory_max_write(config, kib, err);
	if (rc == 0 && kib != config->memory_kib)
		rc = config_memory_write(config, kib, err);
	return rc;
}

static int frames_take(struct restore *r, struct hospes_error *err)
{
	struct stream_frames frames;
	int rc = stream_frames_read(&r->reader, &frames, err);

	if (rc < 0)
		return rc;

	r->entries = frames.entries;
	r->part_count = frames.count;
	r->parts = malloc(frames.count * sizeof(*r->parts));
	if (r->parts == NULL)
		return error_set(err, -ENOMEM, "no memory for a list of %zu pages", frames.count);

	memcpy(r->parts, frames.pfns, frames.count * sizeof(*r->parts));
	return 0;
}

int restore_read_head(struct restore *r, const struct stream_source *source,
		      struct domain_config *config, struct hospes_error *err)
{
	int rc;

	*r = (struct restore){ .pages = 0 };
	*config = (struct domain_config){ .text = NULL };
	r->vcpus_end = &r->vcpus;
	rc = stream_reader_begin(&r->reader, source, err);
	while (rc >= 0 && r->parts == NULL) {
		rc = stream_next(&r->reader, err);
		if (rc <= 0)
			break;

		switch (r->reader.record.type) {
		case STREAM_PV_INFO:
			rc = stream_info_check(&r->reader, err);
			break;
		case STREAM_HOSPES_DOMAIN:
			rc = config_take(r, config, err);
			break;
		case STREAM_PV_P2M_FRAMES:
			rc = frames_take(r, err);
			break;
		default:
			break;
		}
	}

	if (rc >= 0 && r->pages == 0)
		return stream_refuse(
			&r->reader, err,
			"there is no HOSPES_DOMAIN before it: another tool has saved it");
	return rc < 0 ? rc : 0;
}

/* ---- pages and states, as they come */

static int pages_take(struct restore *r, struct hospes_error *err)
{
	struct stream_pages pages;
	int rc = stream_pages_read(&r->reader, &pages, err);

	if (rc == 0)
		rc = restored_pages_load(&r->memory, &r->reader, &pages, err);
	progress_bytes(r->memory.pages << PAGE_SHIFT, r->pages << PAGE_SHIFT);
	return rc;
}

static int vcpu_take(struct restore *r, struct hospes_error *err)
{
	struct restored_vcpu *kept;
	struct stream_vcpu vcpu;
	int rc = stream_vcpu_read(&r->reader, &vcpu, err);

	if (rc < 0)
		return rc;
	if (vcpu.id >= CONFIG_VCPUS_MAX)
		return stream_refuse(&r->reader, err, "virtual CPU %u, limit %u", vcpu.id,
				     CONFIG_VCPUS_MAX);

	for (const struct restored_vcpu *v = r->vcpus; v != NULL; v = v->next) {
		if (v->id == vcpu.id && v->type == r->reader.record.type)
			return stream_refuse(&r->reader, err, "virtual CPU %u comes a second time",
					     vcpu.id);
	}

	kept = malloc(sizeof(*kept) + vcpu.size);
	if (kept == NULL)
		return error_set(err, -ENOMEM, "no memory for a virtual CPU's state");

	*kept = (struct restored_vcpu){ .type = r->reader.record.type, .id = vcpu.id };
	kept->size = vcpu.size;
	memcpy(kept->state, vcpu.state, vcpu.size);
	*r->vcpus_end = kept;
	r->vcpus_end = &kept->next;
	return 0;
}

static int shared_take(struct restore *r, struct hospes_error *err)
{
	r->shared = malloc(PAGE_SIZE);
	if (r->shared == NULL)
		return error_set(err, -ENOMEM, "no memory for a page");

	memcpy(r->shared, r->reader.record.body, PAGE_SIZE);
	return 0;
}

static int tsc_take(struct restore *r, struct hospes_error *err)
{
	struct xen_domctl_tsc_info info;
	struct stream_tsc tsc;
	int rc = stream_tsc_read(&r->reader, &tsc, err);

	if (rc < 0)
		return rc;

	info = (struct xen_domctl_tsc_info){
		.tsc_mode = tsc.mode,
		.gtsc_khz = tsc.khz,
		.incarnation = tsc.incarnation,
		.elapsed_nsec = tsc.elapsed_ns,
	};
	return tsc_set(r->memory.privcmd, r->memory.domid, &info, err);
}

static int record_take(struct restore *r, struct hospes_error *err)
{
	switch (r->reader.record.type) {
	case STREAM_PAGE_DATA:
		return pages_take(r, err);
	case STREAM_PV_VCPU_BASIC:
	case STREAM_PV_VCPU_EXTENDED:
	case STREAM_PV_VCPU_XSAVE:
	case STREAM_PV_VCPU_MSRS:
		return vcpu_take(r, err);
	case STREAM_SHARED_INFO:
		return shared_take(r, err);
	case STREAM_TSC_INFO:
		return tsc_take(r, err);
	default:
		return 0;
	}
}

static int records_take(struct restore *r, struct hospes_error *err)
{
	int rc;

	while ((rc = stream_next(&r->reader, err)) > 0) {
		rc = record_take(r, err);
		if (rc < 0)
			return rc;
	}

	return rc;
}

/* ---- the pages that the hypervisor and dom0 share with it */

static int page_map(struct restore *r, xen_pfn_t frame, const char *what, void **at,
		    struct hospes_error *err)
{
	domid_t domid = r->memory.domid;
	int rc = privcmd_map(r->memory.privcmd, domid, PROT_READ | PROT_WRITE, &frame, NULL, 1, at);

	if (rc < 0)
		return error_set(err, rc, "cannot map %s of d%u: %s (%d)", what, domid,
				 strerror(-rc), rc);

	return 0;
}

/* Its ports are gone: none is pending, and all are masked. */
static int shared_write(struct restore *r, xen_pfn_t frame, struct hospes_error *err)
{
	const struct shared_info *from = r->shared;
	struct shared_info *to;
	void *at;
	int rc = page_map(r, frame, "the shared page", &at, err);

	if (rc < 0)
		return rc;

	to = at;
	memset(to, 0, PAGE_SIZE);
	memcpy(to->vcpu_info, from->vcpu_info, sizeof(to->vcpu_info));
	to->arch = from->arch;
	/* Frames of another life, which the guest sets anew. */
	to->arch.pfn_to_mfn_frame_list_list = 0;
	to->arch.p2m_cr3 = 0;
	memset(to->evtchn_mask, 0xff, sizeof(to->evtchn_mask));
	for (size_t i = 0; i < XEN_LEGACY_MAX_VCPUS; i++)
		to->vcpu_info[i].evtchn_pending_sel = 0;

	privcmd_unmap(r->memory.privcmd, at, 1);
	return 0;
}

/* The guest goes on with the numbers that it had. */
static int port_make(struct restore *r, uint32_t wanted, struct hospes_error *err)
{
	int port = event_alloc_unbound(r->memory.privcmd, r->memory.domid, 0, err);

	if (port < 0)
		return port;
	if ((uint32_t)port != wanted)
		return error_set(err, -EOPNOTSUPP,
				 "the guest's event channel was %u, and would be %d now", wanted,
				 port);

	return 0;
}

static int ports_make(struct restore *r, uint32_t store, uint32_t console, struct hospes_error *err)
{
	int rc = port_make(r, store < console ? store : console, err);

	if (rc < 0)
		return rc;

	return port_make(r, store < console ? console : store, err);
}

/* While it is suspended its start_info names pages; and tells those whom it finds in the new place.
 */
static int start_write(struct restore *r, xen_pfn_t shared, struct node_rings *rings,
		       struct hospes_error *err)
{
	struct frame_names names = restored_memory_names(&r->memory);
	uint64_t frame = names.of(names.context, r->start_info);
	struct start_info *start;
	void *at;
	int rc;

	if (frame == NAME_NONE)
		return error_set(err, -EBADMSG,
				 "start_info is page %#" PRIx64 ", which does not come",
				 r->start_info);

	rc = page_map(r, frame, "the first page", &at, err);
	if (rc < 0)
		return rc;

	start = at;
	rings->store_mfn = names.of(names.context, start->store_mfn);
	rings->console_mfn = names.of(names.context, start->console.domU.mfn);
	rings->store_port = start->store_evtchn;
	rings->console_port = start->console.domU.evtchn;

	start->nr_pages = r->memory.entries;
	start->shared_info = shared << PAGE_SHIFT;
	start->flags = 0;
	start->store_mfn = rings->store_mfn;
	start->console.domU.mfn = rings->console_mfn;
	privcmd_unmap(r->memory.privcmd, at, 1);

	if (rings->store_mfn == NAME_NONE || rings->console_mfn == NAME_NONE)
		return error_set(err, -EBADMSG, "a ring of its start_info is in none of its pages");

	return ports_make(r, rings->store_port, rings->console_port, err);
}

static int shared_pages_write(struct restore *r, struct node_rings *rings, struct hospes_error *err)
{
	struct xen_domctl_getdomaininfo info;
	int rc = domctl_info(r->memory.privcmd, r->memory.domid, &info, err);

	if (rc == 0)
		rc = shared_write(r, info.shared_info_frame, err);
	if (rc == 0)
		rc = start_write(r, info.shared_info_frame, rings, err);
	if (rc < 0)
		return rc;

	return start_grants(r->memory.privcmd, r->memory.domid, rings->store_mfn,
			    rings->console_mfn, err);
}

/* ---- virtual CPUs */

static int context_set(struct restore *r, const struct restored_vcpu *v, struct hospes_error *err)
{
	struct frame_names names = restored_memory_names(&r->memory);
	struct vcpu_guest_context context;
	const char *what;
	int rc;

	memcpy(&context, v->state, sizeof(context));
	rc = names_in_context(&names, v->id, false, &context, &what);
	if (rc < 0)
		return error_set(err, -EBADMSG, "virtual CPU %u: %s is in none of its pages", v->id,
				 what);

	return domctl_set_vcpu_context(r->memory.privcmd, r->memory.domid, v->id, &context, err);
}

static int vcpu_set(struct restore *r, const struct restored_vcpu *v, struct hospes_error *err)
{
	enum vcpu_state_kind kind = VCPU_STATE_EXTENDED;

	if (v->type == STREAM_PV_VCPU_BASIC)
		return context_set(r, v, err);
	if (v->size == 0)
		return 0;

	if (v->type == STREAM_PV_VCPU_XSAVE)
		kind = VCPU_STATE_XSAVE;
	if (v->type == STREAM_PV_VCPU_MSRS)
		kind = VCPU_STATE_MSRS;
	return vcpu_state_set(r->memory.privcmd, r->memory.domid, v->id, kind, v->state, v->size,
			      err);
}

/* Its first page is known from the register that its last call had it in. */
static int start_find(struct restore *r, struct hospes_error *err)
{
	struct vcpu_guest_context context;

	for (const struct restored_vcpu *v = r->vcpus; v != NULL; v = v->next) {
		if (v->id != 0 || v->type != STREAM_PV_VCPU_BASIC)
			continue;

		memcpy(&context, v->state, sizeof(context));
		r->start_info = context.user_regs.rdx;
		return 0;
	}

	return error_set(err, -EBADMSG, "the first virtual CPU does not come");
}

/* A context before what it has no room for, which it would undo. */
static int vcpus_set(struct restore *r, struct hospes_error *err)
{
	for (int contexts = 1; contexts >= 0; contexts--) {
		for (const struct restored_vcpu *v = r->vcpus; v != NULL; v = v->next) {
			int rc;

			if ((v->type == STREAM_PV_VCPU_BASIC) != (contexts != 0))
				continue;

			rc = vcpu_set(r, v, err);
			if (rc < 0)
				return error_prefix(err, "virtual CPU %u", v->id);
		}
	}

	return 0;
}

/* ---- */

int restore_fill(struct restore *r, struct privcmd *p, domid_t domid, struct node_rings *rings,
		 struct hospes_error *err)
{
	struct restored_memory *m = &r->memory;
	int rc = restored_memory_begin(m, p, domid, r->entries, r->pages, err);

	if (rc == 0)
		rc = records_take(r, err);
	if (rc == 0)
		rc = start_find(r, err);
	if (rc == 0)
		rc = restored_tables_name(m, err);
	if (rc == 0)
		rc = restored_p2m_write(m, r->parts, r->part_count, err);
	if (rc == 0)
		rc = shared_pages_write(r, rings, err);
	if (rc == 0)
		rc = restored_tables_pin(m, err);
	if (rc == 0)
		rc = vcpus_set(r, err);

	restored_memory_end(m);
	return rc;
}

void restore_free(struct restore *r)
{
	while (r->vcpus != NULL) {
		struct restored_vcpu *next = r->vcpus->next;

		free(r->vcpus);
		r->vcpus = next;
	}

	stream_reader_end(&r->reader);
	free(r->parts);
	free(r->shared);
}
