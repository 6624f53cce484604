/* SPDX-License-Identifier: MIT */
/* hospes define, undefine, dumpxml and autostart: domains that are kept whether they run or not. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dom0-tools/domain/defined.h>
#include <dom0-tools/domain/domain_find.h>
#include "verbs.h"

/* Where there is no hypervisor, as in an image that is being made, only files are looked at. */
static void host_try(struct invocation *in)
{
	if (in->host.privcmd == NULL)
		ignore(host_open(&in->host, false, NULL));
}

static void tell(struct invocation *in, const char *name, const char *what)
{
	result_text(in, "name", name);
	if (!in->json)
		printf("%s %s\n", name, what);
}

int verb_define(struct invocation *in)
{
	struct domain_config config;
	char uuid[CONFIG_UUID_LENGTH + 1];
	int rc = verb_config_load(in, in->argv[0], &config);

	host_try(in);
	if (rc == 0)
		rc = defined_save(&in->host, &config, &in->err);
	if (rc == 0) {
		config_uuid_text(config.uuid, uuid);
		result_text(in, "uuid", uuid);
		tell(in, config.name, "is defined");
	}

	config_free(&config);
	return rc;
}

int verb_undefine(struct invocation *in)
{
	int rc = defined_remove(in->argv[0], &in->err);

	if (rc == 0)
		tell(in, in->argv[0], "is not defined any more");
	return rc;
}

/* The configuration that it runs with; -ENOENT when it does not run, or not by us. */
static int running_load(struct invocation *in, const char *who, struct domain_config *config)
{
	domid_t domid;
	int rc = -ENOENT;

	memset(config, 0, sizeof(*config));
	host_try(in);
	if (in->host.privcmd != NULL)
		rc = domain_resolve(&in->host, who, &domid, NULL);
	if (rc < 0)
		return -ENOENT;

	return config_load_saved(domid, config, &in->err);
}

int verb_dumpxml(struct invocation *in)
{
	struct domain_config config;
	int rc = -ENOENT;

	memset(&config, 0, sizeof(config));
	if (!in->flag['i'])
		rc = running_load(in, in->argv[0], &config);
	if (rc == -ENOENT) {
		config_free(&config);
		rc = defined_load(in->argv[0], &config, &in->err);
	}

	if (rc == 0) {
		result_text(in, "name", config.name);
		result_text(in, "xml", config.text);
		if (!in->json)
			fwrite(config.text, 1, config.text_length, stdout);
	}
	config_free(&config);
	return rc;
}

/* The option's number, if it is given. */
static int number_read(struct invocation *in, char letter, unsigned int max, unsigned int *number)
{
	const char *text = in->value[(int)letter];
	unsigned long n;
	char *end;

	if (text == NULL)
		return 0;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || text[0] == '-' || n > max)
		return error_set(&in->err, -EINVAL, "%s is no number from 0 to %u", text, max);

	*number = (unsigned int)n;
	return 0;
}

static int autostart_change(struct invocation *in, struct autostart *a)
{
	int rc = autostart_load(in->argv[0], a, &in->err);

	/* One that did not start with the host has the defaults. */
	if (rc == -ENOENT)
		rc = 0;
	if (rc == 0)
		rc = number_read(in, 'o', AUTOSTART_ORDER_MAX, &a->order);
	if (rc == 0)
		rc = number_read(in, 'd', AUTOSTART_SECONDS_MAX, &a->delay);
	if (rc == 0)
		rc = number_read(in, 's', AUTOSTART_SECONDS_MAX, &a->stop_timeout);
	if (rc == 0)
		rc = autostart_save(a, &in->err);
	return rc;
}

static void autostart_tell(struct invocation *in, const struct autostart *a)
{
	result_text(in, "name", a->name);
	result_number(in, "order", a->order);
	result_number(in, "delay", a->delay);
	result_number(in, "stop_timeout", a->stop_timeout);
	if (!in->json)
		printf("%s starts with the host: order %u, delay %u s, %u s to stop\n", a->name,
		       a->order, a->delay, a->stop_timeout);
}

int verb_autostart(struct invocation *in)
{
	const char *name = in->argv[0];
	struct domain_config config;
	struct autostart a;
	int rc = defined_load(name, &config, &in->err);

	config_free(&config);
	if (rc < 0)
		return rc;

	if (in->flag['x']) {
		rc = autostart_remove(name, &in->err);
		if (rc == 0)
			tell(in, name, "does not start with the host");
		return rc;
	}

	rc = autostart_change(in, &a);
	if (rc == 0)
		autostart_tell(in, &a);
	return rc;
}
