/* SPDX-License-Identifier: MIT */
/*
 * The last look at a document in which nothing wrong was found: all of the schema domain.rng, by
 * libxml2. Its words are for those who change the schema: config_names.c has told the rest.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <libxml/relaxng.h>
#include "config_form.h"
#include "config_read.h"

struct first_error {
	char text[256];
	int line;
};

/* libxml2 reports the innermost cause first, and then each element around it. */
static void keep_first(void *user, xmlError *e)
{
	struct first_error *first = user;

	if (first->text[0] != '\0' || e->message == NULL)
		return;

	snprintf(first->text, sizeof(first->text), "%.*s", (int)strcspn(e->message, "\n"),
		 e->message);
	first->line = e->line;
}

void config_check_schema(const struct config_reader *r, xmlDoc *doc)
{
	struct first_error first = { .text = "" };
	xmlRelaxNG *compiled = (xmlRelaxNG *)form_compiled();
	xmlRelaxNGValidCtxt *ctx = NULL;
	int rc;

	if (compiled != NULL)
		ctx = xmlRelaxNGNewValidCtxt(compiled);
	if (ctx == NULL) {
		config_fail(r, NULL, -ENOMEM, "cannot compile the built-in schema");
		return;
	}

	xmlRelaxNGSetValidStructuredErrors(ctx, keep_first, &first);
	rc = xmlRelaxNGValidateDoc(ctx, doc);
	xmlRelaxNGFreeValidCtxt(ctx);
	if (rc != 0)
		config_fail_line(r, first.line > 0 ? (unsigned int)first.line : 0, -EINVAL,
				 "against the schema: %s",
				 first.text[0] != '\0' ? first.text : "no reason given");
}
