/* SPDX-License-Identifier: MIT */
/*
 * What an edit has changed (see change.h).
 */
#include "change.h"

#include <stdlib.h>
#include <string.h>

void changes_init(struct changes *changes)
{
	changes->first = NULL;
	changes->last = &changes->first;
}

struct change *change_new(const char *path)
{
	size_t len = strlen(path) + 1;
	struct change *change = calloc(1, sizeof(*change) + len);

	if (change)
		memcpy(change->path, path, len);
	return change;
}

void change_free(struct change *change)
{
	node_put(change->removed);
	free(change);
}

void changes_add(struct changes *changes, struct change *change)
{
	change->next = NULL;
	*changes->last = change;
	changes->last = &change->next;
}

struct change *changes_pop(struct changes *changes)
{
	struct change *change = changes->first;

	if (!change)
		return NULL;

	changes->first = change->next;
	if (!changes->first)
		changes->last = &changes->first;
	return change;
}

void changes_move(struct changes *changes, struct changes *from)
{
	if (!from->first)
		return;

	*changes->last = from->first;
	changes->last = from->last;
	changes_init(from);
}

void changes_drop(struct changes *changes)
{
	struct change *change;

	while ((change = changes_pop(changes)))
		change_free(change);
}
