/* SPDX-License-Identifier: MIT */
/*
 * hospes: the command line of the toolstack. Finds the verb, reads the options, opens what the verb
 * needs, and tells the result. Exit status: 0 done, 1 failed, 2 wrong usage.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dom0-tools/domain/building.h>
#include "verbs.h"

/* The verb's options and the common ones, in getopt's form. */
static void options_list(const struct verb *v, struct option longs[], char letters[])
{
	size_t n = 0, l = 0;

	longs[n++] = (struct option){ "json", no_argument, NULL, 'j' };
	longs[n++] = (struct option){ "help", no_argument, NULL, 'h' };
	letters[l++] = 'j';
	letters[l++] = 'h';
	for (const struct verb_option *o = v->options; o->letter != 0; o++) {
		int argument = o->argument != NULL ? required_argument : no_argument;

		longs[n++] = (struct option){ o->name, argument, NULL, o->letter };
		letters[l++] = o->letter;
		if (o->argument != NULL)
			letters[l++] = ':';
	}

	longs[n] = (struct option){ 0 };
	letters[l] = '\0';
}

static bool operands_fit(const struct verb *v, int count)
{
	if (count < v->operands_min)
		return false;

	return v->operands_max < 0 || count <= v->operands_max;
}

/* EXIT_DONE with *go_on false after --help. */
static enum exit_status options_read(struct invocation *in, int argc, char **argv, bool *go_on)
{
	struct option longs[VERB_OPTIONS_MAX + 3];
	char letters[2 * VERB_OPTIONS_MAX + 3], program[64];
	int c;

	*go_on = false;
	options_list(in->verb, longs, letters);
	snprintf(program, sizeof(program), "hospes %s", in->verb->name);
	argv[0] = program;
	while ((c = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		if (c == 'h') {
			verb_usage(stdout, in->verb);
			return EXIT_DONE;
		}

		if (c < 0 || c >= LETTERS || c == '?')
			return EXIT_USAGE;

		in->flag[c] = true;
		in->value[c] = optarg;
	}

	in->json = in->flag['j'];
	in->argc = argc - optind;
	in->argv = argv + optind;
	if (!operands_fit(in->verb, in->argc)) {
		verb_usage(stderr, in->verb);
		return EXIT_USAGE;
	}

	*go_on = true;
	return EXIT_DONE;
}

/* Replaces whatever the verb had put into the result before it failed. */
static void result_fail(struct invocation *in)
{
	struct json_object *error = json_object_new_object();

	json_number(error, "code", in->err.code);
	json_text(error, "text", in->err.text);

	json_object_put(in->result);
	in->result = json_object_new_object();
	json_object_object_add(in->result, "error", error);
}

static void result_print(struct invocation *in, int rc)
{
	int style = JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE;

	if (rc < 0)
		fprintf(stderr, "hospes: %s\n", in->err.text);
	if (!in->json)
		return;

	if (rc < 0)
		result_fail(in);
	else if (in->result == NULL)
		in->result = json_object_new_object();

	puts(json_object_to_json_string_ext(in->result, style));
}

/* The next command removes what a killed creator left behind. */
static void abandoned_clean(struct invocation *in)
{
	struct hospes_error err = { 0 };

	/* create does it under its own lock. */
	if (in->verb->run == verb_create)
		return;

	if (building_clean(&in->host, false, &err) < 0)
		fprintf(stderr, "hospes: an abandoned domain could not be removed: %s\n", err.text);
}

static int verb_open(struct invocation *in)
{
	int rc;

	if (in->verb->needs == NEEDS_NOTHING)
		return 0;

	rc = host_open(&in->host, in->verb->needs == NEEDS_STORE, &in->err);
	if (rc < 0)
		return rc;

	if (in->host.store != NULL)
		abandoned_clean(in);
	return 0;
}

static enum exit_status verb_run(struct invocation *in)
{
	int rc = verb_open(in);

	if (rc == 0)
		rc = in->verb->run(in);
	result_print(in, rc);
	json_object_put(in->result);
	if (in->host.privcmd != NULL)
		host_close(&in->host);

	/* A full disk or a closed pipe must not look like success. */
	if (fflush(stdout) != 0 || ferror(stdout))
		return EXIT_FAILED;

	return rc < 0 || in->unwell ? EXIT_FAILED : EXIT_DONE;
}

static bool asks_for_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0;
}

int main(int argc, char **argv)
{
	struct invocation in = { 0 };
	enum exit_status status;
	bool go_on;

	if (argc < 2) {
		verbs_usage(stderr);
		return EXIT_USAGE;
	}

	if (asks_for_help(argv[1])) {
		verbs_usage(stdout);
		return EXIT_DONE;
	}

	if (strcmp(argv[1], "--version") == 0) {
		printf("hospes %s\n", HOSPES_VERSION);
		return EXIT_DONE;
	}

	in.verb = verb_find(argv[1]);
	if (in.verb == NULL) {
		fprintf(stderr, "hospes: there is no verb %s; hospes --help lists all\n", argv[1]);
		return EXIT_USAGE;
	}

	status = options_read(&in, argc - 1, argv + 1, &go_on);
	return go_on ? verb_run(&in) : status;
}
