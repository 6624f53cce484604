/* SPDX-License-Identifier: MIT */
/*
 * What the modes of the clients share (see command.h): the failure's message, and the text forms of
 * values, permissions and paths.
 */
#include "command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

int command_fail(struct command *c, int rc, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(c->message, sizeof(c->message), fmt, args);
	va_end(args);

	/* "No such node" needs no more words, other reasons do. */
	if (rc == -ENOENT || rc == -EINVAL)
		return rc;

	if (n > 0 && n < (int)sizeof(c->message))
		snprintf(c->message + n, sizeof(c->message) - n, ": %s", strerror(-rc));
	return rc;
}

/* ---- values */

/* Characters with an escape of their own. */
static const struct {
	char plain;
	char letter;
} escapes[] = {
	{ '\t', 't' },
	{ '\n', 'n' },
	{ '\r', 'r' },
	{ '\\', '\\' },
};

#define ESCAPE_COUNT (sizeof(escapes) / sizeof(escapes[0]))

/* The longest escape: \ooo or \xhh. */
#define ESCAPE_LENGTH_MAX 4

/* Writes one character to to, as an escape where it needs one; returns the length. */
static int char_escape(char *to, unsigned char c)
{
	for (size_t i = 0; i < ESCAPE_COUNT; i++)
		if (c == (unsigned char)escapes[i].plain)
			return sprintf(to, "\\%c", escapes[i].letter);

	if (c >= ' ' && c <= '~')
		return sprintf(to, "%c", c);
	if (c < 8)
		return sprintf(to, "\\%03o", c);
	return sprintf(to, "\\x%02x", c);
}

char *value_escape(const char *value, size_t len)
{
	char *text = malloc(len * ESCAPE_LENGTH_MAX + 1);
	char *to = text;

	if (!text)
		return NULL;

	for (size_t i = 0; i < len; i++)
		to += char_escape(to, value[i]);
	*to = '\0';
	return text;
}

/* The value of a digit, or -1 if it is not one of that base. */
static int digit_of(char c, int base)
{
	int digit = base;

	if (c >= '0' && c <= '9')
		digit = c - '0';
	else if (c >= 'a' && c <= 'f')
		digit = c - 'a' + 10;
	else if (c >= 'A' && c <= 'F')
		digit = c - 'A' + 10;

	return digit < base ? digit : -1;
}

/* Reads a number of at most that many digits, and moves *from past them. */
static char number_take(const char **from, int base, int most)
{
	unsigned int number = 0;

	for (int i = 0; i < most; i++) {
		int digit = digit_of(**from, base);

		if (digit < 0)
			break;
		number = number * base + digit;
		(*from)++;
	}
	return number;
}

/* The character that an escape means; *from is after its backslash, and is moved past the escape.
 * Any other character means itself. */
static char escape_take(const char **from)
{
	const char *at = *from;

	if (digit_of(at[0], 8) >= 0)
		return number_take(from, 8, 3);

	if (at[0] == 'x' && digit_of(at[1], 16) >= 0) {
		(*from)++;
		return number_take(from, 16, 2);
	}

	(*from)++;
	for (size_t i = 0; i < ESCAPE_COUNT; i++)
		if (at[0] == escapes[i].letter)
			return escapes[i].plain;
	return at[0];
}

size_t value_unescape(char *text)
{
	const char *from = text;
	char *to = text;

	while (*from) {
		char c = *from++;

		if (c == '\\' && *from)
			c = escape_take(&from);
		*to++ = c;
	}

	*to = '\0';
	return to - text;
}

/* ---- permissions */

/* The letters of enum store_right. */
static const char right_letters[] = "nrwb";

void perms_print(FILE *out, const struct store_perm *perms, unsigned int count, char separator)
{
	for (unsigned int i = 0; i < count; i++) {
		char letter = right_letters[perms[i].right & STORE_BOTH];

		if (i)
			fputc(separator, out);
		fprintf(out, "%c%u", letter, perms[i].domid);
	}
}

int perm_parse(const char *text, struct store_perm *perm)
{
	const char *letter = *text ? strchr(right_letters, *text) : NULL;
	unsigned long domid;
	char *end;

	/* strtoul() would take signs and spaces too. */
	if (!letter || text[1] < '0' || text[1] > '9')
		return -EINVAL;

	domid = strtoul(text + 1, &end, 10);
	if (*end || domid > UINT16_MAX)
		return -EINVAL;

	*perm = (struct store_perm){ domid, letter - right_letters };
	return 0;
}

/* ---- paths */

char *path_join(const char *path, const char *name)
{
	const char *above = strcmp(path, "/") == 0 ? "" : path;
	char *joined;

	if (asprintf(&joined, "%s/%s", above, name) < 0)
		return NULL;
	return joined;
}

bool path_cut(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash || slash == path)
		return false;

	*slash = '\0';
	return true;
}
