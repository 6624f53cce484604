/* SPDX-License-Identifier: MIT */
/* The table of records, with the least and the most bytes that the body of each has. */
#include "stream_format.h"

#include <pvabi/domctl.h>
#include <pvabi/xen.h>
#include <dom0-tools/base/array.h>

#define WORD sizeof(uint64_t)
/* In front of what is about one virtual CPU: its number. */
#define VCPU_HEAD WORD
/* More than the state of any processor: the largest of today has 11 KiB. */
#define XSAVE_MAX 65536
#define MSRS_MAX  1024
/* More CPUID leaves than any policy has. */
#define LEAVES_MAX 4096
/* The number of pages, and an XML. */
#define DOMAIN_MAX (WORD + 256 * 1024)

#define PAGES_BYTES  (WORD + STREAM_PAGES_MAX * (WORD + STREAM_PAGE_SIZE))
#define FRAMES_BYTES (WORD + STREAM_PFN_LIMIT / (STREAM_PAGE_SIZE / WORD) * WORD)
#define BASIC_BYTES  (VCPU_HEAD + sizeof(struct vcpu_guest_context))
/* A client of a later version may tell more. */
#define EXTENDED_BYTES (VCPU_HEAD + 2 * sizeof(struct xen_domctl_ext_vcpucontext))

static const struct stream_kind kinds[] = {
	{ STREAM_END, "END", 0, 0, false },
	{ STREAM_PAGE_DATA, "PAGE_DATA", 2 * WORD, PAGES_BYTES, true },
	{ STREAM_PV_INFO, "X86_PV_INFO", WORD, WORD, false },
	{ STREAM_PV_P2M_FRAMES, "X86_PV_P2M_FRAMES", 2 * WORD, FRAMES_BYTES, false },
	{ STREAM_PV_VCPU_BASIC, "X86_PV_VCPU_BASIC", BASIC_BYTES, BASIC_BYTES, true },
	{ STREAM_PV_VCPU_EXTENDED, "X86_PV_VCPU_EXTENDED", VCPU_HEAD, EXTENDED_BYTES, true },
	{ STREAM_PV_VCPU_XSAVE, "X86_PV_VCPU_XSAVE", VCPU_HEAD, VCPU_HEAD + XSAVE_MAX, true },
	{ STREAM_SHARED_INFO, "SHARED_INFO", STREAM_PAGE_SIZE, STREAM_PAGE_SIZE, false },
	{ STREAM_TSC_INFO, "X86_TSC_INFO", 3 * WORD, 3 * WORD, false },
	{ STREAM_PV_VCPU_MSRS, "X86_PV_VCPU_MSRS", VCPU_HEAD,
	  VCPU_HEAD + MSRS_MAX * sizeof(struct xen_domctl_vcpu_msr), true },
	{ STREAM_VERIFY, "VERIFY", 0, 0, false },
	{ STREAM_CHECKPOINT, "CHECKPOINT", 0, 0, false },
	{ STREAM_STATIC_DATA_END, "STATIC_DATA_END", 0, 0, false },
	{ STREAM_CPUID_POLICY, "X86_CPUID_POLICY", 0, LEAVES_MAX * sizeof(xen_cpuid_leaf_t),
	  false },
	{ STREAM_MSR_POLICY, "X86_MSR_POLICY", 0, MSRS_MAX * sizeof(xen_msr_entry_t), false },
	{ STREAM_HOSPES_DOMAIN, "HOSPES_DOMAIN", WORD + 1, DOMAIN_MAX, false },
	{ STREAM_HOSPES_CHECK, "HOSPES_CHECK", WORD, WORD, true },
};

const struct stream_kind *stream_kind_of(uint32_t type)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (kinds[i].type == type)
			return &kinds[i];
	}

	return NULL;
}

const char *stream_type_name(uint32_t type)
{
	const struct stream_kind *kind = stream_kind_of(type);

	if (kind != NULL)
		return kind->name;

	return (type & STREAM_OPTIONAL) != 0 ? "optional" : "unknown";
}
