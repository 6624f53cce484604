/* SPDX-License-Identifier: MIT */
/*
 * A guest's XML. What is accepted has a name that may become a file's, and counts and sizes within
 * their limits; what is refused says why, in one printable line.
 */
#include <dom0-tools/base/printable.h>
#include <dom0-tools/config/config.h>
#include <stdio.h>
#include <string.h>
#include "fuzz.h"

static void check_config(const struct domain_config *c)
{
	fuzz_check(c->name[0] != '\0' && c->name[0] != '.');
	fuzz_check(strchr(c->name, '/') == NULL && strlen(c->name) <= CONFIG_NAME_MAX);
	fuzz_check(c->memory_kib <= c->memory_max_kib);
	fuzz_check(c->vcpus >= 1 && c->vcpus <= CONFIG_VCPUS_MAX);
	fuzz_check(c->vcpus_online >= 1 && c->vcpus_online <= c->vcpus);
	fuzz_check(c->kernel != NULL && c->kernel[0] == '/');
	fuzz_check(c->cmdline != NULL);
	for (unsigned int i = 0; i < c->disk_count; i++)
		fuzz_check(c->disks[i].source != NULL && c->disks[i].target[0] != '\0');
	fuzz_check(c->disk_count <= CONFIG_DISKS_MAX && c->nic_count <= CONFIG_NICS_MAX);
}

static void check_reason(const struct hospes_error *err)
{
	char text[HOSPES_ERROR_TEXT_MAX];
	unsigned int line;
	int length = 0;

	/* That would be the schema checker's word: ours should have come first. */
	sscanf(err->text, "fuzz: line %u: against the schema%n", &line, &length);
	fuzz_check(length == 0);
	fuzz_check(err->code < 0 && err->text[0] != '\0');
	memcpy(text, err->text, sizeof(text));
	printable_make(text, strlen(text), false);
	fuzz_check(strcmp(text, err->text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hospes_error err = { 0 };
	struct domain_config config;

	if (config_parse((const char *)data, size, "fuzz", &config, &err) == 0)
		check_config(&config);
	else
		check_reason(&err);

	config_free(&config);
	return 0;
}
