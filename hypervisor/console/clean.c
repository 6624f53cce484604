/* SPDX-License-Identifier: MIT */
/* Text of domains, made harmless character by character. Pure. */
#include <console/clean.h>

#define ASCII_LAST '~'

size_t text_clean(char *to, const char *from, size_t n)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		char c = from[i];

		if (c == '\r')
			continue;

		/* Above ASCII are control characters of eight bits too, such as 0x9b for \e[. */
		if (c != '\n' && c != '\t' && (c < ' ' || c > ASCII_LAST))
			c = '?';
		to[len++] = c;
	}
	return len;
}

/* Printable characters and \n \t \r \e \b. */
static bool terminal_takes(char c)
{
	if ((u8)c >= ' ')
		return true;

	return c == '\n' || c == '\t' || c == '\r' || c == '\e' || c == '\b';
}

size_t text_clean_terminal(char *to, const char *from, size_t n)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		if (terminal_takes(from[i]))
			to[len++] = from[i];
	}
	return len;
}
