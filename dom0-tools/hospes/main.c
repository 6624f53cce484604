/* SPDX-License-Identifier: MIT */
/*
 * hospes: the command line of the toolstack. Finds the verb, reads the options, opens what the verb
 * needs, and tells the result. The exit statuses stand in exit.h.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <dom0-tools/base/progress.h>
#include <dom0-tools/domain/building.h>
#include <dom0-tools/domain/standstill.h>
#include "args.h"
#include "help.h"
#include "verbs.h"

/* Replaces whatever the verb had put into the result before it failed. */
static void result_fail(struct invocation *in)
{
	struct json_object *error = json_object_new_object();

	json_number(error, "code", in->err.code);
	json_text(error, "text", in->err.text);
	if (in->faults != NULL)
		json_object_object_add(error, "faults", json_object_get(in->faults));

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

/* The next command removes what a killed creator left behind, and lets go on what stands still for
 * a killed command. */
static void abandoned_clean(struct invocation *in)
{
	struct hospes_error err = { 0 };

	ignore(standstill_clean(&in->host));

	/* create does it under its own lock. */
	if (in->verb->run == verb_create)
		return;

	if (building_clean(&in->host, false, &err) < 0)
		fprintf(stderr, "hospes: an abandoned domain stays: %s\n", err.text);
}

static int verb_open(struct invocation *in)
{
	int rc;

	if (in->verb->needs == NEEDS_NOTHING)
		return 0;

	rc = host_open(&in->host, in->verb->needs == NEEDS_STORE, &in->err);
	/* No device of the hypervisor, or no socket of the store: nobody is there to answer. */
	if (rc == -ENOENT || rc == -ENODEV || rc == -ENXIO)
		return -ECONNREFUSED;
	if (rc < 0)
		return rc;

	if (in->host.store != NULL)
		abandoned_clean(in);
	return 0;
}

static enum exit_status verb_run(struct invocation *in)
{
	int rc;

	progress_begin("%s", in->verb->name);
	rc = verb_open(in);
	if (rc == 0)
		rc = in->verb->run(in);

	progress_end();
	result_print(in, rc);
	if (in->host.privcmd != NULL)
		host_close(&in->host);

	if (rc == 0 && in->unwell)
		return EXIT_FAILED;

	return exit_status_of(rc);
}

/* A full disk or a closed pipe must not look like success. */
static enum exit_status output_end(enum exit_status status)
{
	bool failed = ferror(stdout) != 0;

	/* Of an earlier write the reason is lost. */
	errno = 0;
	if (fclose(stdout) != 0)
		failed = true;
	if (!failed)
		return status;

	fprintf(stderr, "hospes: the output could not be written%s%s\n", errno != 0 ? ": " : "",
		errno != 0 ? strerror(errno) : "");
	return status == EXIT_DONE ? EXIT_FAILED : status;
}

static enum exit_status answer(struct invocation *in, enum request request)
{
	if (request == REQUEST_VERB)
		return verb_run(in);

	if (request == REQUEST_VERSION && in->json)
		printf("{ \"version\": \"%s\" }\n", HOSPES_VERSION);
	else if (request == REQUEST_VERSION)
		printf("hospes %s\n", HOSPES_VERSION);
	else if (in->verb != NULL)
		help_verb(stdout, in->verb);
	else
		help_all(stdout, in->table);

	return EXIT_DONE;
}

int main(int argc, char **argv)
{
	struct invocation in = { .table = verbs_all };
	enum exit_status status;
	enum request request;
	int rc;

	if (argc < 2) {
		help_all(stderr, in.table);
		return EXIT_USAGE;
	}

	rc = args_read(&in, argc, argv, &request);
	if (rc < 0) {
		result_print(&in, rc);
		status = EXIT_USAGE;
	} else {
		status = answer(&in, request);
	}

	json_object_put(in.result);
	json_object_put(in.faults);
	return output_end(status);
}
