/* SPDX-License-Identifier: MIT */
/* The fields of a kernel's notes, and how the two readers set them (notes.c, xen_guest.c). */
#include "notes_fields.h"

#include <pvabi/elfnote.h>
#include "libc.h"

#define FIELD(member) offsetof(struct guest_notes, member)

/* clang-format off */
const struct note_field note_fields[] = {
	{ XEN_ELFNOTE_ENTRY,              NOTE_NUMBER, FIELD(entry),          "VIRT_ENTRY" },
	{ XEN_ELFNOTE_HYPERCALL_PAGE,     NOTE_NUMBER, FIELD(hypercall_page), "HYPERCALL_PAGE" },
	{ XEN_ELFNOTE_VIRT_BASE,          NOTE_NUMBER, FIELD(virt_base),      "VIRT_BASE" },
	{ XEN_ELFNOTE_PADDR_OFFSET,       NOTE_NUMBER, FIELD(paddr_offset),   "ELF_PADDR_OFFSET" },
	{ XEN_ELFNOTE_HV_START_LOW,       NOTE_NUMBER, FIELD(hv_start_low),   NULL },
	{ XEN_ELFNOTE_INIT_P2M,           NOTE_NUMBER, FIELD(init_p2m),       NULL },
	{ XEN_ELFNOTE_MOD_START_PFN,      NOTE_NUMBER, FIELD(mod_start_pfn),  NULL },
	{ XEN_ELFNOTE_SUPPORTED_FEATURES, NOTE_NUMBER, FIELD(features),       NULL },
	{ XEN_ELFNOTE_XEN_VERSION,        NOTE_TEXT,   FIELD(xen_version),    "XEN_VER" },
	{ XEN_ELFNOTE_GUEST_OS,           NOTE_TEXT,   FIELD(guest_os),       "GUEST_OS" },
	{ XEN_ELFNOTE_GUEST_VERSION,      NOTE_TEXT,   FIELD(guest_version),  "GUEST_VER" },
	{ XEN_ELFNOTE_LOADER,             NOTE_TEXT,   FIELD(loader),         "LOADER" },
};
/* clang-format on */
const unsigned int note_fields_count = sizeof(note_fields) / sizeof(note_fields[0]);

void note_number_set(struct guest_notes *notes, const struct note_field *field, uint64_t number)
{
	memcpy((uint8_t *)notes + field->offset, &number, sizeof(number));
}

void note_text_set(struct guest_notes *notes, const struct note_field *field, const void *text,
		   uint64_t size)
{
	char *to = (char *)notes + field->offset;

	if (size > NOTES_TEXT_MAX - 1)
		size = NOTES_TEXT_MAX - 1;

	memcpy(to, text, size);
	to[size] = '\0';
}
