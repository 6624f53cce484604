/* SPDX-License-Identifier: MIT */
/* What a terminal may be given: decided byte by byte, by the form of UTF-8 (RFC 3629). */
#include "printable.h"

#include <stdint.h>

#define ASCII_FIRST  0x20
#define ASCII_LAST   0x7e
#define UTF8_TAIL    0x80 /* 10xxxxxx */
#define UTF8_TAIL_OF 0xc0
/* U+0080 to U+009F are control characters: ESC [ is also U+009B. */
#define UNICODE_FIRST      0xa0
#define UNICODE_LAST       0x10ffff
#define SURROGATE_FIRST    0xd800
#define SURROGATE_LAST     0xdfff
#define UTF8_LENGTH_MAX    4
#define UTF8_BITS_OF_TAILS 6

/* By length: the first byte's fixed bits, which these are, and the least character. */
static const struct form {
	uint8_t mask, bits;
	uint32_t least;
} forms[UTF8_LENGTH_MAX + 1] = {
	[2] = { 0xe0, 0xc0, 0x80 },
	[3] = { 0xf0, 0xe0, 0x800 },
	[4] = { 0xf8, 0xf0, 0x10000 },
};

static size_t form_length(uint8_t first)
{
	for (size_t n = 2; n <= UTF8_LENGTH_MAX; n++)
		if ((first & forms[n].mask) == forms[n].bits)
			return n;

	return 0;
}

/* The length of the printable character of several bytes that begins at @at; 0: there is none. */
static size_t character_length(const uint8_t *at, size_t left)
{
	size_t n = form_length(at[0]);
	uint32_t c;

	if (n == 0 || n > left)
		return 0;

	c = at[0] & ~(uint32_t)forms[n].mask & 0xff;
	for (size_t i = 1; i < n; i++) {
		if ((at[i] & UTF8_TAIL_OF) != UTF8_TAIL)
			return 0;
		c = c << UTF8_BITS_OF_TAILS | (at[i] & ~UTF8_TAIL_OF & 0xff);
	}

	/* Written longer than need be: another way to spell a control character. */
	if (c < forms[n].least)
		return 0;
	if (c < UNICODE_FIRST || c > UNICODE_LAST)
		return 0;
	if (c >= SURROGATE_FIRST && c <= SURROGATE_LAST)
		return 0;

	return n;
}

static bool ascii_allowed(uint8_t c, bool lines)
{
	if (lines && (c == '\n' || c == '\t'))
		return true;

	return c >= ASCII_FIRST && c <= ASCII_LAST;
}

void printable_make(char *text, size_t size, bool lines)
{
	size_t at = 0;

	while (at < size) {
		const uint8_t *c = (const uint8_t *)text + at;
		size_t n = ascii_allowed(*c, lines) ? 1 : character_length(c, size - at);

		if (n == 0) {
			text[at] = '?';
			n = 1;
		}
		at += n;
	}
}
