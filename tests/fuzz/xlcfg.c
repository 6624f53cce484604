/* SPDX-License-Identifier: MIT */
/*
 * A guest's file of xl.cfg. What is accepted has become XML that is accepted too, and says the
 * same; what is refused says why.
 */
#include <string.h>
#include <dom0-tools/config/config.h>
#include "fuzz.h"

static void check_again(const struct domain_config *c)
{
	struct hospes_error err = { 0 };
	struct domain_config again;

	fuzz_check(config_parse(c->text, c->text_length, "again", &again, &err) == 0);
	fuzz_check(strcmp(c->name, again.name) == 0 && strcmp(c->kernel, again.kernel) == 0);
	fuzz_check(strcmp(c->cmdline, again.cmdline) == 0);
	fuzz_check(c->memory_kib == again.memory_kib && c->vcpus == again.vcpus);
	fuzz_check(c->disk_count == again.disk_count && c->nic_count == again.nic_count);
	config_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hospes_error err = { 0 };
	struct domain_config config;

	if (config_parse((const char *)data, size, "fuzz", &config, &err) == 0)
		check_again(&config);
	else
		fuzz_check(config.faults.count != 0 && err.text[0] != '\0');

	config_free(&config);
	return 0;
}
