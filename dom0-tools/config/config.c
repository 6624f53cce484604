/* SPDX-License-Identifier: MIT */
/*
 * Reads a domain's XML file: bounded in size, no document type, no entities of its own, no network.
 * The steps: parse, refuse unknown names, take and check the values, and last the schema.
 * The values come before the schema because they say in words what is wrong; the schema then holds
 * whatever they let pass. It leaves the values to config_domain.c and what it calls.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <dom0-tools/base/file.h>
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

static int parse_failed(const struct config_reader *r, xmlParserCtxt *parser, bool doctype)
{
	const xmlError *e = xmlCtxtGetLastError(parser);
	const char *why = e && e->message ? e->message : "not XML";

	if (doctype)
		return config_fail(r, NULL, -EINVAL,
				   "a document type (<!DOCTYPE>) is not accepted: remove it");

	return error_set(r->err, -EINVAL, "%s: line %d: not well-formed XML: %.*s", r->name,
			 e ? e->line : 1, (int)strcspn(why, "\n"), why);
}

static int parse_document(const struct config_reader *r, const char *text, size_t length,
			  xmlDoc **doc)
{
	int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
		      XML_PARSE_NOCDATA | XML_PARSE_BIG_LINES;
	xmlParserCtxt *parser = xmlNewParserCtxt();
	bool doctype = false;
	int rc = 0;

	*doc = NULL;
	if (!parser)
		return config_fail(r, NULL, -ENOMEM, "out of memory");

	parser->sax->internalSubset = refuse_document_type;
	parser->_private = &doctype;
	*doc = xmlCtxtReadMemory(parser, text, (int)length, NULL, NULL, options);
	if (*doc && (*doc)->intSubset)
		doctype = true;

	if (!*doc || doctype) {
		rc = parse_failed(r, parser, doctype);
		xmlFreeDoc(*doc);
		*doc = NULL;
	}

	xmlFreeParserCtxt(parser);
	return rc;
}

static int read_document(const struct config_reader *r, xmlDoc *doc)
{
	int rc = config_schema_names(r, doc);

	if (rc)
		return rc;

	rc = config_read_domain(r, xmlDocGetRootElement(doc));
	if (rc)
		return rc;

	return config_schema_validate(r, doc);
}

static int keep_text(const struct config_reader *r, const char *text, size_t length)
{
	struct domain_config *c = r->c;

	c->text = malloc(length + 1);
	if (!c->text)
		return config_fail(r, NULL, -ENOMEM, "out of memory");

	memcpy(c->text, text, length);
	c->text[length] = '\0';
	c->text_length = length;
	return 0;
}

int config_parse(const char *text, size_t length, const char *name, struct domain_config *c,
		 struct hospes_error *err)
{
	struct config_reader r = { .name = name, .c = c, .err = err };
	xmlDoc *doc;
	int rc;

	memset(c, 0, sizeof(*c));
	if (length == 0)
		return config_fail(&r, NULL, -EINVAL, "the file is empty");
	if (length > CONFIG_FILE_MAX)
		return config_fail(&r, NULL, -EFBIG,
				   "more than %d bytes: no domain needs that much",
				   CONFIG_FILE_MAX);

	rc = parse_document(&r, text, length, &doc);
	if (rc)
		return rc;

	rc = read_document(&r, doc);
	xmlFreeDoc(doc);
	if (rc)
		return rc;

	return keep_text(&r, text, length);
}

int config_load(const char *path, struct domain_config *c, struct hospes_error *err)
{
	struct stat st;
	ssize_t length;
	char *text;
	int fd, rc;

	memset(c, 0, sizeof(*c));
	fd = file_open_regular(path, "the configuration", &st, err);
	if (fd < 0)
		return fd;

	/* One byte more than allowed is read, so that config_parse() sees what is too long. */
	text = malloc(CONFIG_FILE_MAX + 1);
	length = text ? file_read(fd, text, CONFIG_FILE_MAX + 1) : -ENOMEM;
	close(fd);
	if (length < 0)
		rc = error_set(err, (int)length, "cannot read the configuration %s: %s", path,
			       strerror((int)-length));
	else
		rc = config_parse(text, (size_t)length, path, c, err);

	free(text);
	return rc;
}

void config_free(struct domain_config *c)
{
	for (unsigned int i = 0; i < c->disk_count; i++)
		free(c->disks[i].source);
	free(c->kernel);
	free(c->initrd);
	free(c->cmdline);
	free(c->text);
	memset(c, 0, sizeof(*c));
}
