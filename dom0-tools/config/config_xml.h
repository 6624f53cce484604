/* SPDX-License-Identifier: MIT */
/*
 * What the parts of the configuration reader share: the reader's state, walking the XML tree, and
 * values out of text. Not for use outside config*.c.
 */
#ifndef HOSPES_LIB_CONFIG_XML_H
#define HOSPES_LIB_CONFIG_XML_H

#include <libxml/tree.h>
#include "config.h"

struct config_reader {
	const char *name; /* of the file, for messages */
	struct domain_config *c;
	struct hospes_error *err;
};

/* "FILE: line N: ..." Returns @code. */
int config_fail(const struct config_reader *r, const xmlNode *node, int code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* config_schema.c: unknown names are refused, and then what the schema forbids. */
int config_schema_names(const struct config_reader *r, const xmlDoc *doc);
int config_schema_validate(const struct config_reader *r, xmlDoc *doc);

/* config_values.c, config_device.c: from the tree to the values. */
int config_read_domain(const struct config_reader *r, const xmlNode *domain);
/* config_vcpu.c; the second needs the number of processors. */
int config_read_vcpus(const struct config_reader *r, const xmlNode *domain);
int config_read_cputune(const struct config_reader *r, const xmlNode *domain);
int config_read_devices(const struct config_reader *r, const xmlNode *devices);
int config_check_devices(const struct config_reader *r);

/*
 * The only child element of that name: 0 with *@child NULL when there is none and it is not
 * @needed. A second one is refused.
 */
int config_child(const struct config_reader *r, const xmlNode *parent, const char *name,
		 bool needed, const xmlNode **child);
/* Text of an element without white space around it, or of an attribute: allocated. Refused: none,
 * empty, longer than @max, control characters. */
int config_text(const struct config_reader *r, const xmlNode *node, size_t max, char **text);
bool config_blank(const xmlNode *node);
int config_attribute(const struct config_reader *r, const xmlNode *node, const char *name,
		     size_t max, char **text);
/* The same of an attribute that need not be there: then 0, and *@text is NULL. */
int config_attribute_optional(const struct config_reader *r, const xmlNode *node, const char *name,
			      size_t max, char **text);
/* An attribute that need not be there, compared with the words it may have. *@index: which; -1 if
 * absent. @words ends with NULL. */
int config_attribute_word(const struct config_reader *r, const xmlNode *node, const char *name,
			  const char *const *words, int *index);
int config_element_word(const struct config_reader *r, const xmlNode *node,
			const char *const *words, int *index);
/* Decimal digits only; false on anything else and on overflow. */
bool config_number(const char *text, uint64_t max, uint64_t *number);
/* Index of @text in @words, or -1. */
int config_word(const char *text, const char *const *words);
/* A path that does not depend on where the reader stands. */
int config_path(const struct config_reader *r, const xmlNode *node, const char *text);

/* config_derive.c: what the file need not say. */
void config_derive_uuid(struct domain_config *c);
void config_derive_mac(const struct domain_config *c, unsigned int index, uint8_t mac[6]);

#endif
