/* SPDX-License-Identifier: MIT */
/* What the verbs of hospes share. */
#include "verb.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dom0-tools/domain/domain_find.h>

/* For --json, in the place of those of an earlier reading. */
static void faults_keep(struct invocation *in, const struct config_faults *faults)
{
	json_object_put(in->faults);
	in->faults = NULL;
	if (faults->count == 0)
		return;

	in->faults = json_object_new_array();
	for (unsigned int i = 0; i < faults->count; i++) {
		const struct config_fault *f = &faults->list[i];
		struct json_object *one = json_object_new_object();

		if (f->line != 0)
			json_number(one, "line", f->line);
		json_text(one, "text", f->text != NULL ? f->text : "out of memory");
		json_object_array_add(in->faults, one);
	}
}

int verb_faults_tell(struct invocation *in, const char *path, const struct domain_config *config,
		     int rc)
{
	unsigned int count = config->faults.count;

	if (config->notice != NULL)
		fprintf(stderr, "hospes: %s\n", config->notice);

	faults_keep(in, &config->faults);
	if (count < 2)
		return rc;

	for (unsigned int i = 0; i < count; i++)
		if (config->faults.list[i].text != NULL)
			fprintf(stderr, "hospes: %s\n", config->faults.list[i].text);

	return error_set(&in->err, rc, "%s has %s%u faults", path,
			 config->faults.more ? "more than " : "", count);
}

int verb_config_load(struct invocation *in, const char *path, struct domain_config *config)
{
	int rc = config_load(path, config, &in->err);

	return verb_faults_tell(in, path, config, rc);
}

int verb_domain(struct invocation *in, int index, domid_t *domid)
{
	return domain_resolve(&in->host, in->argv[index], domid, &in->err);
}

int verb_number(struct invocation *in, const char *text, const char *what, long min, long max,
		long *number)
{
	char *end;

	errno = 0;
	*number = strtol(text, &end, 10);
	if (errno == 0 && text[strspn(text, "0123456789")] == '\0' && end != text &&
	    *number >= min && *number <= max)
		return 0;

	return error_set(&in->err, -EINVAL, "%s is no %s: it must be a number from %ld to %ld",
			 text, what, min, max);
}

void json_text(struct json_object *o, const char *key, const char *value)
{
	json_object_object_add(o, key, json_object_new_string(value));
}

void json_number(struct json_object *o, const char *key, int64_t value)
{
	json_object_object_add(o, key, json_object_new_int64(value));
}

void json_truth(struct json_object *o, const char *key, bool value)
{
	json_object_object_add(o, key, json_object_new_boolean(value));
}

static struct json_object *result_object(struct invocation *in)
{
	if (in->result == NULL)
		in->result = json_object_new_object();
	return in->result;
}

void result_text(struct invocation *in, const char *key, const char *value)
{
	if (in->json)
		json_text(result_object(in), key, value);
}

void result_number(struct invocation *in, const char *key, int64_t value)
{
	if (in->json)
		json_number(result_object(in), key, value);
}
