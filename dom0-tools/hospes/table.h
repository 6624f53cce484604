/* SPDX-License-Identifier: MIT */
/*
 * Looking verbs up in a table of groups, and what their rows say of operands. A table is given by
 * the caller, so that tests have tables of their own.
 */
#ifndef HOSPES_HOSPES_TABLE_H
#define HOSPES_HOSPES_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include "verb.h"

typedef const struct verb_group *const *verb_table;

/* Room for a verb's operands as a usage line has them. */
#define OPERANDS_TEXT_MAX 96

/* By name or by another name that it has; NULL when there is no such verb. */
const struct verb *verb_find(verb_table table, const char *name);

/* The name that was most likely meant; NULL when none is near. */
const char *verb_nearest(verb_table table, const char *name);

/* How many operands a verb takes at least, and at most; *@most is -1 for any number. */
void operands_limits(const struct verb *v, int *least, int *most);

/* "DOMAIN HARD [SOFT]"; "" for none. */
void operands_text(const struct verb *v, char text[OPERANDS_TEXT_MAX]);

/* What an operand is: its own words, or those that fit all of its kind. May be NULL. */
const char *operand_help(const struct verb_operand *o);

#endif
