/* SPDX-License-Identifier: MIT */
/* hospes help: the table of verbs for people; with --json for programs. */
#include <errno.h>
#include "help.h"
#include "verbs.h"

static struct json_object *words_json(const char *const *words, int most)
{
	struct json_object *list = json_object_new_array();

	for (int i = 0; i < most && words[i] != NULL; i++)
		json_object_array_add(list, json_object_new_string(words[i]));
	return list;
}

static struct json_object *options_json(const struct verb *v)
{
	struct json_object *list = json_object_new_array();

	for (int i = 0; i < VERB_OPTIONS_MAX && v->options[i].letter != 0; i++) {
		struct json_object *o = json_object_new_object();
		const char letter[2] = { v->options[i].letter, '\0' };

		json_text(o, "name", v->options[i].name);
		json_text(o, "letter", letter);
		if (v->options[i].argument != NULL)
			json_text(o, "argument", v->options[i].argument);
		json_text(o, "help", v->options[i].help);
		json_object_array_add(list, o);
	}

	return list;
}

static struct json_object *verb_json(const struct verb *v, const char *group)
{
	struct json_object *o = json_object_new_object();
	char operands[OPERANDS_TEXT_MAX];

	operands_text(v, operands);
	json_text(o, "name", v->name);
	json_text(o, "group", group);
	json_object_object_add(o, "aliases", words_json(v->aliases, VERB_ALIASES_MAX));
	json_text(o, "operands", operands);
	json_text(o, "summary", v->summary);
	json_object_object_add(o, "options", options_json(v));
	json_object_object_add(o, "examples", words_json(v->examples, VERB_EXAMPLES_MAX));
	return o;
}

/* All verbs, or only @one. */
static void table_json(struct invocation *in, const struct verb *one)
{
	in->result = json_object_new_array();
	for (verb_table table = in->table; *table != NULL; table++) {
		for (size_t i = 0; i < (*table)->count; i++) {
			const struct verb *v = &(*table)->verbs[i];

			if (one == NULL || one == v)
				json_object_array_add(in->result, verb_json(v, (*table)->title));
		}
	}
}

int verb_help(struct invocation *in)
{
	const struct verb *one = NULL;

	if (in->argc > 0) {
		one = verb_find(in->table, in->argv[0]);
		if (one == NULL)
			return error_set(&in->err, -EINVAL,
					 "there is no verb %s; `hospes help` lists all",
					 in->argv[0]);
	}

	if (in->json)
		table_json(in, one);
	else if (one != NULL)
		help_verb(stdout, one);
	else
		help_all(stdout, in->table);
	return 0;
}
