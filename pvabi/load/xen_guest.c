/* SPDX-License-Identifier: MIT */
/*
 * The section __xen_guest, in which kernels of before 2006 say what others say in notes: words
 * KEY=VALUE with commas between them, up to a NUL or the section's end. It is read where it stands
 * in the file. A word without '=' or with an unknown key is passed over.
 */
#include "notes_fields.h"

#include <pvabi/errno.h>
#include "libc.h"

/* It is a line or two. */
#define SECTION_MAX 1024
/* Page numbers beyond this are no 64-bit addresses. */
#define PAGE_NUMBER_MAX (1ul << 52)
#define PAGE_BITS       12

static unsigned int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned int)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned int)(c - 'A') + 10;
	return ~0u;
}

/* As in C: 0x.. hexadecimal, 0.. octal, else decimal. Ends at what is no digit; saturates. */
static uint64_t number_read(const char *at, const char *end)
{
	unsigned int base = 10;
	uint64_t number = 0;

	if (end - at > 1 && at[0] == '0' && (at[1] == 'x' || at[1] == 'X')) {
		base = 16;
		at += 2;
	} else if (end > at && at[0] == '0') {
		base = 8;
	}

	for (; at < end && digit_value(*at) < base; at++) {
		if (number > (~0ul - digit_value(*at)) / base)
			return ~0ul;
		number = number * base + digit_value(*at);
	}
	return number;
}

static bool key_is(const struct note_field *field, const char *key, uint64_t size)
{
	uint64_t i;

	if (field->old_key == NULL)
		return false;

	for (i = 0; i < size && field->old_key[i] != '\0'; i++)
		if (field->old_key[i] != key[i])
			return false;
	return i == size && field->old_key[i] == '\0';
}

static void word_take(struct guest_notes *notes, const char *word, const char *end)
{
	const char *value = word;

	while (value < end && *value != '=')
		value++;
	if (value == end)
		return;

	for (unsigned int i = 0; i < note_fields_count; i++) {
		const struct note_field *field = &note_fields[i];

		if (!key_is(field, word, (uint64_t)(value - word)))
			continue;

		if (field->kind == NOTE_NUMBER)
			note_number_set(notes, field, number_read(value + 1, end));
		else
			note_text_set(notes, field, value + 1, (uint64_t)(end - value - 1));
	}
}

static void words_take(struct guest_notes *notes, const char *text, const char *end)
{
	while (text < end && *text != '\0') {
		const char *stop = text;

		while (stop < end && *stop != '\0' && *stop != ',')
			stop++;
		word_take(notes, text, stop);

		text = stop;
		if (text < end && *text == ',')
			text++;
	}
}

int xen_guest_read(struct guest_notes *notes, const struct elf_image *image, struct load_error *why)
{
	const char *text = (const char *)image->data + image->xen_guest.offset;
	uint64_t page;

	if (image->xen_guest.size > SECTION_MAX)
		return load_refuse(why, -XEN_ENOEXEC,
				   "the kernel's section __xen_guest has %lu bytes, more than %d",
				   image->xen_guest.size, SECTION_MAX);

	words_take(notes, text, text + image->xen_guest.size);

	if (notes->virt_base == NOTES_UNSET)
		notes->virt_base = 0;

	/*
	 * Kernels of that age give virtual addresses as physical ones, unless they say otherwise.
	 */
	if (notes->paddr_offset == NOTES_UNSET)
		notes->paddr_offset = notes->virt_base;

	/* The hypercall page comes by its number, counted from virt_base. */
	page = notes->hypercall_page;
	notes->hypercall_page = NOTES_UNSET;
	if (page < PAGE_NUMBER_MAX)
		notes->hypercall_page = notes->virt_base + (page << PAGE_BITS);
	return 0;
}
