/* SPDX-License-Identifier: MIT */
/* Frames in page-table entries and in contexts. */
#include "frame_names.h"

#include <errno.h>

#define ENTRY_PRESENT    1ULL
#define ENTRY_FRAME_MASK 0x000ffffffffff000ULL
#define FRAME_SHIFT      12
/* Slots of a top-level table that are the hypervisor's. */
#define HYPERVISOR_FIRST 256
#define HYPERVISOR_END   272
#define TOP_LEVEL        4
/* Descriptors of a page of the GDT. */
#define GDT_PAGE_ENTRIES 512
/* Of ctrlreg[1] in a stream: there is a user root. */
#define USER_ROOT_MARK 1ULL

static bool is_hypervisors(unsigned int level, size_t index)
{
	return level == TOP_LEVEL && index >= HYPERVISOR_FIRST && index < HYPERVISOR_END;
}

int names_in_table(const struct frame_names *names, unsigned int level,
		   uint64_t entries[TABLE_ENTRIES], size_t *bad)
{
	for (size_t i = 0; i < TABLE_ENTRIES; i++) {
		uint64_t name;

		if (is_hypervisors(level, i))
			entries[i] = 0;
		if ((entries[i] & ENTRY_PRESENT) == 0)
			continue;

		name = names->of(names->context, (entries[i] & ENTRY_FRAME_MASK) >> FRAME_SHIFT);
		*bad = i;
		if (name == NAME_NONE)
			return -ENXIO;

		entries[i] = (entries[i] & ~ENTRY_FRAME_MASK) | name << FRAME_SHIFT;
	}

	return 0;
}

/* ---- contexts */

static int word_name(const struct frame_names *names, uint64_t *word)
{
	uint64_t name = names->of(names->context, *word);

	if (name == NAME_NONE)
		return -ENXIO;

	*word = name;
	return 0;
}

static int root_name(const struct frame_names *names, uint64_t *cr3)
{
	uint64_t frame = xen_cr3_to_pfn(*cr3);
	int rc = word_name(names, &frame);

	if (rc == 0)
		*cr3 = xen_pfn_to_cr3(frame);
	return rc;
}

static int user_root_name(const struct frame_names *names, bool saving, uint64_t *cr3)
{
	uint64_t frame = *cr3 >> FRAME_SHIFT;
	bool there = saving ? *cr3 != 0 : (*cr3 & USER_ROOT_MARK) != 0;
	int rc;

	if (!there) {
		*cr3 = 0;
		return 0;
	}

	rc = word_name(names, &frame);
	if (rc == 0)
		*cr3 = frame << FRAME_SHIFT | (saving ? USER_ROOT_MARK : 0);
	return rc;
}

static int gdt_names(const struct frame_names *names, struct vcpu_guest_context *c)
{
	size_t most = sizeof(c->gdt_frames) / sizeof(c->gdt_frames[0]), pages;

	if (c->gdt_ents > most * GDT_PAGE_ENTRIES)
		return -ENXIO;

	pages = (c->gdt_ents + GDT_PAGE_ENTRIES - 1) / GDT_PAGE_ENTRIES;
	for (size_t i = 0; i < pages; i++) {
		uint64_t frame = c->gdt_frames[i];
		int rc = word_name(names, &frame);

		if (rc < 0)
			return rc;
		c->gdt_frames[i] = frame;
	}

	return 0;
}

int names_in_context(const struct frame_names *names, uint32_t vcpu, bool saving,
		     struct vcpu_guest_context *c, const char **what)
{
	int rc = 0;

	*what = "its start_info";
	if (vcpu == 0)
		rc = word_name(names, &c->user_regs.rdx);
	if (rc == 0) {
		*what = "a page of its GDT";
		rc = gdt_names(names, c);
	}
	if (rc == 0) {
		*what = "its page tables";
		rc = root_name(names, &c->ctrlreg[3]);
	}
	if (rc == 0) {
		*what = "its page tables of user mode";
		rc = user_root_name(names, saving, &c->ctrlreg[1]);
	}

	return rc;
}
