/* SPDX-License-Identifier: MIT */
/*
 * Holds a document against the schema, element by element, and says in plain words what differs:
 * unknown, missing and double names, words that are not possible, text where none belongs. It goes
 * on after each fault, so that all are told. On the way it takes down what a file asks for and
 * does not get.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "config_form.h"
#include "config_read.h"

/* Longest value that is quoted in a message. */
#define QUOTED_MAX 64

static const char *name_of(const xmlNode *node)
{
	return (const char *)node->name;
}

/* Trimmed and allocated; NULL without memory. */
static char *content_of(const xmlNode *node)
{
	xmlChar *raw = xmlNodeGetContent(node);
	char *text = raw != NULL ? strdup(config_trim((char *)raw)) : NULL;

	xmlFree(raw);
	return text;
}

/* Whether @word stands in @list, words with a blank between them. */
static bool list_has(const char *list, const char *word)
{
	size_t length = strlen(word);
	const char *at = list;

	if (length == 0)
		return false;

	while ((at = strstr(at, word)) != NULL) {
		bool begins = at == list || at[-1] == ' ';

		if (begins && (at[length] == ' ' || at[length] == '\0'))
			return true;
		at += length;
	}
	return false;
}

/* Whether the pattern's mark "unless" names @value (NULL: an element, which has none). */
static bool is_given_anyway(const xmlNode *pattern, const char *value)
{
	xmlChar *unless = form_mark(pattern, "unless");
	bool given = unless != NULL && value != NULL && list_has((const char *)unless, value);

	xmlFree(unless);
	return given;
}

/* What the pattern's marks say of @node, whose value it is if it is an attribute. */
static void check_marks(const struct config_reader *r, const xmlNode *node, const xmlNode *pattern,
			const char *attribute, const char *value)
{
	xmlChar *refused = form_mark(pattern, "refused"), *lacks = form_mark(pattern, "lacks");

	if (refused != NULL)
		config_fail(r, node, -EINVAL, "<%s> is not supported: %s", name_of(node), refused);
	else if (lacks != NULL && !is_given_anyway(pattern, value))
		config_lacks(r, node, attribute, value, (const char *)lacks);

	xmlFree(refused);
	xmlFree(lacks);
}

static void word_refused(const struct config_reader *r, const xmlNode *node, const char *attribute,
			 const char *value, const struct form *form)
{
	char possible[FORM_WORDS_TEXT_MAX];

	form_words_text(form, possible);
	if (attribute != NULL)
		config_fail(r, node, -EINVAL, "<%s %s='%.*s'> is not supported; possible: %s",
			    name_of(node), attribute, QUOTED_MAX, value, possible);
	else if (*value == '\0')
		config_fail(r, node, -EINVAL, "<%s> is empty; possible: %s", name_of(node),
			    possible);
	else
		config_fail(r, node, -EINVAL, "<%s> is %.*s, which is not supported; possible: %s",
			    name_of(node), QUOTED_MAX, value, possible);
}

static void check_attribute(const struct config_reader *r, const xmlNode *node,
			    const xmlAttr *attribute, const xmlNode *pattern)
{
	const char *name = (const char *)attribute->name;
	char *value = content_of((const xmlNode *)attribute);
	struct form form;

	if (value == NULL) {
		config_fail(r, node, -ENOMEM, "out of memory");
		return;
	}

	form_read(&form, pattern);
	if (form.word_count != 0 && !form_has_word(&form, value))
		word_refused(r, node, name, value, &form);
	else
		check_marks(r, node, pattern, name, value);

	form_free(&form);
	free(value);
}

static void check_attributes(const struct config_reader *r, const xmlNode *node, struct form *form)
{
	for (const xmlAttr *a = node->properties; a != NULL; a = a->next) {
		struct form_member *m = form_find(form, "attribute", a->name);

		if (m == NULL || a->ns != NULL) {
			config_fail(r, node, -EINVAL, "unknown attribute %.64s of <%s>", a->name,
				    name_of(node));
			continue;
		}

		m->first = node;
		check_attribute(r, node, a, m->pattern);
	}
}

/* Text right below @node, not in its children. */
static bool has_own_text(const xmlNode *node)
{
	for (const xmlNode *n = node->children; n != NULL; n = n->next) {
		bool text = n->type == XML_TEXT_NODE || n->type == XML_CDATA_SECTION_NODE;

		if (text && !xmlIsBlankNode(n))
			return true;
	}
	return false;
}

static void check_text(const struct config_reader *r, const xmlNode *node, const struct form *form)
{
	char *value;

	if (form->word_count != 0) {
		value = content_of(node);
		if (value == NULL)
			config_fail(r, node, -ENOMEM, "out of memory");
		else if (!form_has_word(form, value))
			word_refused(r, node, NULL, value, form);
		free(value);
		return;
	}

	if (form->text || !has_own_text(node))
		return;

	if (form->member_count == 0)
		config_fail(r, node, -EINVAL, "<%s> holds text: it must be empty", name_of(node));
	else
		config_fail(r, node, -EINVAL, "<%s> holds text between its elements",
			    name_of(node));
}

static void check_needed(const struct config_reader *r, const xmlNode *node,
			 const struct form *form)
{
	for (unsigned int i = 0; i < form->member_count; i++) {
		const struct form_member *m = &form->members[i];
		xmlChar *name;

		if (m->need != FORM_ONE || m->first != NULL)
			continue;

		name = form_name(m);
		if (form_is_element(m))
			config_fail(r, node, -EINVAL, "<%s> lacks a <%s>", name_of(node), name);
		else
			config_fail(r, node, -EINVAL, "<%s> lacks the attribute %s", name_of(node),
				    name);
		xmlFree(name);
	}
}

static void check_element(const struct config_reader *r, const xmlNode *node,
			  const xmlNode *pattern);

static void check_child(const struct config_reader *r, const xmlNode *parent, const xmlNode *node,
			struct form *form)
{
	struct form_member *m = form_find(form, "element", node->name);

	if (m == NULL || node->ns != NULL) {
		config_fail(r, node, -EINVAL, "unknown element <%.64s> in <%s>", node->name,
			    name_of(parent));
		return;
	}

	if (m->first != NULL && m->need != FORM_MANY) {
		config_fail(r, node, -EINVAL, "a second <%s> in <%s>; the first is in line %u",
			    name_of(node), name_of(parent), config_line(m->first));
		return;
	}

	if (m->first == NULL)
		m->first = node;
	check_element(r, node, m->pattern);
}

static void check_children(const struct config_reader *r, const xmlNode *node, struct form *form)
{
	for (const xmlNode *n = node->children; n != NULL; n = n->next) {
		if (config_failed_enough(r))
			return;
		if (n->type == XML_ELEMENT_NODE)
			check_child(r, node, n, form);
	}
}

/* As deep as the schema is: what is unknown is not entered. */
static void check_element(const struct config_reader *r, const xmlNode *node,
			  const xmlNode *pattern)
{
	struct form form;

	check_marks(r, node, pattern, NULL, NULL);
	form_read(&form, pattern);
	if (!form.anything) {
		check_attributes(r, node, &form);
		check_children(r, node, &form);
		check_text(r, node, &form);
		check_needed(r, node, &form);
	}

	form_free(&form);
}

void config_check_names(const struct config_reader *r, const xmlNode *root)
{
	const xmlNode *pattern = form_domain();

	if (pattern == NULL)
		config_fail(r, NULL, -ENOMEM, "cannot read the built-in schema");
	else if (root->ns != NULL || strcmp(name_of(root), "domain") != 0)
		config_fail(r, root, -EINVAL, "the file holds a <%.64s>, not a <domain>",
			    root->name);
	else
		check_element(r, root, pattern);
}
