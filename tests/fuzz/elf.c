/* SPDX-License-Identifier: MIT */
/*
 * ELF kernels: headers, notes and the guest's layout. What is accepted lies inside the file; what
 * is laid out lies inside the guest's memory, each region beside the others.
 */
#include <pvabi/load/layout.h>
#include <string.h>
#include "fuzz.h"

/* The memory of the guest, and the size of its initrd, come first. */
#define HEAD 8

#define TABLES_TRIED 8

static void check_range(const struct elf_image *image, const struct elf_range *r)
{
	fuzz_check(r->offset <= image->size);
	fuzz_check(r->size <= image->size - r->offset);
}

static void check_image(const struct elf_image *image)
{
	fuzz_check(image->segment_count > 0 && image->segment_count <= ELF_SEGMENTS_MAX);
	fuzz_check(image->note_count <= ELF_NOTES_MAX);
	for (unsigned int i = 0; i < image->segment_count; i++) {
		const struct elf_segment *s = &image->segments[i];
		struct elf_range file = { s->offset, s->filesz };

		check_range(image, &file);
		fuzz_check(s->filesz <= s->memsz && s->memsz != 0);
		fuzz_check(s->paddr >= image->phys_start);
		fuzz_check(s->paddr + s->memsz <= image->phys_end);
		if (i > 0)
			fuzz_check(s[-1].paddr + s[-1].memsz <= s->paddr);
	}

	for (unsigned int i = 0; i < image->note_count; i++)
		check_range(image, &image->notes[i]);
	check_range(image, &image->xen_guest);
}

static void check_notes(const struct guest_notes *n)
{
	fuzz_check(memchr(n->guest_os, '\0', sizeof(n->guest_os)) != NULL);
	fuzz_check(memchr(n->guest_version, '\0', sizeof(n->guest_version)) != NULL);
	fuzz_check(memchr(n->loader, '\0', sizeof(n->loader)) != NULL);
	fuzz_check(memchr(n->xen_version, '\0', sizeof(n->xen_version)) != NULL);
	fuzz_check(n->virt_start < n->virt_end);
	fuzz_check(n->entry >= n->virt_start && n->entry < n->virt_end);
}

static void check_layout(const struct guest_layout *l, uint64_t pages)
{
	const struct layout_region *const regions[] = {
		&l->kernel, &l->initrd, &l->start_info, &l->tables,
		&l->stack,  &l->store,  &l->console,    &l->p2m,
	};
	const size_t count = sizeof(regions) / sizeof(regions[0]);

	fuzz_check(l->pages_used <= pages);
	for (size_t i = 0; i < count; i++) {
		const struct layout_region *r = regions[i];

		fuzz_check(r->pages <= pages && r->pfn <= pages - r->pages);
		for (size_t k = 0; k < i && r->pages != 0; k++) {
			const struct layout_region *o = regions[k];

			if (o->pages != 0)
				fuzz_check(o->pfn + o->pages <= r->pfn ||
					   r->pfn + r->pages <= o->pfn);
		}
	}
}

/* Nothing may be mapped that the guest does not have. */
static uint64_t frame_of(void *context, uint64_t pfn)
{
	fuzz_check(pfn < *(const uint64_t *)context);
	return pfn;
}

/* Some of the page tables, from the first to the last: there may be thousands. */
static void check_tables(const struct guest_layout *l, uint64_t pages)
{
	uint64_t entries[TABLE_ENTRIES], count = tables_count(&l->set);

	fuzz_check(count > 0 && count <= pages);
	for (uint64_t i = 0; i < TABLES_TRIED; i++) {
		uint64_t index = (count - 1) * i / (TABLES_TRIED - 1);

		fuzz_check(tables_pfn(&l->set, index) < l->pages_used);
		tables_fill(&l->set, index, frame_of, &pages, entries);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input head = { data, size };
	struct guest_notes notes;
	struct guest_layout layout;
	struct elf_image image;
	struct load_error why;
	struct layout_input in = { .notes = &notes };

	if (size < HEAD)
		return 0;

	in.nr_pages = fuzz_number(&head, 3);
	in.initrd_size = fuzz_number(&head, 4);
	in.dom0 = fuzz_byte(&head) & 1;
	if (elf_parse(&image, data + HEAD, size - HEAD, &why) < 0)
		return 0;

	check_image(&image);
	if (notes_read(&notes, &image, &why) < 0)
		return 0;

	check_notes(&notes);
	if (layout_make(&layout, &in, &why) < 0)
		return 0;

	check_layout(&layout, in.nr_pages);
	check_tables(&layout, in.nr_pages);
	return 0;
}
