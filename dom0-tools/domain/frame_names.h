/* SPDX-License-Identifier: MIT */
/*
 * The frames that a domain's own memory and registers name, given other names: those of the machine
 * become the guest's page numbers when it is saved, and frames of a machine again when it is
 * restored. Pure: what is named how, a function tells.
 */
#ifndef HOSPES_DOMAIN_FRAME_NAMES_H
#define HOSPES_DOMAIN_FRAME_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <pvabi/xen.h>
#include <dom0-tools/base/must_check.h>

/* What such a function says of a frame that has no other name. */
#define NAME_NONE UINT64_MAX

struct frame_names {
	uint64_t (*of)(void *context, uint64_t frame);
	void *context;
};

#define TABLE_ENTRIES 512

/*
 * The entries of a page table of @level that are present. -ENXIO: one of them, *@bad, names what
 * has no other name. Those of the hypervisor's own part of the address space are emptied.
 */
__must_check int names_in_table(const struct frame_names *names, unsigned int level,
				uint64_t entries[TABLE_ENTRIES], size_t *bad);

/*
 * A context's: roots, the frames of its GDT, and for the first virtual CPU, in the third register
 * of its last call, that of start_info. While it is saved a user root carries a mark (bit 0), as
 * Xen's tools have it: @saving puts it there, else it is looked for. -ENXIO: *@what names one that
 * has none.
 */
__must_check int names_in_context(const struct frame_names *names, uint32_t vcpu, bool saving,
				  struct vcpu_guest_context *c, const char **what);

#endif
