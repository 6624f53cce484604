/* SPDX-License-Identifier: MIT */
/* The texts of --help, made from the table of verbs. Pure but for the printing. */
#ifndef HOSPES_HOSPES_HELP_H
#define HOSPES_HOSPES_HELP_H

#include <stdio.h>
#include "table.h"

/* The options that every verb has; a row with the letter 0 ends them. */
extern const struct verb_option common_options[];

/* All verbs, group by group, a line each. */
void help_all(FILE *out, verb_table table);

/* One verb: its usage, what it does, operands, options, examples. */
void help_verb(FILE *out, const struct verb *v);

/* Prints a text of a row within 78 columns, paragraph by paragraph. */
void help_text(FILE *out, const char *text);

#endif
