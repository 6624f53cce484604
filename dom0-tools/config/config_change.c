/* SPDX-License-Identifier: MIT */
/*
 * Changes single elements in the text of a configuration, and leaves all else as people wrote it:
 * the UUID where that was left out, the name, and sizes of memory.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include "config.h"

/* A number of 64 bits, in digits. */
#define SIZE_TEXT_MAX 24

static xmlNode *child_find(xmlNode *parent, const char *name)
{
	xmlNode *n = parent->children;

	while (n != NULL &&
	       (n->type != XML_ELEMENT_NODE || strcmp((const char *)n->name, name) != 0))
		n = n->next;
	return n;
}

/* On a line of its own behind @sibling, as far to the right as that. NULL without memory. */
static xmlNode *element_add(xmlNode *sibling, const char *name, const char *text)
{
	xmlNode *before = sibling->prev, *element, *space = NULL;

	element = xmlNewDocNode(sibling->doc, NULL, BAD_CAST name, BAD_CAST text);
	if (element == NULL)
		return NULL;
	if (before != NULL && xmlIsBlankNode(before))
		space = xmlDocCopyNode(before, sibling->doc, 1);

	xmlAddNextSibling(sibling, element);
	if (space != NULL)
		xmlAddNextSibling(sibling, space);
	return element;
}

/* Takes the document's text in place of @c's. */
static int text_replace(struct domain_config *c, xmlDoc *doc)
{
	xmlChar *text = NULL;
	int length = 0;
	char *copy;

	xmlDocDumpMemory(doc, &text, &length);
	copy = text != NULL ? malloc((size_t)length + 1) : NULL;
	if (copy == NULL) {
		xmlFree(text);
		return -ENOMEM;
	}

	memcpy(copy, text, (size_t)length);
	copy[length] = '\0';
	xmlFree(text);
	free(c->text);
	c->text = copy;
	c->text_length = (size_t)length;
	return 0;
}

/* 1: something was changed; 0: nothing; or -errno. */
typedef int (*change)(const struct domain_config *c, xmlNode *root, uint64_t kib);

static int document_change(struct domain_config *c, xmlDoc *doc, change apply, uint64_t kib)
{
	xmlNode *root = xmlDocGetRootElement(doc);
	int rc = root != NULL ? apply(c, root, kib) : -EINVAL;

	return rc > 0 ? text_replace(c, doc) : rc;
}

static int text_change(struct domain_config *c, change apply, uint64_t kib)
{
	int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING;
	xmlDoc *doc = xmlReadMemory(c->text, (int)c->text_length, NULL, NULL, options);
	int rc = -EINVAL;

	if (doc != NULL)
		rc = document_change(c, doc, apply, kib);
	xmlFreeDoc(doc);
	return rc;
}

/* --- the UUID --------------------------------------------------------------------------------- */

static int uuid_complete(const struct domain_config *c, xmlNode *root, uint64_t unused)
{
	xmlNode *name = child_find(root, "name");
	char text[CONFIG_UUID_LENGTH + 1];

	(void)unused;
	if (name == NULL)
		return -EINVAL;
	if (child_find(root, "uuid") != NULL)
		return 0;

	config_uuid_text(c->uuid, text);
	return element_add(name, "uuid", text) != NULL ? 1 : -ENOMEM;
}

int config_uuid_write(struct domain_config *c, struct hospes_error *err)
{
	int rc = text_change(c, uuid_complete, 0);

	if (rc < 0)
		return error_set(err, rc, "%s: cannot write its UUID into the XML: %s", c->name,
				 strerror(-rc));

	return 0;
}

/* --- the name --------------------------------------------------------------------------------- */

/* That of @c, whose characters need no escape. A UUID that was derived from the old one stays. */
static int name_put(const struct domain_config *c, xmlNode *root, uint64_t unused)
{
	xmlNode *name = child_find(root, "name");
	int rc = uuid_complete(c, root, unused);

	if (rc < 0)
		return rc;

	xmlNodeSetContent(name, BAD_CAST c->name);
	return 1;
}

int config_rename(struct domain_config *c, const char *name, struct hospes_error *err)
{
	char old[CONFIG_NAME_MAX + 1];
	int rc;

	snprintf(old, sizeof(old), "%s", c->name);
	snprintf(c->name, sizeof(c->name), "%s", name);
	rc = text_change(c, name_put, 0);
	if (rc == 0)
		return 0;

	snprintf(c->name, sizeof(c->name), "%s", old);
	return error_set(err, rc, "%s: cannot write the name %s into the XML: %s", old, name,
			 strerror(-rc));
}

/* --- memory ----------------------------------------------------------------------------------- */

static void size_write(xmlNode *element, uint64_t kib)
{
	char text[SIZE_TEXT_MAX];

	snprintf(text, sizeof(text), "%" PRIu64, kib);
	xmlNodeSetContent(element, BAD_CAST text);
	xmlSetProp(element, BAD_CAST "unit", BAD_CAST "KiB");
}

/* The size of an element that may have to be added behind <memory>. */
static int size_put(xmlNode *memory, const char *name, uint64_t kib)
{
	xmlNode *element = child_find(memory->parent, name);

	if (element == NULL)
		element = element_add(memory, name, NULL);
	if (element == NULL)
		return -ENOMEM;

	size_write(element, kib);
	return 1;
}

/* Where there is a <maxMemory>, <memory> only bounds what it starts with: it moves along. */
static int start_change(const struct domain_config *c, xmlNode *root, uint64_t kib)
{
	xmlNode *memory = child_find(root, "memory");

	(void)c;
	if (memory == NULL)
		return -EINVAL;
	if (child_find(root, "maxMemory") != NULL)
		size_write(memory, kib);

	return size_put(memory, "currentMemory", kib);
}

/* What it starts with stays, also where only <memory> said it. */
static int most_change(const struct domain_config *c, xmlNode *root, uint64_t kib)
{
	xmlNode *memory = child_find(root, "memory");

	if (memory == NULL)
		return -EINVAL;
	if (child_find(root, "maxMemory") == NULL) {
		size_write(memory, kib);
		return size_put(memory, "currentMemory", c->memory_kib);
	}

	size_write(memory, c->memory_kib);
	return size_put(memory, "maxMemory", kib);
}

/* Changes the text, and takes the values that it has then: it passes all checks once more. */
static int memory_change(struct domain_config *c, change apply, uint64_t kib,
			 struct hospes_error *err)
{
	struct domain_config after;
	int rc = text_change(c, apply, kib);

	if (rc < 0)
		return error_set(err, rc, "%s: cannot write %" PRIu64 " KiB into the XML: %s",
				 c->name, kib, strerror(-rc));

	rc = config_parse(c->text, c->text_length, c->name, &after, err);
	if (rc < 0) {
		config_free(&after);
		return rc;
	}

	config_free(c);
	*c = after;
	return 0;
}

int config_memory_write(struct domain_config *c, uint64_t kib, struct hospes_error *err)
{
	if (kib > c->memory_max_kib)
		return error_set(err, -EINVAL,
				 "%s may have %" PRIu64 " KiB: it cannot start with %" PRIu64
				 " KiB. `hospes mem-max --config` comes first",
				 c->name, c->memory_max_kib, kib);

	return memory_change(c, start_change, kib, err);
}

int config_memory_max_write(struct domain_config *c, uint64_t kib, struct hospes_error *err)
{
	if (kib < c->memory_kib)
		return error_set(err, -EINVAL,
				 "%s starts with %" PRIu64 " KiB: its most cannot be %" PRIu64
				 " KiB. `hospes mem-set --config` comes first",
				 c->name, c->memory_kib, kib);

	return memory_change(c, most_change, kib, err);
}
