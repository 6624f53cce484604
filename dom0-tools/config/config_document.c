/* SPDX-License-Identifier: MIT */
/* A document of XML: no document type, no entities of its own, no network. */
#include <errno.h>
#include <string.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include "config_read.h"

/*
 * A document type may define entities that grow without bound or name other files. None is needed.
 */
static void refuse_document_type(void *ctx, const xmlChar *name, const xmlChar *external,
				 const xmlChar *system)
{
	xmlParserCtxt *parser = ctx;
	bool *seen = parser->_private;

	(void)name, (void)external, (void)system;
	*seen = true;
	xmlStopParser(parser);
}

static void parse_failed(const struct config_reader *r, xmlParserCtxt *parser, bool doctype)
{
	const xmlError *e = xmlCtxtGetLastError(parser);
	const char *why = e != NULL && e->message != NULL ? e->message : "not XML";

	if (doctype)
		config_fail(r, NULL, -EINVAL,
			    "a document type (<!DOCTYPE>) is not accepted: remove it");
	else
		config_fail_line(r, e != NULL && e->line > 0 ? (unsigned int)e->line : 1, -EINVAL,
				 "not well-formed XML: %.*s", (int)strcspn(why, "\n"), why);
}

xmlDoc *config_document(const struct config_reader *r, const char *text, size_t length)
{
	int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
		      XML_PARSE_NOCDATA | XML_PARSE_BIG_LINES;
	xmlParserCtxt *parser = xmlNewParserCtxt();
	bool doctype = false;
	xmlDoc *doc;

	if (parser == NULL) {
		config_fail(r, NULL, -ENOMEM, "out of memory");
		return NULL;
	}

	parser->sax->internalSubset = refuse_document_type;
	parser->_private = &doctype;
	doc = xmlCtxtReadMemory(parser, text, (int)length, NULL, NULL, options);
	if (doc != NULL && doc->intSubset != NULL)
		doctype = true;

	if (doc == NULL || doctype) {
		parse_failed(r, parser, doctype);
		xmlFreeDoc(doc);
		doc = NULL;
	}

	xmlFreeParserCtxt(parser);
	return doc;
}
