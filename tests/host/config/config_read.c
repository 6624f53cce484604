/* SPDX-License-Identifier: MIT */
/*
 * Reads the configurations that are named, and prints what becomes of each: "FILE: taken" or all
 * its faults, and the notice. Exit status: 0 whatever they hold, 1 where a file is refused without
 * a reason.
 */
#include <stdio.h>
#include <stdlib.h>
#include <dom0-tools/config/config.h>

static bool read_one(const char *path)
{
	struct hospes_error err = { .code = 0 };
	struct domain_config config;
	bool told = true;

	if (config_load(path, &config, &err) == 0)
		printf("%s: taken\n", path);
	else
		told = config.faults.count != 0;

	for (unsigned int i = 0; i < config.faults.count; i++)
		printf("%s\n", config.faults.list[i].text);
	if (config.notice != NULL)
		printf("%s\n", config.notice);

	config_free(&config);
	return told;
}

int main(int argc, char **argv)
{
	bool good = true;

	for (int i = 1; i < argc; i++)
		good = read_one(argv[i]) && good;
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
