/* SPDX-License-Identifier: MIT */
/*
 * Values out of the XML tree: the only child of a name, its text, numbers and words.
 * Everything here refuses with the line in the file. What the values mean is left to the callers.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "config_xml.h"

#define WHITE_SPACE " \t\r\n"
/* Longest text that is compared with a list of words. */
#define WORD_MAX 64

int config_fail(const struct config_reader *r, const xmlNode *node, int code, const char *fmt, ...)
{
	char text[HOSPES_ERROR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);

	if (!node)
		return error_set(r->err, code, "%s: %s", r->name, text);

	return error_set(r->err, code, "%s: line %ld: %s", r->name, xmlGetLineNo(node), text);
}

static bool is_element(const xmlNode *n, const char *name)
{
	return n->type == XML_ELEMENT_NODE && !strcmp((const char *)n->name, name);
}

int config_child(const struct config_reader *r, const xmlNode *parent, const char *name,
		 bool needed, const xmlNode **child)
{
	const xmlNode *n;

	*child = NULL;
	for (n = parent->children; n; n = n->next) {
		if (!is_element(n, name))
			continue;
		if (*child)
			return config_fail(r, n, -EINVAL,
					   "a second <%s> in <%s>; the first is in line %ld", name,
					   parent->name, xmlGetLineNo(*child));

		*child = n;
	}

	if (needed && !*child)
		return config_fail(r, parent, -EINVAL, "<%s> lacks a <%s>", parent->name, name);

	return 0;
}

static char *trim(char *text)
{
	size_t n;

	text += strspn(text, WHITE_SPACE);
	n = strlen(text);
	while (n && strchr(WHITE_SPACE, text[n - 1]))
		n--;
	text[n] = '\0';

	return text;
}

static bool has_control(const char *text)
{
	for (; *text; text++) {
		if (iscntrl((unsigned char)*text))
			return true;
	}
	return false;
}

/* @what names the value in messages. Takes and frees @raw. */
static int checked_text(const struct config_reader *r, const xmlNode *node, const char *what,
			xmlChar *raw, size_t max, char **text)
{
	const char *value;
	int rc = 0;

	if (!raw)
		return config_fail(r, node, -ENOMEM, "out of memory");

	value = trim((char *)raw);
	if (!*value)
		rc = config_fail(r, node, -EINVAL, "%s is empty", what);
	else if (strlen(value) > max)
		rc = config_fail(r, node, -E2BIG, "%s is longer than %zu bytes", what, max);
	else if (has_control(value))
		rc = config_fail(r, node, -EINVAL, "%s holds a control character", what);

	if (!rc) {
		*text = strdup(value);
		if (!*text)
			rc = config_fail(r, node, -ENOMEM, "out of memory");
	}

	xmlFree(raw);
	return rc;
}

bool config_blank(const xmlNode *node)
{
	xmlChar *raw = xmlNodeGetContent(node);
	bool blank = raw && raw[strspn((char *)raw, WHITE_SPACE)] == '\0';

	xmlFree(raw);
	return blank;
}

int config_text(const struct config_reader *r, const xmlNode *node, size_t max, char **text)
{
	char what[72];

	snprintf(what, sizeof(what), "<%s>", (const char *)node->name);
	return checked_text(r, node, what, xmlNodeGetContent(node), max, text);
}

int config_attribute(const struct config_reader *r, const xmlNode *node, const char *name,
		     size_t max, char **text)
{
	xmlChar *raw = xmlGetProp(node, (const xmlChar *)name);
	char what[140];

	if (!raw)
		return config_fail(r, node, -EINVAL, "<%s> lacks the attribute %s", node->name,
				   name);

	snprintf(what, sizeof(what), "the attribute %s of <%s>", name, (const char *)node->name);
	return checked_text(r, node, what, raw, max, text);
}

int config_attribute_optional(const struct config_reader *r, const xmlNode *node, const char *name,
			      size_t max, char **text)
{
	*text = NULL;
	if (!xmlHasProp(node, (const xmlChar *)name))
		return 0;

	return config_attribute(r, node, name, max, text);
}

static int word_index(const char *text, const char *const *words)
{
	for (int i = 0; words[i]; i++)
		if (!strcmp(text, words[i]))
			return i;

	return -1;
}

static void join_words(const char *const *words, char *text, size_t size)
{
	size_t n = 0;

	text[0] = '\0';
	for (int i = 0; words[i] && n < size; i++)
		n += (size_t)snprintf(text + n, size - n, "%s%s", i ? ", " : "", words[i]);
}

int config_attribute_word(const struct config_reader *r, const xmlNode *node, const char *name,
			  const char *const *words, int *index)
{
	char allowed[128], *text;
	int rc = config_attribute_optional(r, node, name, WORD_MAX, &text);

	*index = -1;
	if (rc || !text)
		return rc;

	*index = word_index(text, words);
	if (*index < 0) {
		join_words(words, allowed, sizeof(allowed));
		rc = config_fail(r, node, -EINVAL, "<%s %s='%s'> is not supported; possible: %s",
				 node->name, name, text, allowed);
	}

	free(text);
	return rc;
}

int config_element_word(const struct config_reader *r, const xmlNode *node,
			const char *const *words, int *index)
{
	char allowed[128], *text;
	int rc = config_text(r, node, WORD_MAX, &text);

	if (rc)
		return rc;

	*index = word_index(text, words);
	if (*index < 0) {
		join_words(words, allowed, sizeof(allowed));
		rc = config_fail(r, node, -EINVAL,
				 "<%s> is %s, which is not supported; possible: %s", node->name,
				 text, allowed);
	}

	free(text);
	return rc;
}

bool config_number(const char *text, uint64_t max, uint64_t *number)
{
	uint64_t n = 0;
	unsigned int digit;

	if (!*text)
		return false;

	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;

		digit = (unsigned int)(*text - '0');
		if (digit > max || n > (max - digit) / 10)
			return false;

		n = n * 10 + digit;
	}

	*number = n;
	return true;
}

int config_path(const struct config_reader *r, const xmlNode *node, const char *text)
{
	if (text[0] == '/')
		return 0;

	return config_fail(r, node, -EINVAL,
			   "the path %.200s is not absolute (it must begin with /)", text);
}
