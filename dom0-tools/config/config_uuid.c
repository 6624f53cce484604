/* SPDX-License-Identifier: MIT */
/* Writes a domain's UUID into its XML where that leaves it out, and nothing else. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include "config.h"

static xmlNode *child_find(xmlNode *parent, const char *name)
{
	xmlNode *n = parent->children;

	while (n != NULL &&
	       (n->type != XML_ELEMENT_NODE || strcmp((const char *)n->name, name) != 0))
		n = n->next;
	return n;
}

/* On a line of its own, as far to the right as the name. */
static bool uuid_add(xmlNode *name, const uint8_t uuid[16])
{
	xmlNode *before = name->prev, *element, *space = NULL;
	char text[CONFIG_UUID_LENGTH + 1];

	config_uuid_text(uuid, text);
	element = xmlNewDocNode(name->doc, NULL, BAD_CAST "uuid", BAD_CAST text);
	if (element == NULL)
		return false;
	if (before != NULL && xmlIsBlankNode(before))
		space = xmlDocCopyNode(before, name->doc, 1);

	xmlAddNextSibling(name, element);
	if (space != NULL)
		xmlAddNextSibling(name, space);
	return true;
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

static int document_complete(struct domain_config *c, xmlDoc *doc)
{
	xmlNode *root = xmlDocGetRootElement(doc);
	xmlNode *name = root != NULL ? child_find(root, "name") : NULL;

	if (name == NULL)
		return -EINVAL;
	if (child_find(root, "uuid") != NULL)
		return 0;
	if (!uuid_add(name, c->uuid))
		return -ENOMEM;

	return text_replace(c, doc);
}

int config_uuid_write(struct domain_config *c, struct hospes_error *err)
{
	int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING;
	xmlDoc *doc = xmlReadMemory(c->text, (int)c->text_length, NULL, NULL, options);
	int rc = -EINVAL;

	if (doc != NULL)
		rc = document_complete(c, doc);
	xmlFreeDoc(doc);

	if (rc < 0)
		return error_set(err, rc, "%s: cannot write its UUID into the XML: %s", c->name,
				 strerror(-rc));

	return 0;
}
