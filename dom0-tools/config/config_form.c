/* SPDX-License-Identifier: MIT */
/*
 * Reads the schema domain.rng, which is part of the program: what may stand below one pattern of
 * it. The file keeps to a simple form, which its head describes, so a walk over groups is enough.
 */
#include "config_form.h"

#include <stdio.h>
#include <string.h>
#include <libxml/parser.h>
#include <libxml/relaxng.h>

#define MARKS "urn:hospes:domain"

/*
 * Linked in, so that the tools work from any place, and always with the schema they were made for.
 */
__asm__(".section .rodata\n"
	".global config_rng_start, config_rng_end\n"
	".balign 16\n"
	"config_rng_start: .incbin \"dom0-tools/config/domain.rng\"\n"
	"config_rng_end: .byte 0\n"
	".previous\n");
extern const char config_rng_start[], config_rng_end[];

/* Read and compiled at its first use, then kept: hospesd holds many documents against it. */
static struct {
	xmlDoc *doc;
	xmlRelaxNG *compiled;
} schema;

static bool schema_read(void)
{
	if (schema.doc == NULL)
		schema.doc = xmlReadMemory(config_rng_start,
					   (int)(config_rng_end - config_rng_start), "domain.rng",
					   NULL, XML_PARSE_NONET | XML_PARSE_NOBLANKS);
	return schema.doc != NULL;
}

const void *form_compiled(void)
{
	xmlRelaxNGParserCtxt *parser;

	if (schema.compiled != NULL || !schema_read())
		return schema.compiled;

	/* It works on a copy of the document. */
	parser = xmlRelaxNGNewDocParserCtxt(schema.doc);
	if (parser != NULL)
		schema.compiled = xmlRelaxNGParse(parser);
	xmlRelaxNGFreeParserCtxt(parser);
	return schema.compiled;
}

static bool is_rng(const xmlNode *n, const char *name)
{
	return n->type == XML_ELEMENT_NODE && strcmp((const char *)n->name, name) == 0;
}

static bool has_name(const xmlNode *pattern, const xmlChar *name)
{
	xmlChar *value = xmlGetNoNsProp(pattern, (const xmlChar *)"name");
	bool same = value != NULL && xmlStrEqual(value, name);

	xmlFree(value);
	return same;
}

static const xmlNode *find_define(const xmlNode *ref)
{
	const xmlNode *n = xmlDocGetRootElement(ref->doc)->children;
	xmlChar *name = xmlGetNoNsProp(ref, (const xmlChar *)"name");

	while (n != NULL && !(is_rng(n, "define") && has_name(n, name)))
		n = n->next;
	xmlFree(name);
	return n;
}

const xmlNode *form_domain(void)
{
	const xmlNode *n;

	if (!schema_read())
		return NULL;

	n = xmlDocGetRootElement(schema.doc)->children;
	while (n != NULL && !is_rng(n, "start"))
		n = n->next;
	return n != NULL ? xmlFirstElementChild((xmlNode *)n) : NULL;
}

static void member_add(struct form *form, const xmlNode *pattern, enum form_need need)
{
	if (form->member_count == FORM_MEMBERS_MAX)
		return;

	form->members[form->member_count++] = (struct form_member){ pattern, need, NULL };
}

static void word_add(struct form *form, const xmlNode *pattern)
{
	if (form->word_count < FORM_WORDS_MAX)
		form->words[form->word_count++] = xmlNodeGetContent(pattern);
}

/* The schema's groups nest a few levels deep; what recurses is in "anything" alone. */
static void group_read(struct form *form, const xmlNode *group, enum form_need need)
{
	const xmlNode *n;

	if (group == NULL)
		return;

	for (n = group->children; n != NULL; n = n->next) {
		if (is_rng(n, "element") || is_rng(n, "attribute"))
			member_add(form, n, need);
		else if (is_rng(n, "text"))
			form->text = true;
		else if (is_rng(n, "value"))
			word_add(form, n);
		else if (is_rng(n, "ref") && has_name(n, (const xmlChar *)"anything"))
			form->anything = true;
		else if (is_rng(n, "ref"))
			group_read(form, find_define(n), need);
		else if (is_rng(n, "optional"))
			group_read(form, n, FORM_OPTIONAL);
		else if (is_rng(n, "zeroOrMore"))
			group_read(form, n, FORM_MANY);
		else if (n->type == XML_ELEMENT_NODE)
			group_read(form, n, need);
	}
}

void form_read(struct form *form, const xmlNode *pattern)
{
	memset(form, 0, sizeof(*form));
	group_read(form, pattern, FORM_ONE);
}

void form_free(struct form *form)
{
	for (unsigned int i = 0; i < form->word_count; i++)
		xmlFree(form->words[i]);
	form->word_count = 0;
}

bool form_is_element(const struct form_member *member)
{
	return is_rng(member->pattern, "element");
}

xmlChar *form_name(const struct form_member *member)
{
	return xmlGetNoNsProp(member->pattern, (const xmlChar *)"name");
}

struct form_member *form_find(struct form *form, const char *kind, const xmlChar *name)
{
	for (unsigned int i = 0; i < form->member_count; i++) {
		struct form_member *m = &form->members[i];

		if (is_rng(m->pattern, kind) && has_name(m->pattern, name))
			return m;
	}
	return NULL;
}

bool form_has_word(const struct form *form, const char *word)
{
	for (unsigned int i = 0; i < form->word_count; i++)
		if (form->words[i] != NULL && strcmp((const char *)form->words[i], word) == 0)
			return true;

	return false;
}

void form_words_text(const struct form *form, char text[FORM_WORDS_TEXT_MAX])
{
	size_t n = 0;

	text[0] = '\0';
	for (unsigned int i = 0; i < form->word_count && n < FORM_WORDS_TEXT_MAX; i++)
		n += (size_t)snprintf(text + n, FORM_WORDS_TEXT_MAX - n, "%s%s", i ? ", " : "",
				      (const char *)form->words[i]);
}

xmlChar *form_mark(const xmlNode *pattern, const char *name)
{
	return xmlGetNsProp(pattern, (const xmlChar *)name, (const xmlChar *)MARKS);
}
