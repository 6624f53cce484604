/* SPDX-License-Identifier: MIT */
/*
 * The schema domain.rng as the tools read it: for each element, what may stand in it. Inside
 * config/ only.
 */
#ifndef HOSPES_CONFIG_CONFIG_FORM_H
#define HOSPES_CONFIG_CONFIG_FORM_H

#include <stdbool.h>
#include <libxml/tree.h>
#include <dom0-tools/base/must_check.h>

/* The most that the schema has below one element: <devices> and <domain> have some 40. */
#define FORM_MEMBERS_MAX 64
#define FORM_WORDS_MAX   8
/* Room for all of an element's words in a message. */
#define FORM_WORDS_TEXT_MAX 160

enum form_need { FORM_ONE, FORM_OPTIONAL, FORM_MANY };

/* An element or attribute. */
struct form_member {
	const xmlNode *pattern;
	enum form_need need;
	const xmlNode *first; /* for who reads: where it was met first */
};

/* What one pattern of the schema allows. */
struct form {
	unsigned int member_count, word_count;
	bool text;     /* any text */
	bool anything; /* elements, attributes and text of any kind: not looked at */
	struct form_member members[FORM_MEMBERS_MAX];
	xmlChar *words[FORM_WORDS_MAX];
};

/* The pattern of <domain>; NULL without memory. Read at its first use, then kept. */
const xmlNode *form_domain(void);

/* The schema as a document, and compiled by libxml2 (xmlRelaxNG); NULL without memory. */
const void *form_compiled(void);

/* @form must be given back by form_free(). */
void form_read(struct form *form, const xmlNode *pattern);
void form_free(struct form *form);

/* NULL: unknown there. @kind is "element" or "attribute". */
struct form_member *form_find(struct form *form, const char *kind, const xmlChar *name);

bool form_is_element(const struct form_member *member);
/* The member's name; to be freed by xmlFree(). */
xmlChar *form_name(const struct form_member *member);

bool form_has_word(const struct form *form, const char *word);
/* "file, block" */
void form_words_text(const struct form *form, char text[FORM_WORDS_TEXT_MAX]);

/* The mark h:NAME of a pattern: to be freed by xmlFree(); NULL: it has none. */
xmlChar *form_mark(const xmlNode *pattern, const char *name);

#endif
