/* SPDX-License-Identifier: MIT */
/* hospes convert: a configuration of libvirt's XML as xl.cfg, or the other way. Changes nothing. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "verbs.h"

/* The form that the file has not; --to names one. */
static bool wants_xml(const struct invocation *in, const struct domain_config *config)
{
	const char *to = in->value['t'];

	if (to != NULL)
		return strcmp(to, "xml") == 0;

	return config->from_xl;
}

static int print(struct invocation *in, const struct domain_config *config)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		return error_set(&in->err, -ENOMEM, "out of memory");

	if (wants_xml(in, config))
		fputs(config->text, out);
	else
		config_print_xl(config, out);
	fclose(out);

	result_text(in, "text", text);
	if (!in->json)
		fputs(text, stdout);
	free(text);
	return 0;
}

int verb_convert(struct invocation *in)
{
	const char *to = in->value['t'];
	struct domain_config config;
	int rc;

	if (to != NULL && strcmp(to, "xml") != 0 && strcmp(to, "xl") != 0)
		return error_set(&in->err, -EINVAL, "--to %s: possible: xml, xl", to);

	rc = verb_config_load(in, in->argv[0], &config);
	if (rc == 0)
		rc = print(in, &config);
	config_free(&config);
	return rc;
}
