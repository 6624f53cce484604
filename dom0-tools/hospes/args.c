/* SPDX-License-Identifier: MIT */
/* Command lines: which verb, which options, whether the operands fit. */
#include "args.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include "help.h"

#define COMMON_OPTIONS_MAX 2

/* Options in the forms of getopt_long(). */
struct forms {
	struct option longs[VERB_OPTIONS_MAX + COMMON_OPTIONS_MAX + 1];
	/* Each letter may have a colon behind it, and a colon stands in front of all. */
	char letters[2 * (VERB_OPTIONS_MAX + COMMON_OPTIONS_MAX) + 2];
	size_t n, l;
};

static void forms_add(struct forms *f, const struct verb_option *o)
{
	int argument = o->argument != NULL ? required_argument : no_argument;

	f->longs[f->n++] = (struct option){ o->name, argument, NULL, o->letter };
	f->letters[f->l++] = o->letter;
	if (o->argument != NULL)
		f->letters[f->l++] = ':';
}

static void forms_make(struct forms *f, const struct verb *v)
{
	memset(f, 0, sizeof(*f));

	/* A colon in front: getopt() prints nothing, and tells a missing argument apart. */
	f->letters[f->l++] = ':';
	for (const struct verb_option *o = common_options; o->letter != 0; o++)
		forms_add(f, o);
	for (int i = 0; i < VERB_OPTIONS_MAX && v->options[i].letter != 0; i++)
		forms_add(f, &v->options[i]);
}

static int option_unknown(struct invocation *in, const char *word)
{
	const char *verb = in->verb->name;

	/* In "-xyz" any letter may be meant; of a long one the word is known. */
	if (optopt > 0 && optopt < LETTERS && strncmp(word, "--", 2) != 0)
		return error_set(&in->err, -EINVAL,
				 "%s has no option -%c; `hospes %s --help` lists them", verb,
				 optopt, verb);

	return error_set(&in->err, -EINVAL, "%s has no option %s; `hospes %s --help` lists them",
			 verb, word, verb);
}

static int argument_missing(struct invocation *in)
{
	for (int i = 0; i < VERB_OPTIONS_MAX && in->verb->options[i].letter != 0; i++) {
		const struct verb_option *o = &in->verb->options[i];

		if (o->letter == optopt)
			return error_set(&in->err, -EINVAL,
					 "option --%s (-%c) needs its %s; see `hospes %s --help`",
					 o->name, o->letter, o->argument, in->verb->name);
	}

	return error_set(&in->err, -EINVAL, "an option lacks its argument; see `hospes %s --help`",
			 in->verb->name);
}

/* 0 when all options are read, 1 when help is asked for. */
static int options_read(struct invocation *in, int argc, char **argv)
{
	struct forms forms;
	int c, wrong = 0;

	forms_make(&forms, in->verb);
	/* 0: starts anew, also where another command line was read before. */
	optind = 0;
	while ((c = getopt_long(argc, argv, forms.letters, forms.longs, NULL)) != -1) {
		/* The rest is read all the same: a --json that follows says how to tell it. */
		if (c == '?' && wrong == 0)
			wrong = option_unknown(in, argv[optind - 1]);
		else if (c == ':' && wrong == 0)
			wrong = argument_missing(in);
		if (c == 'j')
			in->json = true;
		if (c <= 0 || c >= LETTERS || c == '?' || c == ':')
			continue;

		in->flag[c] = true;
		in->value[c] = optarg;
	}

	in->argc = argc - optind;
	in->argv = argv + optind;
	if (in->flag['h'])
		return 1;

	return wrong;
}

/* The operand at place @index; the last one stands for all that follow it. */
static const struct verb_operand *operand_at(const struct verb *v, int index)
{
	int i = 0;

	while (i < index && i + 1 < VERB_OPERANDS_MAX && v->operands[i + 1].name != NULL)
		i++;
	return &v->operands[i];
}

static int operands_check(struct invocation *in)
{
	const struct verb *v = in->verb;
	char operands[OPERANDS_TEXT_MAX];
	int least, most;

	operands_limits(v, &least, &most);
	operands_text(v, operands);
	if (in->argc < least)
		return error_set(&in->err, -EINVAL, "the %s is missing: hospes %s [OPTION...] %s",
				 operand_at(v, in->argc)->name, v->name, operands);

	if (most == 0 && in->argc > 0)
		return error_set(&in->err, -EINVAL, "%s takes no operand, so what is %s?", v->name,
				 in->argv[0]);
	if (most >= 0 && in->argc > most)
		return error_set(&in->err, -EINVAL, "%s is one too many: hospes %s [OPTION...] %s",
				 in->argv[most], v->name, operands);

	return 0;
}

static int verb_unknown(struct invocation *in, const char *name)
{
	const char *nearest = verb_nearest(in->table, name);

	if (nearest != NULL)
		return error_set(&in->err, -EINVAL,
				 "there is no verb %s; is %s meant? `hospes help` lists all", name,
				 nearest);

	return error_set(&in->err, -EINVAL, "there is no verb %s; `hospes help` lists all", name);
}

static bool is_option(const char *word, const char *letter, const char *name)
{
	return strcmp(word, letter) == 0 || strcmp(word, name) == 0;
}

/*
 * The options before the verb. *@at becomes the verb's place in @argv, or @argc where there is
 * none.
 */
static int leading_read(struct invocation *in, int argc, char **argv, int *at,
			enum request *request)
{
	for (*at = 1; *at < argc && argv[*at][0] == '-'; (*at)++) {
		const char *word = argv[*at];

		if (is_option(word, "-j", "--json"))
			in->json = true;
		else if (is_option(word, "-h", "--help"))
			*request = REQUEST_HELP;
		else if (is_option(word, "-V", "--version"))
			*request = REQUEST_VERSION;
		else
			return error_set(
				&in->err, -EINVAL,
				"%s before the verb: there may be --json, --help or --version",
				word);
	}

	return 0;
}

int args_read(struct invocation *in, int argc, char **argv, enum request *request)
{
	int at, rc;

	*request = REQUEST_VERB;
	rc = leading_read(in, argc, argv, &at, request);
	if (rc < 0 || *request == REQUEST_VERSION)
		return rc;
	if (at == argc && *request == REQUEST_HELP)
		return 0;
	if (at == argc)
		return error_set(&in->err, -EINVAL, "the verb is missing; `hospes help` lists all");

	in->verb = verb_find(in->table, argv[at]);
	if (in->verb == NULL)
		return verb_unknown(in, argv[at]);

	rc = options_read(in, argc - at, argv + at);
	if (rc > 0)
		*request = REQUEST_HELP;
	if (rc < 0 || *request == REQUEST_HELP)
		return rc < 0 ? rc : 0;

	return operands_check(in);
}
