/* SPDX-License-Identifier: MIT */
/* What shells complete for each verb: data for the scripts in completion/. */
#include "page.h"

#include <dom0-tools/hospes/help.h>

/* The word that the scripts know a kind by; choices are given as they are. */
static void kind_print(FILE *out, enum word_kind kind, const char *choices)
{
	static const char *const names[] = {
		[WORD_ANY] = "any",       [WORD_DOMAIN] = "domain", [WORD_FILE] = "file",
		[WORD_NUMBER] = "number", [WORD_VERB] = "verb",
	};

	if (kind != WORD_CHOICE) {
		fputs(names[kind], out);
		return;
	}

	for (; *choices != '\0'; choices++)
		fputc(*choices == ' ' ? ',' : *choices, out);
}

static int is_repeated(const struct verb_operand *o)
{
	return o->count == OPERAND_SEVERAL || o->count == OPERAND_ANY_NUMBER;
}

static void names_print(FILE *out, const struct verb *v)
{
	fputs(v->name, out);
	for (int i = 0; i < VERB_ALIASES_MAX && v->aliases[i] != NULL; i++)
		fprintf(out, "|%s", v->aliases[i]);
}

/* ---- bash */

/* "-t=number --timeout=number", or "-w --wait". */
static void bash_option(FILE *out, const struct verb_option *o)
{
	const char *const dashes[] = { "-", "--" };
	const char letter[2] = { o->letter, '\0' };

	for (int form = 0; form < 2; form++) {
		fprintf(out, " %s%s", dashes[form], form == 0 ? letter : o->name);
		if (o->argument == NULL)
			continue;

		fputc('=', out);
		kind_print(out, o->kind, o->choices);
	}
}

static void bash_verb(FILE *out, const struct verb *v)
{
	fputs("\t", out);
	names_print(out, v);
	fputs(")\n\t\toptions=\"", out);
	for (const struct verb_option *o = common_options; o->letter != 0; o++)
		bash_option(out, o);
	for (int i = 0; i < VERB_OPTIONS_MAX && v->options[i].letter != 0; i++)
		bash_option(out, &v->options[i]);

	fputs("\"\n\t\toperands=\"", out);
	for (int i = 0; i < VERB_OPERANDS_MAX && v->operands[i].name != NULL; i++) {
		fputc(' ', out);
		kind_print(out, v->operands[i].kind, v->operands[i].choices);
		if (is_repeated(&v->operands[i]))
			fputs("*", out);
	}
	fputs("\"\n\t\t;;\n", out);
}

void bash_verbs(FILE *out, verb_table table)
{
	for (; *table != NULL; table++) {
		for (size_t i = 0; i < (*table)->count; i++)
			bash_verb(out, &(*table)->verbs[i]);
	}
}

/* ---- zsh */

/* Between single quotes; brackets and colons are _arguments' own. */
static void zsh_text(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			fputs("'\\''", out);
		else if (*text == '[' || *text == ']' || *text == ':')
			fprintf(out, "\\%c", *text);
		else
			fputc(*text, out);
	}
}

static void zsh_action(FILE *out, enum word_kind kind, const char *choices)
{
	static const char *const actions[] = {
		[WORD_ANY] = "",    [WORD_DOMAIN] = "_hospes_domains", [WORD_FILE] = "_files",
		[WORD_NUMBER] = "", [WORD_VERB] = "_hospes_verbs",
	};

	if (kind == WORD_CHOICE)
		fprintf(out, "(%s)", choices);
	else
		fputs(actions[kind], out);
}

static void zsh_option(FILE *out, const struct verb_option *o)
{
	fprintf(out, " \\\n\t\t\t'(-%c --%s)'{-%c,--%s}'[", o->letter, o->name, o->letter, o->name);
	zsh_text(out, o->help);
	fputc(']', out);
	if (o->argument != NULL) {
		fprintf(out, ":%s:", o->argument);
		zsh_action(out, o->kind, o->choices);
	}
	fputc('\'', out);
}

static void zsh_operand(FILE *out, const struct verb_operand *o)
{
	fprintf(out, " \\\n\t\t\t'%s:%s:", is_repeated(o) ? "*" : "", o->name);
	zsh_action(out, o->kind, o->choices);
	fputc('\'', out);
}

void zsh_verbs(FILE *out, verb_table table)
{
	for (; *table != NULL; table++) {
		for (size_t i = 0; i < (*table)->count; i++) {
			const struct verb *v = &(*table)->verbs[i];

			fputs("\t", out);
			names_print(out, v);
			fputs(")\n\t\t_arguments -s", out);
			for (const struct verb_option *o = common_options; o->letter != 0; o++)
				zsh_option(out, o);
			for (int k = 0; k < VERB_OPTIONS_MAX && v->options[k].letter != 0; k++)
				zsh_option(out, &v->options[k]);
			for (int k = 0; k < VERB_OPERANDS_MAX && v->operands[k].name != NULL; k++)
				zsh_operand(out, &v->operands[k]);
			fputs("\n\t\t;;\n", out);
		}
	}
}

void zsh_names(FILE *out, verb_table table)
{
	for (; *table != NULL; table++) {
		for (size_t i = 0; i < (*table)->count; i++) {
			fprintf(out, "\t\t'%s:", (*table)->verbs[i].name);
			zsh_text(out, (*table)->verbs[i].summary);
			fputs("'\n", out);
		}
	}
}
