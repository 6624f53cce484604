/* SPDX-License-Identifier: MIT */
/*
 * pages: copies standard input to standard output, and puts what the table of verbs says in the
 * place of each line that names it as @WORD@. Run by the build, and installed nowhere.
 */
#include <stdio.h>
#include <string.h>
#include <dom0-tools/base/array.h>
#include <dom0-tools/hospes/verbs.h>
#include "page.h"

#define LINE_MAX_BYTES 1024

static void statuses(FILE *out, verb_table table)
{
	(void)table;
	man_statuses(out);
}

static const struct {
	const char *mark;
	void (*print)(FILE *out, verb_table table);
} places[] = {
	{ "@man-verbs@", man_verbs },   { "@man-statuses@", statuses },
	{ "@bash-verbs@", bash_verbs }, { "@zsh-names@", zsh_names },
	{ "@zsh-verbs@", zsh_verbs },
};

static void line_copy(const char *line)
{
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		if (strstr(line, places[i].mark) != NULL) {
			places[i].print(stdout, verbs_all);
			return;
		}
	}

	fputs(line, stdout);
}

int main(void)
{
	char line[LINE_MAX_BYTES];

	while (fgets(line, sizeof(line), stdin) != NULL)
		line_copy(line);

	return fflush(stdout) != 0 || ferror(stdout) || ferror(stdin);
}
