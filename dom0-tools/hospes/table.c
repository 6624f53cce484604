/* SPDX-License-Identifier: MIT */
/* Looks verbs up, and tells operands. Pure. */
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Longer names are not looked at for likeness. */
#define LIKE_MAX 32

static bool is_called(const struct verb *v, const char *name)
{
	if (strcmp(v->name, name) == 0)
		return true;

	for (int i = 0; i < VERB_ALIASES_MAX && v->aliases[i] != NULL; i++) {
		if (strcmp(v->aliases[i], name) == 0)
			return true;
	}

	return false;
}

const struct verb *verb_find(verb_table table, const char *name)
{
	for (; *table != NULL; table++) {
		for (size_t i = 0; i < (*table)->count; i++) {
			if (is_called(&(*table)->verbs[i], name))
				return &(*table)->verbs[i];
		}
	}

	return NULL;
}

static unsigned int least_of(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/*
 * How many letters must be put in, taken out, changed, or swapped with their neighbour to make one
 * name of the other (Damerau 1964, by rows of the table of all beginnings).
 */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int rows[3][LIKE_MAX + 1];
	size_t width = strlen(b), height = strlen(a);

	if (width > LIKE_MAX || height > LIKE_MAX)
		return LIKE_MAX;

	for (size_t k = 0; k <= width; k++)
		rows[0][k] = (unsigned int)k;

	for (size_t i = 1; i <= height; i++) {
		unsigned int *row = rows[i % 3], *above = rows[(i - 1) % 3];
		const unsigned int *two_above = rows[(i + 1) % 3];

		row[0] = (unsigned int)i;
		for (size_t k = 1; k <= width; k++) {
			unsigned int changed = a[i - 1] != b[k - 1];

			row[k] = least_of(above[k] + 1, row[k - 1] + 1);
			row[k] = least_of(row[k], above[k - 1] + changed);
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
				row[k] = least_of(row[k], two_above[k - 2] + 1);
		}
	}

	return rows[height % 3][width];
}

static void nearest_try(const char *candidate, const char *name, const char **best,
			unsigned int *least)
{
	unsigned int d;

	if (candidate == NULL)
		return;

	d = distance(candidate, name);
	if (d < *least) {
		*best = candidate;
		*least = d;
	}
}

const char *verb_nearest(verb_table table, const char *name)
{
	/* Of every three letters one may be wrong. */
	unsigned int least = (unsigned int)(strlen(name) + 2) / 3 + 1;
	const char *best = NULL;

	for (; *table != NULL; table++) {
		for (size_t i = 0; i < (*table)->count; i++) {
			const struct verb *v = &(*table)->verbs[i];

			nearest_try(v->name, name, &best, &least);
			for (int k = 0; k < VERB_ALIASES_MAX; k++)
				nearest_try(v->aliases[k], name, &best, &least);
		}
	}

	return best;
}

void operands_limits(const struct verb *v, int *least, int *most)
{
	*least = 0;
	*most = 0;

	for (int i = 0; i < VERB_OPERANDS_MAX && v->operands[i].name != NULL; i++) {
		enum operand_count count = v->operands[i].count;

		if (count == OPERAND_ONE || count == OPERAND_SEVERAL)
			*least += 1;
		if (count == OPERAND_SEVERAL || count == OPERAND_ANY_NUMBER)
			*most = -1;
		else
			*most += 1;
	}
}

void operands_text(const struct verb *v, char text[OPERANDS_TEXT_MAX])
{
	static const char *const forms[] = {
		[OPERAND_ONE] = "%s%s",
		[OPERAND_OPTIONAL] = "%s[%s]",
		[OPERAND_SEVERAL] = "%s%s...",
		[OPERAND_ANY_NUMBER] = "%s[%s...]",
	};
	size_t used = 0;

	text[0] = '\0';
	for (int i = 0; i < VERB_OPERANDS_MAX && v->operands[i].name != NULL; i++) {
		const struct verb_operand *o = &v->operands[i];

		used += (size_t)snprintf(text + used, OPERANDS_TEXT_MAX - used, forms[o->count],
					 i > 0 ? " " : "", o->name);
		if (used >= OPERANDS_TEXT_MAX)
			return;
	}
}

const char *operand_help(const struct verb_operand *o)
{
	if (o->help != NULL)
		return o->help;
	if (o->kind == WORD_DOMAIN)
		return "a domain's name or its number";

	return o->kind == WORD_CHOICE ? o->choices : NULL;
}
