/* SPDX-License-Identifier: MIT */
/*
 * The configuration reader's lowest file: its state, its messages, and values out of the XML tree.
 * Inside config/ only. Nothing here stops at a fault: it is kept in the configuration, the value is
 * left out, and the reading goes on to the next one. What is missing, double or unknown has been
 * told by config_names.c when values are read.
 */
#ifndef HOSPES_CONFIG_CONFIG_XML_H
#define HOSPES_CONFIG_CONFIG_XML_H

#include <libxml/tree.h>
#include <dom0-tools/base/must_check.h>
#include "config.h"

struct config_reader {
	const char *name; /* of the file, for messages */
	struct domain_config *c;
};

/* Keeps the fault "FILE: line N: ..." Returns @code. @node may be NULL: then it has no line. */
int config_fail(const struct config_reader *r, const xmlNode *node, int code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
int config_fail_line(const struct config_reader *r, unsigned int line, int code, const char *fmt,
		     ...) __attribute__((format(printf, 4, 5)));

/* Takes down that what @node asks for (by @attribute, if not NULL, with @value) is not given. */
void config_lacks(const struct config_reader *r, const xmlNode *node, const char *attribute,
		  const char *value, const char *lacks);

/* No more faults are kept: what is left of the file need not be looked at. */
bool config_failed_enough(const struct config_reader *r);

unsigned int config_line(const xmlNode *node);

/* Whether it is an element, without a namespace, of that name. */
bool config_is(const xmlNode *node, const char *name);

/* The first child element of that name, or NULL. @parent may be NULL too. */
const xmlNode *config_child(const xmlNode *parent, const char *name);

/* Whether the element holds nothing but white space. */
bool config_blank(const xmlNode *node);

bool config_has(const xmlNode *node, const char *attribute);

/*
 * Text of an element without white space around it, or of an attribute: allocated. NULL where it is
 * not there (@node may be NULL), or refused: empty, longer than @max, control characters.
 */
char *config_text(const struct config_reader *r, const xmlNode *node, size_t max);
char *config_attribute(const struct config_reader *r, const xmlNode *node, const char *name,
		       size_t max);

/* The place of an element's text, or of an attribute's, in @words, which ends with NULL; or -1. */
int config_element_word(const xmlNode *node, const char *const *words);
int config_attribute_word(const xmlNode *node, const char *name, const char *const *words);

/* An attribute that is a number: false where it is not there or refused, *@value as it was. */
bool config_attribute_number(const struct config_reader *r, const xmlNode *node, const char *name,
			     uint64_t min, uint64_t max, uint64_t *value);

/* An absolute path as an element's text or an attribute's: allocated, or NULL as above. */
char *config_path(const struct config_reader *r, const xmlNode *node, const char *attribute);

/* Text without the white space around it: moves the start, cuts the end. */
char *config_trim(char *text);

/* Decimal digits only; false on anything else, and beyond @max. */
__must_check bool config_number(const char *text, uint64_t max, uint64_t *number);

#endif
