/* SPDX-License-Identifier: MIT */
/* The reason of a refusal, made printable. */
#include "error.h"

#include "libc.h"

static void control_characters_replace(char *text)
{
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c == 0x7f)
			*text = '?';
	}
}

int load_refuse(struct load_error *why, int code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why->text, sizeof(why->text), format, args);
	va_end(args);

	control_characters_replace(why->text);
	why->code = code;
	return code;
}
