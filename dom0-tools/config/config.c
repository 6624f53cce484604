/* SPDX-License-Identifier: MIT */
/*
 * Reads a domain's XML file: bounded in size. The steps: parse, names and words against the schema,
 * values; each tells all that it finds wrong. Where nothing is, libxml2 looks at the schema once
 * more. What values mean is left to config_domain.c and what it calls.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <dom0-tools/base/file.h>
#include "config_note.h"
#include "config_read.h"
#include "config_xl.h"

/* Names first: what they refuse is passed over when values are read. */
static void read_document(const struct config_reader *r, xmlDoc *doc)
{
	const xmlNode *root = xmlDocGetRootElement(doc);

	config_check_names(r, root);
	if (config_is(root, "domain"))
		config_read_domain(r, root);
	if (r->c->faults.count == 0)
		config_check_schema(r, doc);
}

static void keep_text(const struct config_reader *r, const char *text, size_t length)
{
	struct domain_config *c = r->c;

	c->text = malloc(length + 1);
	if (c->text == NULL) {
		config_fail(r, NULL, -ENOMEM, "out of memory");
		return;
	}

	memcpy(c->text, text, length);
	c->text[length] = '\0';
	c->text_length = length;
}

/* What is kept of an xl.cfg is the XML that it became. */
static void read_xl(const struct config_reader *r, const char *text, size_t length)
{
	xmlDoc *doc = config_from_xl(r, text, length);
	xmlChar *xml = NULL;
	int size = 0;

	if (doc == NULL)
		return;

	read_document(r, doc);
	xmlDocDumpFormatMemory(doc, &xml, &size, 1);
	if (xml != NULL)
		keep_text(r, (const char *)xml, (size_t)size);
	else
		config_fail(r, NULL, -ENOMEM, "out of memory");

	xmlFree(xml);
	xmlFreeDoc(doc);
}

static void read_text(const struct config_reader *r, const char *text, size_t length)
{
	xmlDoc *doc;

	if (length == 0) {
		config_fail(r, NULL, -EINVAL, "the file is empty");
		return;
	}

	if (length > CONFIG_FILE_MAX) {
		config_fail(r, NULL, -EFBIG, "more than %d bytes: no domain needs that much",
			    CONFIG_FILE_MAX);
		return;
	}

	if (config_is_xl(text, length)) {
		r->c->from_xl = true;
		read_xl(r, text, length);
		return;
	}

	doc = config_document(r, text, length);
	if (doc == NULL)
		return;

	read_document(r, doc);
	xmlFreeDoc(doc);
	keep_text(r, text, length);
}

int config_parse(const char *text, size_t length, const char *name, struct domain_config *c,
		 struct hospes_error *err)
{
	struct config_reader r = { .name = name, .c = c };

	memset(c, 0, sizeof(*c));
	read_text(&r, text, length);
	faults_sort(&c->faults);
	return faults_first(&c->faults, err);
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
	free(c->notice);
	faults_free(&c->faults);
	memset(c, 0, sizeof(*c));
}
