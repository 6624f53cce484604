/* SPDX-License-Identifier: MIT */
/* The verbs and the exit statuses for the manual page, as mdoc(7). */
#include "page.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <dom0-tools/hospes/exit.h>
#include <dom0-tools/hospes/help.h>

/* One character of running text: what troff would take for its own is said in another way. */
static void man_char(FILE *out, char c)
{
	if (c == '\\')
		fputs("\\e", out);
	else if (c == '-')
		fputs("\\-", out);
	else if (c == '^')
		fputs("\\(ha", out);
	else
		fputc(c, out);
}

/* A dot or a quote at the beginning of a line would make it a request. */
static void line_begin(FILE *out, char first)
{
	if (first == '.' || first == '\'')
		fputs("\\&", out);
}

/* @capital: the first letter becomes one. */
static void man_text(FILE *out, const char *text, bool capital)
{
	bool bold = false, begin = true;

	for (; *text != '\0'; text++) {
		if (text[0] == '\n' && text[1] == '\n') {
			fputs("\n.Pp\n", out);
			text++;
			begin = true;
			continue;
		}

		if (begin)
			line_begin(out, *text);
		if (*text == '`') {
			bold = !bold;
			fputs(bold ? "\\fB" : "\\fP", out);
		} else if (capital && begin) {
			man_char(out, (char)toupper((unsigned char)*text));
		} else {
			man_char(out, *text);
		}
		begin = *text == '\n';
		capital = capital && begin;
	}
}

static void lower_case(FILE *out, const char *text)
{
	for (; *text != '\0'; text++)
		fputc(tolower((unsigned char)*text), out);
}

static void item_operands(FILE *out, const struct verb *v)
{
	for (int i = 0; i < VERB_OPERANDS_MAX && v->operands[i].name != NULL; i++) {
		enum operand_count count = v->operands[i].count;

		/* What begins with Op is in brackets to the line's end, so it can only be last. */
		if (count == OPERAND_OPTIONAL || count == OPERAND_ANY_NUMBER)
			fputs(" Oo", out);
		fputs(" Ar ", out);
		lower_case(out, v->operands[i].name);
		if (count == OPERAND_SEVERAL || count == OPERAND_ANY_NUMBER)
			fputs(" ...", out);
		if (count == OPERAND_OPTIONAL || count == OPERAND_ANY_NUMBER)
			fputs(" Oc", out);
	}
}

static void item_options(FILE *out, const struct verb *v)
{
	bool any = false;

	/* Those without an argument are one word. */
	for (int i = 0; i < VERB_OPTIONS_MAX && v->options[i].letter != 0; i++) {
		if (v->options[i].argument != NULL)
			continue;

		if (!any)
			fputs(" Oo Fl ", out);
		fputc(v->options[i].letter, out);
		any = true;
	}
	if (any)
		fputs(" Oc", out);

	for (int i = 0; i < VERB_OPTIONS_MAX && v->options[i].letter != 0; i++) {
		const struct verb_option *o = &v->options[i];

		if (o->argument == NULL)
			continue;

		fprintf(out, " Oo Fl %c Ar ", o->letter);
		lower_case(out, o->argument);
		fputs(" Oc", out);
	}
}

static void words_explain(FILE *out, const struct verb *v)
{
	for (int i = 0; i < VERB_OPERANDS_MAX && v->operands[i].name != NULL; i++) {
		if (v->operands[i].help == NULL)
			continue;

		fputs(".It Ar ", out);
		lower_case(out, v->operands[i].name);
		fputc('\n', out);
		man_text(out, v->operands[i].help, true);
		fputs(".\n", out);
	}

	for (int i = 0; i < VERB_OPTIONS_MAX && v->options[i].letter != 0; i++) {
		const struct verb_option *o = &v->options[i];

		fprintf(out, ".It Fl %c , Fl \\-%s", o->letter, o->name);
		if (o->argument != NULL) {
			fputs(" Ar ", out);
			lower_case(out, o->argument);
		}
		fputc('\n', out);
		man_text(out, o->help, true);
		fputs(".\n", out);
	}
}

static bool has_words(const struct verb *v)
{
	for (int i = 0; i < VERB_OPERANDS_MAX && v->operands[i].name != NULL; i++) {
		if (v->operands[i].help != NULL)
			return true;
	}

	return v->options[0].letter != 0;
}

static void aliases_print(FILE *out, const struct verb *v)
{
	for (int i = 0; i < VERB_ALIASES_MAX && v->aliases[i] != NULL; i++) {
		bool last = i + 1 == VERB_ALIASES_MAX || v->aliases[i + 1] == NULL;

		fprintf(out, "%s\n.Cm %s%s\n", i == 0 ? "Also called" : "or", v->aliases[i],
			last ? " ." : "");
	}
}

static void man_verb(FILE *out, const struct verb *v)
{
	fprintf(out, ".It Cm %s", v->name);
	item_options(out, v);
	item_operands(out, v);
	fputc('\n', out);

	man_text(out, v->summary, true);
	fputs(".\n", out);
	aliases_print(out, v);
	if (v->details != NULL) {
		man_text(out, v->details, false);
		fputc('\n', out);
	}

	if (has_words(v)) {
		fputs(".Bl -tag -width Ds\n", out);
		words_explain(out, v);
		fputs(".El\n", out);
	}

	for (int i = 0; i < VERB_EXAMPLES_MAX && v->examples[i] != NULL; i++) {
		fputs(".Pp\n.Dl ", out);
		man_text(out, v->examples[i], false);
		fputc('\n', out);
	}
}

void man_verbs(FILE *out, verb_table table)
{
	for (; *table != NULL; table++) {
		fprintf(out, ".Ss %s\n.Bl -tag -width Ds\n", (*table)->title);
		for (size_t i = 0; i < (*table)->count; i++)
			man_verb(out, &(*table)->verbs[i]);
		fputs(".El\n", out);

		if ((*table)->details != NULL) {
			fputs(".Pp\n", out);
			man_text(out, (*table)->details, false);
			fputc('\n', out);
		}
	}
}

void man_statuses(FILE *out)
{
	fputs(".Bl -tag -width Ds\n", out);
	for (size_t i = 0; i < exit_meanings_count; i++) {
		fprintf(out, ".It %d\n", exit_meanings[i].status);
		man_text(out, exit_meanings[i].text, true);
		fputs(".\n", out);
	}
	fputs(".El\n", out);
}
