/* SPDX-License-Identifier: MIT */
/*
 * Values out of the XML tree: the child of a name, its text, numbers and words. Everything here
 * refuses with the line in the file. What the values mean is left to the callers.
 */
#include "config_xml.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "config_note.h"

#define WHITE_SPACE " \t\r\n"

unsigned int config_line(const xmlNode *node)
{
	long line = xmlGetLineNo(node);

	return line > 0 ? (unsigned int)line : 0;
}

int config_fail(const struct config_reader *r, const xmlNode *node, int code, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fault_add(&r->c->faults, r->name, node != NULL ? config_line(node) : 0, code, fmt, args);
	va_end(args);
	return code;
}

int config_fail_line(const struct config_reader *r, unsigned int line, int code, const char *fmt,
		     ...)
{
	va_list args;

	va_start(args, fmt);
	fault_add(&r->c->faults, r->name, line, code, fmt, args);
	va_end(args);
	return code;
}

void config_lacks(const struct config_reader *r, const xmlNode *node, const char *attribute,
		  const char *value, const char *lacks)
{
	const char *name = (const char *)node->name;
	char who[96];

	if (attribute != NULL)
		snprintf(who, sizeof(who), "<%.24s %.24s='%.32s'>", name, attribute, value);
	else
		snprintf(who, sizeof(who), "<%.64s>", name);
	notice_add(&r->c->notice, r->name, config_line(node), who, lacks);
}

bool config_failed_enough(const struct config_reader *r)
{
	return r->c->faults.more;
}

bool config_is(const xmlNode *node, const char *name)
{
	if (node->type != XML_ELEMENT_NODE || node->ns != NULL)
		return false;

	return strcmp((const char *)node->name, name) == 0;
}

const xmlNode *config_child(const xmlNode *parent, const char *name)
{
	const xmlNode *n = parent != NULL ? parent->children : NULL;

	while (n != NULL && !config_is(n, name))
		n = n->next;
	return n;
}

bool config_has(const xmlNode *node, const char *attribute)
{
	return node != NULL && xmlHasProp(node, (const xmlChar *)attribute) != NULL;
}

char *config_trim(char *text)
{
	size_t n;

	text += strspn(text, WHITE_SPACE);
	n = strlen(text);
	while (n > 0 && strchr(WHITE_SPACE, text[n - 1]) != NULL)
		n--;
	text[n] = '\0';

	return text;
}

static bool has_control(const char *text)
{
	for (; *text != '\0'; text++) {
		if (iscntrl((unsigned char)*text))
			return true;
	}
	return false;
}

/* @what names the value in messages. Takes and frees @raw. */
static char *checked_text(const struct config_reader *r, const xmlNode *node, const char *what,
			  xmlChar *raw, size_t max)
{
	const char *value;
	char *text = NULL;
	bool bad = true;

	if (raw == NULL) {
		config_fail(r, node, -ENOMEM, "out of memory");
		return NULL;
	}

	value = config_trim((char *)raw);
	if (*value == '\0')
		config_fail(r, node, -EINVAL, "%s is empty", what);
	else if (strlen(value) > max)
		config_fail(r, node, -E2BIG, "%s is longer than %zu bytes", what, max);
	else if (has_control(value))
		config_fail(r, node, -EINVAL, "%s holds a control character", what);
	else
		bad = false;

	if (!bad) {
		text = strdup(value);
		if (text == NULL)
			config_fail(r, node, -ENOMEM, "out of memory");
	}

	xmlFree(raw);
	return text;
}

bool config_blank(const xmlNode *node)
{
	xmlChar *raw = xmlNodeGetContent(node);
	bool blank = raw != NULL && raw[strspn((char *)raw, WHITE_SPACE)] == '\0';

	xmlFree(raw);
	return blank;
}

char *config_text(const struct config_reader *r, const xmlNode *node, size_t max)
{
	char what[72];

	if (node == NULL)
		return NULL;

	snprintf(what, sizeof(what), "<%s>", (const char *)node->name);
	return checked_text(r, node, what, xmlNodeGetContent(node), max);
}

char *config_attribute(const struct config_reader *r, const xmlNode *node, const char *name,
		       size_t max)
{
	char what[140];

	if (!config_has(node, name))
		return NULL;

	snprintf(what, sizeof(what), "the attribute %s of <%s>", name, (const char *)node->name);
	return checked_text(r, node, what, xmlGetProp(node, (const xmlChar *)name), max);
}

/* Takes and frees @raw, which may be NULL. */
static int word_index(xmlChar *raw, const char *const *words)
{
	int index = -1;

	if (raw == NULL)
		return index;

	for (int i = 0; words[i] != NULL && index < 0; i++)
		if (strcmp(config_trim((char *)raw), words[i]) == 0)
			index = i;

	xmlFree(raw);
	return index;
}

int config_attribute_word(const xmlNode *node, const char *name, const char *const *words)
{
	if (!config_has(node, name))
		return -1;

	return word_index(xmlGetProp(node, (const xmlChar *)name), words);
}

int config_element_word(const xmlNode *node, const char *const *words)
{
	return node != NULL ? word_index(xmlNodeGetContent(node), words) : -1;
}

bool config_attribute_number(const struct config_reader *r, const xmlNode *node, const char *name,
			     uint64_t min, uint64_t max, uint64_t *value)
{
	char *text = config_attribute(r, node, name, 64);
	uint64_t number;
	bool good;

	if (text == NULL)
		return false;

	good = config_number(text, max, &number) && number >= min;
	if (good)
		*value = number;
	else
		config_fail(r, node, -EINVAL, "<%s %s='%s'>: it must be a number from %llu to %llu",
			    node->name, name, text, (unsigned long long)min,
			    (unsigned long long)max);

	free(text);
	return good;
}

bool config_number(const char *text, uint64_t max, uint64_t *number)
{
	uint64_t n = 0;
	unsigned int digit;

	if (*text == '\0')
		return false;

	for (; *text != '\0'; text++) {
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

char *config_path(const struct config_reader *r, const xmlNode *node, const char *attribute)
{
	char *text;

	if (attribute != NULL)
		text = config_attribute(r, node, attribute, PATH_MAX - 1);
	else
		text = config_text(r, node, PATH_MAX - 1);

	if (text == NULL || text[0] == '/')
		return text;

	config_fail(r, node, -EINVAL, "the path %.200s is not absolute (it must begin with /)",
		    text);
	free(text);
	return NULL;
}
