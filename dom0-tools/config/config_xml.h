/* SPDX-License-Identifier: MIT */
/*
 * The configuration reader's lowest file: its state, its messages, and values out of the XML tree.
 * Inside config/ only. All that returns an int gives 0 or -errno with the line told.
 */
#ifndef HOSPES_CONFIG_CONFIG_XML_H
#define HOSPES_CONFIG_CONFIG_XML_H

#include <libxml/tree.h>
#include <dom0-tools/base/must_check.h>
#include "config.h"

struct config_reader {
	const char *name; /* of the file, for messages */
	struct domain_config *c;
	struct hospes_error *err;
};

/* "FILE: line N: ..." Returns @code. @node may be NULL: then there is no line to name. */
int config_fail(const struct config_reader *r, const xmlNode *node, int code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * The only child element of that name: 0 with *@child NULL when there is none and it is not
 * @needed. A second one is refused.
 */
__must_check int config_child(const struct config_reader *r, const xmlNode *parent,
			      const char *name, bool needed, const xmlNode **child);

/* Whether the element holds nothing but white space. */
bool config_blank(const xmlNode *node);

/*
 * Text of an element without white space around it, or of an attribute: allocated. Refused: none,
 * empty, longer than @max, control characters.
 */
__must_check int config_text(const struct config_reader *r, const xmlNode *node, size_t max,
			     char **text);
__must_check int config_attribute(const struct config_reader *r, const xmlNode *node,
				  const char *name, size_t max, char **text);

/* The same of an attribute that need not be there: then 0, and *@text is NULL. */
__must_check int config_attribute_optional(const struct config_reader *r, const xmlNode *node,
					   const char *name, size_t max, char **text);

/*
 * The place of an element's text, or of an attribute's, in @words, which ends with NULL; others are
 * refused. An attribute need not be there: *@index is -1 then.
 */
__must_check int config_element_word(const struct config_reader *r, const xmlNode *node,
				     const char *const *words, int *index);
__must_check int config_attribute_word(const struct config_reader *r, const xmlNode *node,
				       const char *name, const char *const *words, int *index);

/* Refuses a relative path. */
__must_check int config_path(const struct config_reader *r, const xmlNode *node, const char *text);

/* Decimal digits only; false on anything else, and beyond @max. */
__must_check bool config_number(const char *text, uint64_t max, uint64_t *number);

#endif
