/* SPDX-License-Identifier: MIT */
/*
 * The list of what is wrong in a file, and the line of what it asks for in vain. Both are bounded:
 * a hostile file has faults without end.
 */
#include "config_note.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dom0-tools/base/printable.h>

/* A notice has one line; what is more is not named. */
#define NOTICE_MAX 900
#define NOTICE_CUT ", ..."

int fault_add(struct config_faults *faults, const char *file, unsigned int line, int code,
	      const char *fmt, va_list args)
{
	char text[HOSPES_ERROR_TEXT_MAX];
	struct config_fault *fault;
	size_t used;

	if (faults->count == CONFIG_FAULTS_MAX) {
		faults->more = true;
		return code;
	}

	if (line != 0)
		snprintf(text, sizeof(text), "%.512s: line %u: ", file, line);
	else
		snprintf(text, sizeof(text), "%.512s: ", file);
	used = strlen(text);
	vsnprintf(text + used, sizeof(text) - used, fmt, args);
	printable_make(text, strlen(text), false);

	fault = &faults->list[faults->count++];
	fault->code = code;
	fault->line = line;
	/* Without memory the fault counts all the same; its words are lost. */
	fault->text = strdup(text);
	return code;
}

/* Few, and nearly in order: each is moved up to its place. */
void faults_sort(struct config_faults *faults)
{
	for (unsigned int i = 1; i < faults->count; i++) {
		struct config_fault fault = faults->list[i];
		unsigned int at = i;

		while (at > 0 && faults->list[at - 1].line > fault.line) {
			faults->list[at] = faults->list[at - 1];
			at--;
		}
		faults->list[at] = fault;
	}
}

int faults_first(const struct config_faults *faults, struct hospes_error *err)
{
	const struct config_fault *first = &faults->list[0];
	const char *text;

	if (faults->count == 0)
		return 0;

	text = first->text != NULL ? first->text : "out of memory";
	if (faults->count == 1)
		return error_set(err, first->code, "%s", text);

	return error_set(err, first->code, "%s (the first of %s%u faults)", text,
			 faults->more ? "more than " : "", faults->count);
}

void faults_free(struct config_faults *faults)
{
	for (unsigned int i = 0; i < faults->count; i++)
		free(faults->list[i].text);
	memset(faults, 0, sizeof(*faults));
}

static bool ends_in(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

/* Without memory the notice stays as it was: it is no fault. */
void notice_add(char **notice, const char *file, unsigned int line, const char *who,
		const char *lacks)
{
	char item[256], name[160], *longer = NULL;
	int n;

	snprintf(name, sizeof(name), "%.64s (%.80s", lacks, who);
	printable_make(name, strlen(name), false);
	snprintf(item, sizeof(item), "%s, line %u)", name, line);

	if (*notice == NULL) {
		n = asprintf(&longer, "%.256s: asked for, but not given: %s", file, item);
	} else {
		if (strstr(*notice, name) != NULL || ends_in(*notice, NOTICE_CUT))
			return;
		if (strlen(*notice) + strlen(item) > NOTICE_MAX)
			n = asprintf(&longer, "%s" NOTICE_CUT, *notice);
		else
			n = asprintf(&longer, "%s, %s", *notice, item);
	}
	if (n < 0)
		return;

	printable_make(longer, strlen(longer), false);
	free(*notice);
	*notice = longer;
}
