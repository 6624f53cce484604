/* SPDX-License-Identifier: MIT */
/* Prints what the rows of verbs say, for people at a terminal. */
#include "help.h"

#include <ctype.h>
#include <string.h>

#define WIDTH 78
/* A verb and its operands, before the summary. */
#define USAGE_WIDTH 36
/* An option or an operand, before what it means. */
#define NAME_WIDTH 24

const struct verb_option common_options[] = {
	{ 'j', "json", NULL, "print the result as one JSON value", WORD_ANY, NULL },
	{ 'h', "help", NULL, "print this", WORD_ANY, NULL },
	{ 0 },
};

/* Where this word ends. */
static const char *word_end(const char *at)
{
	while (*at != '\0' && *at != ' ' && *at != '\n')
		at++;
	return at;
}

void help_text(FILE *out, const char *text)
{
	size_t column = 0;

	while (*text != '\0') {
		const char *end = word_end(text);
		size_t length = (size_t)(end - text);

		if (length > 0) {
			if (column > 0 && column + 1 + length > WIDTH) {
				fputc('\n', out);
				column = 0;
			}

			if (column > 0) {
				fputc(' ', out);
				column++;
			}

			fwrite(text, 1, length, out);
			column += length;
		}

		if (end[0] == '\n' && end[1] == '\n') {
			fputs("\n\n", out);
			column = 0;
		}
		text = *end != '\0' ? end + 1 : end;
	}

	fputc('\n', out);
}

static void summary_print(FILE *out, const struct verb *v)
{
	fprintf(out, "%c%s.\n", toupper((unsigned char)v->summary[0]), v->summary + 1);

	if (v->aliases[0] == NULL)
		return;

	fprintf(out, "Also called");
	for (int i = 0; i < VERB_ALIASES_MAX && v->aliases[i] != NULL; i++)
		fprintf(out, "%s %s", i > 0 ? "," : "", v->aliases[i]);
	fprintf(out, ".\n");
}

static void option_print(FILE *out, const struct verb_option *o)
{
	char name[64];

	if (o->argument != NULL)
		snprintf(name, sizeof(name), "-%c, --%s %s", o->letter, o->name, o->argument);
	else
		snprintf(name, sizeof(name), "-%c, --%s", o->letter, o->name);
	fprintf(out, "  %-*s %s\n", NAME_WIDTH, name, o->help);
}

void help_verb(FILE *out, const struct verb *v)
{
	char operands[OPERANDS_TEXT_MAX];

	operands_text(v, operands);
	fprintf(out, "usage: hospes %s [OPTION...]%s%s\n", v->name, operands[0] != '\0' ? " " : "",
		operands);
	summary_print(out, v);
	if (v->details != NULL) {
		fputc('\n', out);
		help_text(out, v->details);
	}

	fputc('\n', out);
	for (int i = 0; i < VERB_OPERANDS_MAX && v->operands[i].name != NULL; i++) {
		const char *help = operand_help(&v->operands[i]);

		if (help != NULL)
			fprintf(out, "  %-*s %s\n", NAME_WIDTH, v->operands[i].name, help);
	}

	for (int i = 0; i < VERB_OPTIONS_MAX && v->options[i].letter != 0; i++)
		option_print(out, &v->options[i]);
	for (const struct verb_option *o = common_options; o->letter != 0; o++)
		option_print(out, o);

	if (v->examples[0] != NULL)
		fprintf(out, "\nexamples:\n");
	for (int i = 0; i < VERB_EXAMPLES_MAX && v->examples[i] != NULL; i++)
		fprintf(out, "  %s\n", v->examples[i]);
}

static void verb_line(FILE *out, const struct verb *v)
{
	char operands[OPERANDS_TEXT_MAX], usage[OPERANDS_TEXT_MAX + 32];

	operands_text(v, operands);
	snprintf(usage, sizeof(usage), "%s %s", v->name, operands);
	if (strlen(usage) > USAGE_WIDTH)
		fprintf(out, "  %s\n  %-*s %s\n", usage, USAGE_WIDTH, "", v->summary);
	else
		fprintf(out, "  %-*s %s\n", USAGE_WIDTH, usage, v->summary);
}

void help_all(FILE *out, verb_table table)
{
	fprintf(out, "usage: hospes VERB [OPTION...] [OPERAND...]\n");

	for (; *table != NULL; table++) {
		fprintf(out, "\n%s:\n", (*table)->title);
		for (size_t i = 0; i < (*table)->count; i++)
			verb_line(out, &(*table)->verbs[i]);
	}

	fprintf(out,
		"\nDOMAIN is a name or a number. Every verb knows --json (-j) and --help (-h).\n"
		"hospes --version (-V) prints the version; man hospes tells more.\n");
}
