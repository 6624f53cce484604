/* SPDX-License-Identifier: MIT */
/*
 * Reads the notes of a PV kernel, new style and old. A note that is too short for its meaning is
 * an error, an unknown one is not. All addresses are checked against wrap-around here, so that
 * the layout may add them.
 */
#include "elf_notes.h"

#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pvabi/elfnote.h>
#include <pvabi/features.h>

/* The old text of __xen_guest is a line or two. */
#define XEN_GUEST_TEXT_MAX 1024

/* One note, inside the file. */
struct note {
	uint32_t type;
	const uint8_t *desc;
	uint32_t size;
};

static void notes_default(struct guest_notes *n)
{
	memset(n, 0, sizeof(*n));
	n->virt_base = NOTES_UNSET;
	n->paddr_offset = NOTES_UNSET;
	n->entry = NOTES_UNSET;
	n->hypercall_page = NOTES_UNSET;
	n->init_p2m = NOTES_UNSET;
	n->hv_start_low = NOTES_UNSET;
}

/* Numbers come with 1, 2, 4 or 8 bytes. */
static int note_number(const struct note *note, uint64_t *number, struct hospes_error *err)
{
	if (note->size != 1 && note->size != 2 && note->size != 4 && note->size != 8)
		return error_set(err, -ENOEXEC, "the kernel's note %u is a number of %u bytes",
				 note->type, note->size);
	*number = 0;
	memcpy(number, note->desc, note->size);
	return 0;
}

static void note_text(const struct note *note, char text[NOTES_TEXT_MAX])
{
	size_t n = note->size < NOTES_TEXT_MAX - 1 ? note->size : NOTES_TEXT_MAX - 1;

	memcpy(text, note->desc, n);
	text[n] = '\0';
}

static int note_flag(const struct note *note, bool *flag, struct hospes_error *err)
{
	uint64_t number;
	int rc = note_number(note, &number, err);

	if (rc == 0)
		*flag = number != 0;
	return rc;
}

static int note_features(const struct note *note, struct guest_notes *n, struct hospes_error *err)
{
	uint64_t bits;
	int rc = note_number(note, &bits, err);

	if (rc == 0)
		n->dom0_able = (bits >> XENFEAT_dom0) & 1;
	return rc;
}

static int note_take(struct guest_notes *n, const struct note *note, struct hospes_error *err)
{
	switch (note->type) {
	case XEN_ELFNOTE_ENTRY:
		return note_number(note, &n->entry, err);
	case XEN_ELFNOTE_HYPERCALL_PAGE:
		return note_number(note, &n->hypercall_page, err);
	case XEN_ELFNOTE_VIRT_BASE:
		return note_number(note, &n->virt_base, err);
	case XEN_ELFNOTE_PADDR_OFFSET:
		return note_number(note, &n->paddr_offset, err);
	case XEN_ELFNOTE_HV_START_LOW:
		return note_number(note, &n->hv_start_low, err);
	case XEN_ELFNOTE_INIT_P2M:
		return note_number(note, &n->init_p2m, err);
	case XEN_ELFNOTE_MOD_START_PFN:
		return note_flag(note, &n->initrd_unmapped, err);
	case XEN_ELFNOTE_SUPPORTED_FEATURES:
		return note_features(note, n, err);
	case XEN_ELFNOTE_XEN_VERSION:
		note_text(note, n->xen_version);
		return 0;
	case XEN_ELFNOTE_GUEST_OS:
		note_text(note, n->guest_os);
		return 0;
	case XEN_ELFNOTE_GUEST_VERSION:
		note_text(note, n->guest_version);
		return 0;
	case XEN_ELFNOTE_LOADER:
		note_text(note, n->loader);
		return 0;
	default:
		return 0;
	}
}

static uint64_t note_round(uint64_t size)
{
	return (size + 3) & ~3ULL;
}

/*
 * Walks one range of notes; counts those of owner "Xen". What is cut off at the end is passed
 * over.
 */
static int notes_walk(struct guest_notes *n, const struct elf_image *image,
		      const struct elf_range *range, unsigned int *found, struct hospes_error *err)
{
	const uint8_t *at = image->base + range->offset;
	uint64_t left = range->size;

	while (left >= sizeof(Elf64_Nhdr)) {
		Elf64_Nhdr h;
		uint64_t total;
		int rc;

		memcpy(&h, at, sizeof(h));
		total = sizeof(h) + note_round(h.n_namesz) + note_round(h.n_descsz);
		if (sizeof(h) + note_round(h.n_namesz) + (uint64_t)h.n_descsz > left)
			return 0;
		if (h.n_namesz == 4 && memcmp(at + sizeof(h), "Xen", 4) == 0) {
			struct note note = { h.n_type, at + sizeof(h) + 4, h.n_descsz };

			++*found;
			rc = note_take(n, &note, err);
			if (rc < 0)
				return rc;
		}
		if (total >= left)
			return 0;
		at += total;
		left -= total;
	}
	return 0;
}

/* The old text gives the hypercall page by its number, counted from virt_base. */
static void text_take(struct guest_notes *n, const char *key, const char *value, uint64_t *page)
{
	if (strcmp(key, "VIRT_BASE") == 0)
		n->virt_base = strtoull(value, NULL, 0);
	else if (strcmp(key, "VIRT_ENTRY") == 0)
		n->entry = strtoull(value, NULL, 0);
	else if (strcmp(key, "ELF_PADDR_OFFSET") == 0)
		n->paddr_offset = strtoull(value, NULL, 0);
	else if (strcmp(key, "HYPERCALL_PAGE") == 0)
		*page = strtoull(value, NULL, 0);
	else if (strcmp(key, "GUEST_OS") == 0)
		snprintf(n->guest_os, sizeof(n->guest_os), "%s", value);
	else if (strcmp(key, "GUEST_VER") == 0)
		snprintf(n->guest_version, sizeof(n->guest_version), "%s", value);
	else if (strcmp(key, "XEN_VER") == 0)
		snprintf(n->xen_version, sizeof(n->xen_version), "%s", value);
	else if (strcmp(key, "LOADER") == 0)
		snprintf(n->loader, sizeof(n->loader), "%s", value);
}

static int text_read(struct guest_notes *n, const struct elf_image *image, struct hospes_error *err)
{
	char text[XEN_GUEST_TEXT_MAX + 1], *rest = NULL;
	uint64_t page = NOTES_UNSET;

	if (image->xen_guest.size > XEN_GUEST_TEXT_MAX)
		return error_set(err, -ENOEXEC,
				 "the kernel's section __xen_guest has %" PRIu64
				 " bytes, more than %d",
				 image->xen_guest.size, XEN_GUEST_TEXT_MAX);
	memcpy(text, image->base + image->xen_guest.offset, image->xen_guest.size);
	text[image->xen_guest.size] = '\0';
	for (char *w = strtok_r(text, ",", &rest); w != NULL; w = strtok_r(NULL, ",", &rest)) {
		char *value = strchr(w, '=');

		if (value == NULL)
			continue;
		*value++ = '\0';
		text_take(n, w, value, &page);
	}
	if (n->virt_base == NOTES_UNSET)
		n->virt_base = 0;
	/*
	 * Kernels of that age give virtual addresses as physical ones, unless they say
	 * otherwise.
	 */
	if (n->paddr_offset == NOTES_UNSET)
		n->paddr_offset = n->virt_base;
	if (page != NOTES_UNSET && page < (1ULL << 52))
		n->hypercall_page = n->virt_base + (page << 12);
	return 0;
}

static int addresses_check(struct guest_notes *n, const struct elf_image *image,
			   struct hospes_error *err)
{
	uint64_t start, end;

	if (n->virt_base == NOTES_UNSET && n->paddr_offset != NOTES_UNSET)
		return error_set(err, -ENOEXEC,
				 "the kernel has a note PADDR_OFFSET, but none "
				 "VIRT_BASE");
	if (n->virt_base == NOTES_UNSET)
		n->virt_base = 0;
	if (n->paddr_offset == NOTES_UNSET)
		n->paddr_offset = 0;
	if (n->entry == NOTES_UNSET)
		n->entry = image->entry;
	if (image->pstart < n->paddr_offset)
		return error_set(err, -ENOEXEC,
				 "the kernel's first segment lies at %#" PRIx64
				 ", below its note PADDR_OFFSET %#" PRIx64,
				 image->pstart, n->paddr_offset);
	start = n->virt_base + (image->pstart - n->paddr_offset);
	end = n->virt_base + (image->pend - n->paddr_offset);
	if (start < n->virt_base || end <= start || (n->virt_base & 0xfff) != 0)
		return error_set(err, -ENOEXEC,
				 "the kernel's note VIRT_BASE %#" PRIx64 " puts it "
				 "at no possible address",
				 n->virt_base);
	if (n->entry < start || n->entry >= end)
		return error_set(err, -ENOEXEC,
				 "the kernel's entry %#" PRIx64 " lies outside it "
				 "(%#" PRIx64 "-%#" PRIx64 ")",
				 n->entry, start, end);
	n->virt_start = start;
	n->virt_end = end;
	return 0;
}

static int meanings_check(const struct guest_notes *n, struct hospes_error *err)
{
	if (n->xen_version[0] != '\0' && strcmp(n->xen_version, "xen-3.0") != 0)
		return error_set(err, -ENOEXEC,
				 "the kernel is for the guest interface \"%s\", "
				 "not for \"xen-3.0\"",
				 n->xen_version);
	if (n->hypercall_page != NOTES_UNSET &&
	    ((n->hypercall_page & 0xfff) != 0 || n->hypercall_page < n->virt_start ||
	     n->hypercall_page >= n->virt_end))
		return error_set(err, -ENOEXEC,
				 "the kernel's hypercall page %#" PRIx64 " is no page inside it",
				 n->hypercall_page);
	if (n->init_p2m != NOTES_UNSET && (n->init_p2m & 0x1fffff) != 0)
		return error_set(err, -ENOEXEC,
				 "the kernel wants its p2m list at %#" PRIx64
				 ", which is no 2 MiB boundary",
				 n->init_p2m);
	return 0;
}

int notes_read(struct guest_notes *n, const struct elf_image *image, struct hospes_error *err)
{
	unsigned int found = 0;
	int rc = 0;

	notes_default(n);
	for (unsigned int i = 0; i < image->note_count && rc == 0; i++)
		rc = notes_walk(n, image, &image->notes[i], &found, err);
	if (rc == 0 && found == 0 && image->xen_guest.size > 0)
		rc = text_read(n, image, err);
	else if (rc == 0 && found == 0)
		rc = error_set(err, -ENOEXEC,
			       "the kernel has neither notes of owner \"Xen\" nor a "
			       "section __xen_guest: it was built without support for Xen PV");
	if (rc == 0)
		rc = addresses_check(n, image, err);
	if (rc == 0)
		rc = meanings_check(n, err);
	return rc;
}
