/* SPDX-License-Identifier: MIT */
/*
 * Which note goes to which field, and how the old text of __xen_guest calls the same: one table
 * for both readers. Inside load/ only.
 */
#ifndef PVABI_LOAD_NOTES_FIELDS_H
#define PVABI_LOAD_NOTES_FIELDS_H

#include "notes.h"

enum note_kind { NOTE_NUMBER, NOTE_TEXT };

struct note_field {
	uint32_t type; /* XEN_ELFNOTE_... */
	enum note_kind kind;
	uint16_t offset;     /* in struct guest_notes: a uint64_t, or NOTES_TEXT_MAX characters */
	const char *old_key; /* NULL: the old text had no word for it */
};

extern const struct note_field note_fields[];
extern const unsigned int note_fields_count;

void note_number_set(struct guest_notes *notes, const struct note_field *field, uint64_t number);
/* Of @size bytes, which need not end in NUL. */
void note_text_set(struct guest_notes *notes, const struct note_field *field, const void *text,
		   uint64_t size);

/* Reads the section __xen_guest, which is there, into @notes. 0, or -ENOEXEC. (xen_guest.c) */
int xen_guest_read(struct guest_notes *notes, const struct elf_image *image,
		   struct load_error *why) load_checked;

#endif
