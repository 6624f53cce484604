/* SPDX-License-Identifier: MIT */
/*
 * Holds a document against the schema domain.rng, which is part of the program.
 * Names first, with a walk over document and schema side by side, because that gives the plain
 * message "unknown element <foo> in <disk>". Then all of the schema, by libxml2.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <libxml/parser.h>
#include <libxml/relaxng.h>
#include "config_read.h"

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

static bool is_rng(const xmlNode *n, const char *name)
{
	return n->type == XML_ELEMENT_NODE && !strcmp((const char *)n->name, name);
}

static bool has_name(const xmlNode *pattern, const xmlChar *name)
{
	xmlChar *value = xmlGetProp(pattern, (const xmlChar *)"name");
	bool same = value && xmlStrEqual(value, name);

	xmlFree(value);
	return same;
}

static const xmlNode *find_define(const xmlNode *ref)
{
	const xmlNode *n = xmlDocGetRootElement(ref->doc)->children;
	xmlChar *name = xmlGetProp(ref, (const xmlChar *)"name");

	while (n && !(is_rng(n, "define") && has_name(n, name)))
		n = n->next;
	xmlFree(name);
	return n;
}

/*
 * The pattern of kind "element" or "attribute" called @name directly below @pattern, through the
 * schema's grouping. The schema has no recursive definitions, so neither has this walk.
 */
static const xmlNode *find_pattern(const xmlNode *pattern, const char *kind, const xmlChar *name)
{
	const xmlNode *n, *found = NULL;

	for (n = pattern->children; n && !found; n = n->next) {
		if (is_rng(n, "element") || is_rng(n, "attribute")) {
			if (is_rng(n, kind) && has_name(n, name))
				found = n;
		} else if (is_rng(n, "ref")) {
			found = find_pattern(find_define(n), kind, name);
		} else if (n->type == XML_ELEMENT_NODE) {
			found = find_pattern(n, kind, name);
		}
	}

	return found;
}

/* The document's depth is bounded by the schema's: the walk stops at the first unknown name. */
static int check_names(const struct config_reader *r, const xmlNode *node, const xmlNode *pattern)
{
	const xmlNode *n, *p;
	const xmlAttr *a;
	int rc = 0;

	for (a = node->properties; a; a = a->next)
		if (a->ns || !find_pattern(pattern, "attribute", a->name))
			return config_fail(r, node, -EINVAL, "unknown attribute %.64s of <%s>",
					   a->name, node->name);

	for (n = node->children; n && !rc; n = n->next) {
		if (n->type != XML_ELEMENT_NODE)
			continue;

		p = n->ns ? NULL : find_pattern(pattern, "element", n->name);
		if (!p)
			return config_fail(r, n, -EINVAL, "unknown element <%.64s> in <%s>",
					   n->name, node->name);

		rc = check_names(r, n, p);
	}

	return rc;
}

static const xmlNode *schema_start(const xmlDoc *doc)
{
	const xmlNode *n = xmlDocGetRootElement(doc)->children;

	while (n && !is_rng(n, "start"))
		n = n->next;
	return n;
}

/* Read and compiled at its first use, then kept: hospesd holds many documents against it. */
static struct {
	xmlDoc *doc;
	xmlRelaxNG *compiled;
} schema;

static int schema_read(const struct config_reader *r)
{
	if (!schema.doc)
		schema.doc = xmlReadMemory(config_rng_start,
					   (int)(config_rng_end - config_rng_start), "domain.rng",
					   NULL, XML_PARSE_NONET | XML_PARSE_NOBLANKS);
	if (!schema.doc)
		return config_fail(r, NULL, -ENOMEM, "cannot read the built-in schema");

	return 0;
}

static int schema_compile(const struct config_reader *r)
{
	xmlRelaxNGParserCtxt *parser;
	int rc = schema_read(r);

	if (rc || schema.compiled)
		return rc;

	parser = xmlRelaxNGNewDocParserCtxt(schema.doc);
	if (parser)
		schema.compiled = xmlRelaxNGParse(parser);
	xmlRelaxNGFreeParserCtxt(parser);

	if (!schema.compiled)
		return config_fail(r, NULL, -ENOMEM, "cannot compile the built-in schema");

	return 0;
}

int config_schema_names(const struct config_reader *r, const xmlDoc *doc)
{
	const xmlNode *root = xmlDocGetRootElement(doc), *pattern;
	int rc = schema_read(r);

	if (rc)
		return rc;

	pattern = root->ns ? NULL : find_pattern(schema_start(schema.doc), "element", root->name);
	if (!pattern)
		return config_fail(r, root, -EINVAL, "the file holds a <%.64s>, not a <domain>",
				   root->name);

	return check_names(r, root, pattern);
}

struct first_error {
	char text[256];
	int line;
};

/* libxml2 reports the innermost cause first, and then each element around it. */
static void keep_first(void *user, xmlError *e)
{
	struct first_error *first = user;

	if (first->text[0] || !e->message)
		return;

	snprintf(first->text, sizeof(first->text), "%.*s", (int)strcspn(e->message, "\n"),
		 e->message);
	first->line = e->line;
}

int config_schema_validate(const struct config_reader *r, xmlDoc *doc)
{
	struct first_error first = { .text = "" };
	xmlRelaxNGValidCtxt *ctx;
	int rc = schema_compile(r);

	if (rc)
		return rc;

	ctx = xmlRelaxNGNewValidCtxt(schema.compiled);
	if (!ctx)
		return config_fail(r, NULL, -ENOMEM, "out of memory");

	xmlRelaxNGSetValidStructuredErrors(ctx, keep_first, &first);
	rc = xmlRelaxNGValidateDoc(ctx, doc);
	xmlRelaxNGFreeValidCtxt(ctx);
	if (rc == 0)
		return 0;

	return error_set(r->err, -EINVAL, "%s: line %d: against the schema: %s", r->name,
			 first.line, first.text[0] ? first.text : "no reason given");
}
