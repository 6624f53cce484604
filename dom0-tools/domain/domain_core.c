/* SPDX-License-Identifier: MIT */
/*
 * From a domain to its core. Pages are mapped some at a time; what is not there, or not the
 * domain's, is left out. What the guest's tables say is not believed: each frame is written once.
 */
#include "domain_core.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <dom0-tools/access/domctl.h>
#include <dom0-tools/access/memory.h>
#include <dom0-tools/base/part_file.h>
#include <dom0-tools/base/progress.h>
#include "core_file.h"
#include "guest_p2m.h"
#include "guest_walk.h"
#include "standstill.h"

/* Pages that are mapped at a time: 1 MiB. */
#define BATCH 256
/* Frames of the p2m that are mapped at a time: they tell of 64 MiB. */
#define P2M_BATCH 32

struct core {
	struct host *h;
	const struct core_options *options;
	struct xen_domctl_getdomaininfo info;
	struct host_version version;
	struct vcpu_guest_context *vcpus; /* vcpu_count of them */
	uint32_t vcpu_count;
	void *shared; /* a copy of the page */
	struct guest_p2m p2m;
	uint32_t *index; /* by mfn: 1 + which of the file's pages it is; 0: none */
	uint64_t frames; /* of the machine */
	struct core_file file;
	size_t count; /* pages that are still to be mapped */
	struct core_page batch[BATCH];
};

/* ---- what is known before the pages */

static int vcpus_read(struct core *c, struct hospes_error *err)
{
	uint32_t max = c->info.max_vcpu_id + 1;

	c->vcpus = calloc(max, sizeof(*c->vcpus));
	if (c->vcpus == NULL)
		return error_set(err, -ENOMEM, "no memory for the registers of domain %u",
				 c->info.domain);

	for (uint32_t i = 0; i < max; i++) {
		struct hospes_error why = { 0 };
		int rc = domctl_get_vcpu_context(c->h->privcmd, c->info.domain, i,
						 &c->vcpus[c->vcpu_count], &why);

		/* The guest has not started it, or there is a gap in their numbers. */
		if (rc == -ENODATA || rc == -ESRCH)
			continue;
		if (rc < 0)
			return error_set(err, rc, "%s", why.text);

		c->vcpu_count++;
	}

	if (c->vcpu_count == 0)
		return error_set(err, -ENODATA, "domain %u has not begun yet", c->info.domain);

	return 0;
}

static int shared_read(struct core *c, struct hospes_error *err)
{
	xen_pfn_t frame = c->info.shared_info_frame;
	void *page;
	int rc;

	c->shared = malloc(PAGE_SIZE);
	if (c->shared == NULL)
		return error_set(err, -ENOMEM, "no memory for a page");

	rc = privcmd_map(c->h->privcmd, c->info.domain, PROT_READ, &frame, NULL, 1, &page);
	if (rc < 0)
		return error_set(err, rc, "cannot map the shared page of domain %u: %s (%d)",
				 c->info.domain, strerror(-rc), rc);

	memcpy(c->shared, page, PAGE_SIZE);
	privcmd_unmap(c->h->privcmd, page, 1);
	return 0;
}

/* Address space for all frames of the machine, and memory only for those of the domain. */
static int index_make(struct core *c, struct hospes_error *err)
{
	int rc = memory_last_frame(c->h->privcmd, &c->frames, err);
	void *at;

	if (rc < 0)
		return rc;

	c->frames++;
	at = mmap(NULL, c->frames * sizeof(*c->index), PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (at == MAP_FAILED)
		return error_set(err, -errno, "no memory to keep track of %" PRIu64 " frames: %s",
				 c->frames, strerror(errno));

	c->index = at;
	return 0;
}

static uint64_t root_of(const struct core *c)
{
	return xen_cr3_to_pfn(c->vcpus[0].ctrlreg[3]);
}

static int about_read(struct core *c, struct hospes_error *err)
{
	struct guest_view view = {
		.privcmd = c->h->privcmd,
		.info = &c->info,
	};
	int rc = version_read(c->h->privcmd, &c->version, err);

	if (rc == 0)
		rc = vcpus_read(c, err);
	if (rc == 0)
		rc = shared_read(c, err);
	if (rc == 0)
		rc = index_make(c, err);
	if (rc < 0)
		return rc;

	view.shared = c->shared;
	view.root = root_of(c);
	return p2m_find(&view, &c->p2m, err);
}

static int file_begin(struct core *c, int fd)
{
	struct core_about about = {
		.version = &c->version,
		.vcpus = c->vcpus,
		.vcpu_count = c->vcpu_count,
		.shared = c->shared,
		.pages_max = c->info.tot_pages,
	};

	return core_file_begin(&c->file, fd, &about);
}

/* ---- its pages */

static bool is_interrupted(const struct core *c)
{
	return c->options->interrupted != NULL && *c->options->interrupted != 0;
}

/* Those that stand together, from @first of the batch on. What a domain that runs has got since
 * then finds no room, and is left out. */
static int run_write(struct core *c, const char *data, size_t first, size_t count)
{
	uint64_t index = c->file.pages, room = c->info.tot_pages - index;
	int rc;

	if (count > room)
		count = (size_t)room;

	rc = core_file_pages(&c->file, c->batch + first, data + first * PAGE_SIZE, count);
	for (size_t i = 0; i < count && rc == 0; i++)
		c->index[c->batch[first + i].mfn] = (uint32_t)(index + i + 1);

	return rc;
}

static int batch_write(struct core *c, const char *data, const int errs[BATCH])
{
	size_t first = 0;
	int rc = 0;

	while (first < c->count && rc == 0) {
		size_t n = 0;

		while (first + n < c->count && errs[first + n] == 0)
			n++;
		if (n > 0)
			rc = run_write(c, data, first, n);
		first += n + 1;
	}

	return rc;
}

static int batch_flush(struct core *c)
{
	xen_pfn_t frames[BATCH];
	int errs[BATCH], rc;
	void *data;

	if (is_interrupted(c))
		return -EINTR;
	if (c->count == 0)
		return 0;

	for (size_t i = 0; i < c->count; i++)
		frames[i] = c->batch[i].mfn;

	/* None of them is there. */
	rc = 0;
	if (privcmd_map(c->h->privcmd, c->info.domain, PROT_READ, frames, errs, c->count, &data) ==
	    0) {
		rc = batch_write(c, data, errs);
		privcmd_unmap(c->h->privcmd, data, c->count);
	}

	c->count = 0;
	return rc;
}

/* Marks it as seen at once: the same frame may come again in this batch. */
#define INDEX_SEEN UINT32_MAX

static int page_add(struct core *c, uint64_t pfn, uint64_t mfn)
{
	if ((mfn & P2M_MARKS) != 0 || mfn >= c->frames || c->index[mfn] != 0)
		return 0;

	c->index[mfn] = INDEX_SEEN;
	c->batch[c->count++] = (struct core_page){ pfn, mfn };
	return c->count == BATCH ? batch_flush(c) : 0;
}

/* What a frame of the p2m says, the first of which is about @pfn. Read once: the guest may run. */
static int entries_add(struct core *c, const uint64_t *entries, uint64_t pfn)
{
	int rc = 0;

	for (size_t i = 0; i < P2M_ENTRIES && pfn + i < c->p2m.entries && rc == 0; i++)
		rc = page_add(c, pfn + i, *(const volatile uint64_t *)&entries[i]);

	return rc;
}

/* Some frames of the p2m; those that cannot be mapped tell of nothing. */
static int p2m_add(struct core *c, size_t first, size_t count)
{
	int errs[P2M_BATCH], rc = 0;
	void *data;

	if (privcmd_map(c->h->privcmd, c->info.domain, PROT_READ, c->p2m.frames + first, errs,
			count, &data) < 0)
		return 0;

	for (size_t i = 0; i < count && rc == 0; i++) {
		const char *page = (const char *)data + i * PAGE_SIZE;

		if (errs[i] == 0 && c->p2m.frames[first + i] != 0)
			rc = entries_add(c, (const uint64_t *)page, (first + i) * P2M_ENTRIES);
	}

	privcmd_unmap(c->h->privcmd, data, count);
	return rc;
}

static bool is_given_up(const struct core *c)
{
	return c->options->give_up != NULL && c->options->give_up(c->options->context);
}

/* Where there are frames of the p2m, which a guest that lies about its size has by the million: it
 * has no more of them than pages. */
static int pages_write(struct core *c)
{
	uint64_t looks = p2m_tables_max(&c->info);
	size_t at = 0;
	int rc = 0;

	while (at < c->p2m.count && looks > 0 && rc == 0) {
		size_t left = c->p2m.count - at, n = left < P2M_BATCH ? left : P2M_BATCH;

		if (c->p2m.frames[at] == 0) {
			at++;
			continue;
		}

		rc = p2m_add(c, at, n);
		at += n;
		looks--;
		if (rc == 0 && is_given_up(c))
			rc = -ECANCELED;

		progress_bytes(c->file.pages << PAGE_SHIFT, c->info.tot_pages << PAGE_SHIFT);
	}

	return rc == 0 ? batch_flush(c) : rc;
}

/* ---- where they lie, for gdb */

static int page_map(void *context, uint64_t address, uint64_t mfn)
{
	struct core *c = context;
	uint32_t index = mfn < c->frames ? c->index[mfn] : 0;

	if (index == 0 || index == INDEX_SEEN)
		return 0;

	return core_file_map(&c->file, address, index - 1);
}

static int addresses_write(struct core *c)
{
	struct guest_walk w = {
		.privcmd = c->h->privcmd,
		.domid = c->info.domain,
		.to = WALK_END,
		.tables_left = p2m_tables_max(&c->info),
		.page = page_map,
		.context = c,
	};
	int rc = guest_walk(&w, root_of(c));

	if (w.tables_left == 0)
		c->file.pieces_lost = true;
	return rc;
}

/* ---- the file as a whole */

static int content_write(struct core *c, int fd, const char *path, struct hospes_error *err)
{
	int rc = file_begin(c, fd);

	if (rc == 0)
		rc = pages_write(c);
	if (rc == 0)
		rc = addresses_write(c);
	if (rc == 0)
		rc = core_file_end(&c->file);
	if (rc == 0 && fsync(fd) < 0)
		rc = -errno;

	if (rc == -EINTR)
		return error_set(err, rc, "interrupted by a signal: %s was not written", path);
	if (rc < 0)
		return error_set(err, rc, "cannot write %s: %s (%d)", path, strerror(-rc), rc);

	return 0;
}

/* The domain stands still for all of it, or for none. */
static int core_write(struct core *c, int fd, const char *path, struct hospes_error *err)
{
	struct standstill still = { .keeper = 0 };
	int rc = 0, end;

	if (!c->options->live)
		rc = standstill_begin(c->h, c->info.domain, &still, err);
	if (rc == 0)
		rc = domctl_info(c->h->privcmd, c->info.domain, &c->info, err);
	if (rc == 0)
		rc = about_read(c, err);
	if (rc == 0)
		rc = content_write(c, fd, path, err);

	end = standstill_end(c->h, &still, rc == 0 ? err : NULL);
	return rc < 0 ? rc : end;
}

static void core_free(struct core *c)
{
	core_file_free(&c->file);
	p2m_free(&c->p2m);
	if (c->index != NULL)
		munmap(c->index, c->frames * sizeof(*c->index));
	free(c->shared);
	free(c->vcpus);
	free(c);
}

static int core_make(struct core *c, const char *path, struct hospes_error *err)
{
	struct part_file file;
	int rc = part_file_begin(&file, path, err);

	if (rc < 0)
		return rc;

	rc = core_write(c, file.fd, path, err);
	if (rc == 0)
		rc = part_file_name(&file, err);

	part_file_end(&file);
	return rc;
}

int domain_core(struct host *h, domid_t domid, const char *path, const struct core_options *options,
		struct core_result *result, struct hospes_error *err)
{
	struct core *c = calloc(1, sizeof(*c));
	int rc;

	if (c == NULL)
		return error_set(err, -ENOMEM, "no memory to write a core");

	c->h = h;
	c->options = options;
	rc = domctl_info(h->privcmd, domid, &c->info, err);
	if (rc == 0 && domid == 0)
		rc = error_set(err, -EINVAL, "domain 0 is this one: it cannot write its own core");
	if (rc == 0 && (c->info.flags & XEN_DOMINF_dying) != 0)
		rc = error_set(err, -ESHUTDOWN, "domain %u is being destroyed", domid);
	if (rc == 0)
		rc = core_make(c, path, err);

	*result = (struct core_result){ .pages = c->file.pages, .cut = c->file.pieces_lost };
	core_free(c);
	return rc;
}
