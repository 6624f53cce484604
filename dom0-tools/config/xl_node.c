/* SPDX-License-Identifier: MIT */
/* Nodes of the XML that an xl.cfg becomes, with the lines of their settings. */
#include "config_xl.h"

/* A line number as a node of libxml2 keeps it. */
#define LINE_MAX_XML 65534

xmlNode *xl_element(xmlNode *parent, const char *name, const char *text, unsigned int line)
{
	xmlNode *node;

	if (parent == NULL)
		return NULL;

	node = xmlNewTextChild(parent, NULL, (const xmlChar *)name, (const xmlChar *)text);
	if (node != NULL)
		node->line = (unsigned short)(line < LINE_MAX_XML ? line : LINE_MAX_XML);
	return node;
}

void xl_attribute(xmlNode *node, const char *name, const char *value)
{
	if (node != NULL)
		xmlNewProp(node, (const xmlChar *)name, (const xmlChar *)value);
}
