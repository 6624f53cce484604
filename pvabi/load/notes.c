/* SPDX-License-Identifier: MIT */
/*
 * Reads the notes of a PV kernel. A number of an odd width is an error, an unknown note is not.
 * All addresses are checked against wrapping here, so that the layout may add them.
 */
#include "notes.h"

#include <pvabi/errno.h>
#include "elf_file.h"
#include "libc.h"
#include "notes_fields.h"

#define PAGE_MASK (4096ul - 1)
/* The p2m list is mapped by whole tables of the last level. */
#define P2M_ALIGN (2ul << 20)

#define OWNER      "Xen"
#define OWNER_SIZE 4 /* with the NUL */
#define GUEST_ABI  "xen-3.0"

static void notes_default(struct guest_notes *notes)
{
	memset(notes, 0, sizeof(*notes));
	for (unsigned int i = 0; i < note_fields_count; i++)
		if (note_fields[i].kind == NOTE_NUMBER)
			note_number_set(notes, &note_fields[i], NOTES_UNSET);

	notes->mod_start_pfn = 0;
}

/* Numbers come in 1, 2, 4 or 8 bytes, little endian as we are. */
static int note_number_read(const struct elf_file_note *note, const uint8_t *desc, uint64_t *number,
			    struct load_error *why)
{
	uint32_t size = note->descsz;

	if (size != 1 && size != 2 && size != 4 && size != 8)
		return load_refuse(why, -XEN_ENOEXEC,
				   "the kernel's note %u is a number of %u bytes", note->type,
				   size);

	*number = 0;
	memcpy(number, desc, size);
	return 0;
}

static int note_take(struct guest_notes *notes, const struct elf_file_note *note,
		     const uint8_t *desc, struct load_error *why)
{
	const struct note_field *field = note_fields;
	uint64_t number;
	int rc;

	while (field < note_fields + note_fields_count && field->type != note->type)
		field++;
	if (field == note_fields + note_fields_count)
		return 0;

	if (field->kind == NOTE_TEXT) {
		note_text_set(notes, field, desc, note->descsz);
		return 0;
	}

	rc = note_number_read(note, desc, &number, why);
	if (rc == 0)
		note_number_set(notes, field, number);
	return rc;
}

static uint64_t note_round(uint64_t size)
{
	return (size + 3) & ~3ul;
}

/*
 * Walks one range of notes, and counts those of our owner. The first one that is cut off or claims
 * more than there is ends the walk: what stands behind it can not be found.
 */
static int notes_walk(struct guest_notes *notes, const struct elf_image *image,
		      const struct elf_range *range, unsigned int *found, struct load_error *why)
{
	const uint8_t *at = image->data + range->offset;
	uint64_t left = range->size;
	struct elf_file_note note;

	while (left >= sizeof(note)) {
		uint64_t desc, total;
		int rc;

		memcpy(&note, at, sizeof(note));
		desc = sizeof(note) + note_round(note.namesz);
		if (desc + note.descsz > left)
			return 0;

		if (note.namesz == OWNER_SIZE &&
		    memcmp(at + sizeof(note), OWNER, OWNER_SIZE) == 0) {
			++*found;
			rc = note_take(notes, &note, at + desc, why);
			if (rc < 0)
				return rc;
		}

		/* The padding of the last one may be missing. */
		total = desc + note_round(note.descsz);
		if (total >= left)
			return 0;

		at += total;
		left -= total;
	}
	return 0;
}

/* From any of the note ranges, else from the old text. */
static int notes_find(struct guest_notes *notes, const struct elf_image *image,
		      struct load_error *why)
{
	unsigned int found = 0;

	for (unsigned int i = 0; i < image->note_count; i++) {
		int rc = notes_walk(notes, image, &image->notes[i], &found, why);

		if (rc < 0)
			return rc;
	}
	if (found > 0)
		return 0;

	if (image->xen_guest.size > 0)
		return xen_guest_read(notes, image, why);

	return load_refuse(
		why, -XEN_ENOEXEC,
		"no notes of owner \"Xen\": the kernel was built without support for Xen PV");
}

/* Where the kernel will be. */
static int extent_check(struct guest_notes *notes, const struct elf_image *image,
			struct load_error *why)
{
	uint64_t base, offset, start, end;

	if (notes->virt_base == NOTES_UNSET && notes->paddr_offset != NOTES_UNSET)
		return load_refuse(why, -XEN_ENOEXEC,
				   "the kernel has a note PADDR_OFFSET, but none VIRT_BASE");

	if (notes->virt_base == NOTES_UNSET)
		notes->virt_base = 0;
	if (notes->paddr_offset == NOTES_UNSET)
		notes->paddr_offset = 0;

	base = notes->virt_base;
	offset = notes->paddr_offset;
	if (image->phys_start < offset)
		return load_refuse(
			why, -XEN_ENOEXEC,
			"the kernel's first segment at %#lx lies below its note PADDR_OFFSET %#lx",
			image->phys_start, offset);

	start = base + (image->phys_start - offset);
	end = base + (image->phys_end - offset);
	if (start < base || end <= start || (base & PAGE_MASK) != 0)
		return load_refuse(
			why, -XEN_ENOEXEC,
			"the kernel's note VIRT_BASE %#lx puts it at no possible address", base);

	notes->virt_start = start;
	notes->virt_end = end;
	return 0;
}

static bool is_page_inside(const struct guest_notes *notes, uint64_t virt)
{
	if ((virt & PAGE_MASK) != 0 || virt < notes->virt_start || virt >= notes->virt_end)
		return false;

	return notes->virt_end - virt > PAGE_MASK;
}

static int addresses_check(struct guest_notes *notes, const struct elf_image *image,
			   struct load_error *why)
{
	if (notes->entry == NOTES_UNSET)
		notes->entry = image->entry;
	if (notes->entry < notes->virt_start || notes->entry >= notes->virt_end)
		return load_refuse(why, -XEN_ENOEXEC,
				   "the kernel's entry %#lx lies outside it (%#lx-%#lx)",
				   notes->entry, notes->virt_start, notes->virt_end);

	if (notes->hypercall_page != NOTES_UNSET && !is_page_inside(notes, notes->hypercall_page))
		return load_refuse(why, -XEN_ENOEXEC,
				   "the kernel's hypercall page %#lx is no page inside it",
				   notes->hypercall_page);

	if (notes->init_p2m != NOTES_UNSET && notes->init_p2m % P2M_ALIGN != 0)
		return load_refuse(
			why, -XEN_ENOEXEC,
			"the kernel wants its p2m list at %#lx, which is no 2 MiB boundary",
			notes->init_p2m);
	return 0;
}

static int guest_abi_check(const struct guest_notes *notes, struct load_error *why)
{
	if (notes->xen_version[0] == '\0' ||
	    memcmp(notes->xen_version, GUEST_ABI, sizeof(GUEST_ABI)) == 0)
		return 0;

	return load_refuse(why, -XEN_ENOEXEC,
			   "the kernel is for the guest interface \"%s\", not for \"%s\"",
			   notes->xen_version, GUEST_ABI);
}

int notes_read(struct guest_notes *notes, const struct elf_image *image, struct load_error *why)
{
	int rc;

	notes_default(notes);
	rc = notes_find(notes, image, why);
	if (rc < 0)
		return rc;

	rc = extent_check(notes, image, why);
	if (rc < 0)
		return rc;

	rc = addresses_check(notes, image, why);
	if (rc < 0)
		return rc;

	return guest_abi_check(notes, why);
}
