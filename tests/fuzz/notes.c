/* SPDX-License-Identifier: MIT */
/*
 * What a kernel says about itself: notes, or (by the first byte) the text of __xen_guest, in an
 * image whose headers are good.
 */
#include <pvabi/load/notes.h>
#include <string.h>
#include "fuzz.h"

#define KERNEL_START (16ul << 20)
#define KERNEL_SIZE  (8ul << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct elf_image image = {
		.data = data,
		.size = size,
		.entry = KERNEL_START,
		.segment_count = 1,
		.segments = { { .paddr = KERNEL_START, .memsz = KERNEL_SIZE } },
		.phys_start = KERNEL_START,
		.phys_end = KERNEL_START + KERNEL_SIZE,
	};
	struct elf_range all = { .offset = 1, .size = size - 1 };
	struct guest_notes notes;
	struct load_error why;

	if (size < 1)
		return 0;

	if (data[0] & 1) {
		image.xen_guest = all;
	} else {
		image.notes[0] = all;
		image.note_count = 1;
	}

	if (notes_read(&notes, &image, &why) < 0) {
		fuzz_check(memchr(why.text, '\0', sizeof(why.text)) != NULL);
		return 0;
	}

	fuzz_check(notes.virt_start < notes.virt_end);
	fuzz_check(notes.entry >= notes.virt_start && notes.entry < notes.virt_end);
	fuzz_check(notes.virt_base % 4096 == 0);
	return 0;
}
