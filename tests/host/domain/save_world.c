/* SPDX-License-Identifier: MIT */
/* The calls that saving and restoring make of the hypervisor. */
#include "save_world.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <dom0-tools/access/domctl.h>
#include <dom0-tools/access/hvcall.h>
#include <dom0-tools/access/memory.h>
#include <dom0-tools/access/saved_state.h>
#include <dom0-tools/access/sysctl.h>
#include <dom0-tools/builder/guest_build.h>

uint64_t memory[FRAMES][WORDS];
struct vcpu_guest_context context, given;
uint64_t state_given;
unsigned int made, mapped, pins, ports, grants;
uint64_t pinned[4];

bool owns(domid_t domid, uint64_t mfn)
{
	if (domid == OLD)
		return mfn == SHARED_OLD || (mfn <= OLD_FRAME(0) && mfn > OLD_FRAME(HOLE));

	return mfn == SHARED_NEW || (mfn >= FIRST_NEW && mfn < FIRST_NEW + made);
}

/* Frames that lie one behind the other here need not there: what is mapped is a copy, and goes back
 * when it is unmapped. */
static struct {
	uint64_t *copy;
	xen_pfn_t frames[1024];
	bool writes;
} mapping[4];

int privcmd_map(struct privcmd *p, domid_t dom, int prot, const xen_pfn_t *frames, int *errs,
		size_t count, void **addr)
{
	size_t m = 0;

	(void)p;
	while (mapping[m].copy != NULL)
		m++;

	ck_assert_uint_lt(m, 4);
	for (size_t i = 0; i < count; i++) {
		bool there = owns(dom, frames[i]);

		if (!there && errs == NULL)
			return -EINVAL;
		if (errs != NULL)
			errs[i] = there ? 0 : -EINVAL;
	}

	mapping[m].copy = calloc(count, PAGE_SIZE);
	mapping[m].writes = (prot & PROT_WRITE) != 0;
	for (size_t i = 0; i < count; i++) {
		mapping[m].frames[i] = frames[i];
		if (owns(dom, frames[i]))
			memcpy(mapping[m].copy + i * WORDS, memory[frames[i]], PAGE_SIZE);
	}

	*addr = mapping[m].copy;
	mapped++;
	return 0;
}

void privcmd_unmap(struct privcmd *p, void *addr, size_t count)
{
	size_t m = 0;

	(void)p;
	while (mapping[m].copy != addr)
		m++;

	for (size_t i = 0; i < count && mapping[m].writes; i++)
		memcpy(memory[mapping[m].frames[i]], mapping[m].copy + i * WORDS, PAGE_SIZE);

	free(mapping[m].copy);
	mapping[m].copy = NULL;
	mapped--;
}

void *privcmd_buffer(struct privcmd *p, size_t n)
{
	(void)p;
	return calloc(1, n);
}

void privcmd_buffer_free(struct privcmd *p, void *buffer, size_t n)
{
	(void)p, (void)n;
	free(buffer);
}

int domctl_info(struct privcmd *p, domid_t domid, struct xen_domctl_getdomaininfo *info,
		struct hospes_error *e)
{
	(void)p, (void)e;
	memset(info, 0, sizeof(*info));
	info->domain = domid;
	info->tot_pages = TOLD;
	info->max_pages = PAGES;
	info->max_vcpu_id = 1;
	info->shared_info_frame = domid == OLD ? SHARED_OLD : SHARED_NEW;
	return 0;
}

int domctl_get_vcpu_context(struct privcmd *p, domid_t domid, uint32_t vcpu,
			    struct vcpu_guest_context *c, struct hospes_error *e)
{
	(void)p, (void)domid;
	if (vcpu != 0)
		return error_set(e, -ENODATA, "it has not begun");

	*c = context;
	return 0;
}

int domctl_set_vcpu_context(struct privcmd *p, domid_t domid, uint32_t vcpu,
			    const struct vcpu_guest_context *c, struct hospes_error *e)
{
	(void)p, (void)domid, (void)vcpu, (void)e;
	given = *c;
	state_given = 0; /* as a context does */
	return 0;
}

int page_types(struct privcmd *p, domid_t domid, xen_pfn_t *frames, size_t count,
	       struct hospes_error *e)
{
	(void)p, (void)e;
	for (size_t i = 0; i < count; i++) {
		uint64_t pfn = OLD_FRAME(0) - frames[i];

		if (!owns(domid, frames[i]))
			frames[i] = XEN_DOMCTL_PFINFO_XTAB;
		else if (pfn == L4 || pfn == USER_L4)
			frames[i] = XEN_DOMCTL_PFINFO_L4TAB | XEN_DOMCTL_PFINFO_LPINTAB;
		else if (pfn >= L3 && pfn <= L1)
			frames[i] = (uint64_t)(L1 + 1 - pfn) << XEN_DOMCTL_PFINFO_LTAB_SHIFT;
		else
			frames[i] = XEN_DOMCTL_PFINFO_NOTAB;
	}

	return 0;
}

int memory_last_frame(struct privcmd *p, uint64_t *mfn, struct hospes_error *e)
{
	(void)p, (void)e;
	*mfn = FRAMES - 1;
	return 0;
}

long memory_populate(struct privcmd *p, domid_t domid, unsigned int order, xen_pfn_t *frames,
		     unsigned long count, struct hospes_error *e)
{
	(void)p, (void)e;
	ck_assert_uint_eq(domid, NEW);
	ck_assert_uint_eq(order, 0);
	for (unsigned long i = 0; i < count; i++) {
		ck_assert_uint_lt(FIRST_NEW + made, SHARED_OLD);
		frames[i] = FIRST_NEW + made++;
	}

	return (long)count;
}

/* A mapping that can be written keeps a frame from being a page table. */
int memory_pin(struct privcmd *p, domid_t domid, unsigned int level, xen_pfn_t mfn,
	       struct hospes_error *e)
{
	(void)p, (void)domid, (void)e;
	ck_assert_uint_eq(level, 4);
	ck_assert_uint_eq(mapped, 0);
	pinned[pins++] = mfn;
	return 0;
}

int tsc_get(struct privcmd *p, domid_t domid, struct xen_domctl_tsc_info *tsc,
	    struct hospes_error *e)
{
	(void)p, (void)domid, (void)e;
	*tsc = (struct xen_domctl_tsc_info){ .gtsc_khz = 1000 };
	return 0;
}

int tsc_set(struct privcmd *p, domid_t domid, const struct xen_domctl_tsc_info *tsc,
	    struct hospes_error *e)
{
	(void)p, (void)domid, (void)e;
	ck_assert_uint_eq(tsc->gtsc_khz, 1000);
	return 0;
}

int vcpu_state_get(struct privcmd *p, domid_t domid, uint32_t vcpu, enum vcpu_state_kind kind,
		   void *to, size_t *n, struct hospes_error *e)
{
	const uint64_t state = 0x1234;

	(void)p, (void)domid, (void)vcpu, (void)e;
	*n = kind == VCPU_STATE_XSAVE ? sizeof(state) : 0;
	memcpy(to, &state, *n);
	return 0;
}

int vcpu_state_set(struct privcmd *p, domid_t domid, uint32_t vcpu, enum vcpu_state_kind kind,
		   const void *from, size_t n, struct hospes_error *e)
{
	(void)p, (void)domid, (void)vcpu, (void)e;
	ck_assert_int_eq(kind, VCPU_STATE_XSAVE);
	ck_assert_uint_eq(n, sizeof(state_given));
	memcpy(&state_given, from, n);
	return 0;
}

int version_read(struct privcmd *p, struct host_version *version, struct hospes_error *e)
{
	(void)p, (void)e;
	*version = (struct host_version){ .major = 4, .minor = 17 };
	return 0;
}

int event_alloc_unbound(struct privcmd *p, domid_t domid, domid_t remote, struct hospes_error *e)
{
	(void)p, (void)domid, (void)remote, (void)e;
	return (int)++ports;
}

int start_grants(struct privcmd *p, domid_t domid, xen_pfn_t store_mfn, xen_pfn_t console_mfn,
		 struct hospes_error *e)
{
	(void)p, (void)domid, (void)e;
	ck_assert(store_mfn != console_mfn);
	grants++;
	return 0;
}
