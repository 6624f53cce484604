/* SPDX-License-Identifier: MIT */
/*
 * What is made from the table of verbs when hospes is built: the manual page, and completion for
 * bash and zsh. Each is a file with marked lines in it, in whose places these functions print.
 */
#ifndef HOSPES_PAGES_PAGE_H
#define HOSPES_PAGES_PAGE_H

#include <stdio.h>
#include <dom0-tools/hospes/table.h>

/* mdoc(7): the verbs, group by group; the exit statuses. */
void man_verbs(FILE *out, verb_table table);
void man_statuses(FILE *out);

/* Arms of a case: what each verb completes. */
void bash_verbs(FILE *out, verb_table table);

/* Rows of _describe, and the arms of a case with the arguments of _arguments. */
void zsh_names(FILE *out, verb_table table);
void zsh_verbs(FILE *out, verb_table table);

#endif
