/* SPDX-License-Identifier: MIT */
/*
 * Names of disks and their numbers. A number is 28 bits of major and minor, as Linux once numbered
 * its own disks, or, where these do not reach, bit 28 with 20 bits of disk and 8 of partition.
 */
#include "config_target.h"

#include <stddef.h>
#include <string.h>
#include <dom0-tools/base/array.h>

#define LETTERS          26
#define EXTENDED         (1U << 28)
#define EXTENDED_SHIFT   8
#define EXTENDED_PARTS   255
#define DISKS_MAX        (LETTERS + LETTERS * LETTERS) /* xvdzz is the last one */
#define PARTITION_DIGITS 3

/* Disks from @first on have @major, and so many partitions in the low @shift bits of the minor. */
struct numbering {
	char kind;
	unsigned int first, end; /* disks, @end not among them */
	unsigned int major, shift;
};

static const struct numbering numberings[] = {
	{ 'x', 0, 16, 202, 4 },
	{ 'h', 0, 2, 3, 6 },
	{ 'h', 2, 4, 22, 6 },
	{ 's', 0, 16, 8, 4 },
};

static const struct {
	const char *prefix;
	char kind;
} kinds[] = { { "xvd", 'x' }, { "hd", 'h' }, { "sd", 's' } };

/* Behind "xvd", "hd", "sd", or NULL. */
static const char *kind_parse(const char *text, char *kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		size_t length = strlen(kinds[i].prefix);

		if (strncmp(text, kinds[i].prefix, length) == 0) {
			*kind = kinds[i].kind;
			return text + length;
		}
	}
	return NULL;
}

/* Letters count like columns of a table: a to z, aa to zz. Behind them, or NULL. */
static const char *disk_parse(const char *text, unsigned int *disk)
{
	unsigned int n = 0;

	while (*text >= 'a' && *text <= 'z') {
		n = n * LETTERS + (unsigned int)(*text - 'a') + 1;
		if (n > DISKS_MAX)
			return NULL;
		text++;
	}

	if (n == 0)
		return NULL;

	*disk = n - 1;
	return text;
}

static bool partition_parse(const char *text, unsigned int *partition)
{
	*partition = 0;
	if (*text == '0' || strlen(text) > PARTITION_DIGITS)
		return false;

	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return false;

		*partition = *partition * 10 + (unsigned int)(*text - '0');
	}
	return true;
}

static bool number_set(struct config_target *t)
{
	for (size_t i = 0; i < ARRAY_SIZE(numberings); i++) {
		const struct numbering *n = &numberings[i];

		if (n->kind != t->kind || t->disk < n->first || t->disk >= n->end)
			continue;
		if (t->partition >> n->shift != 0)
			continue;

		t->vdev = n->major << 8 | (t->disk - n->first) << n->shift | t->partition;
		return true;
	}

	/* Only xvd goes on beyond. */
	if (t->kind != 'x' || t->partition > EXTENDED_PARTS)
		return false;

	t->vdev = EXTENDED | t->disk << EXTENDED_SHIFT | t->partition;
	return true;
}

bool config_target_parse(const char *text, struct config_target *target)
{
	memset(target, 0, sizeof(*target));
	text = kind_parse(text, &target->kind);
	if (text == NULL)
		return false;

	text = disk_parse(text, &target->disk);
	if (text == NULL)
		return false;

	if (!partition_parse(text, &target->partition))
		return false;

	return number_set(target);
}

bool config_targets_collide(const struct config_target *a, const struct config_target *b)
{
	if (a->kind != b->kind || a->disk != b->disk)
		return false;
	if (a->partition == b->partition)
		return true;

	return a->partition == 0 || b->partition == 0;
}
