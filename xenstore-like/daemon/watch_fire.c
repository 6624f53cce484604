/* SPDX-License-Identifier: MIT */
/*
 * Which watches a change fires (see watch.h). A watcher gets an event only if it may read the node,
 * or the parent, where the name would be listed: watches must not reveal nodes that the watcher may
 * not see.
 */
#include <string.h>
#include <xenstore-like/tree/edit.h>
#include <xenstore-like/tree/path.h>
#include <xenstore-like/tree/work.h>
#include "watch.h"

/* What decides who may see a change: the node itself and its parent. */
struct sight {
	const struct node *node;
	const struct node *parent;
};

/* The path that an event will tell, with its hash: the same one may go to many watches. */
struct told {
	const char *path;
	size_t len;
	uint32_t hash;
};

static struct told told_of(const char *path)
{
	size_t len = strlen(path);

	return (struct told){ path, len, strmap_hash(path, len) };
}

static bool sight_of(const struct sight *sight, struct who who)
{
	if (sight->node && (perms_of(sight->node->perms, who) & RIGHT_READ))
		return true;

	return perms_of(sight->parent->perms, who) & RIGHT_READ;
}

static void fire_place(const struct place *place, const struct told *told,
		       const struct sight *sight)
{
	for (struct watch *watch = place->watches; watch; watch = watch->next_here) {
		work_add(1);
		if (sight_of(sight, watch->watcher->who))
			event_post(watch, told->path, told->len, told->hash);
	}
}

/* Watches on nodes below the removed one get an event for their own path, if a node existed there.
 * path has room for any path, and holds the place's own, of len bytes. */
static void fire_below(const struct place *place, const struct node *removed, char *path,
		       size_t len)
{
	struct strmap_item *item;

	for (item = strmap_first(&place->below); item; item = strmap_next(&place->below, item)) {
		const struct place *below = (const struct place *)item;
		const struct sight sight = {
			node_kid(removed, item->key, item->key_len),
			removed,
		};
		size_t below_len = len + 1 + item->key_len;

		if (!sight.node)
			continue;

		path[len] = '/';
		memcpy(path + len + 1, item->key, item->key_len + 1);
		if (below->watches) {
			const struct told told = told_of(path);

			fire_place(below, &told, &sight);
		}
		fire_below(below, sight.node, path, below_len);
	}
	path[len] = '\0';
}

void watch_fire(struct watch_table *table, const struct db *db, const struct change *change)
{
	const struct place *place = &table->root;
	const char *rest = change->path, *part;
	const struct told told = told_of(change->path);
	char path[PATH_SPACE];
	unsigned int missing;
	struct sight sight;
	size_t len;

	sight.node = change->removed ? change->removed : node_find(db->root, change->path);
	sight.parent = tree_nearest(db->root, change->path, path, &missing);

	/* A watch covers all that is below it: fire those on every ancestor. */
	fire_place(place, &told, &sight);
	while ((part = path_next(&rest, &len))) {
		place = (const struct place *)strmap_find(&place->below, part, len);
		if (!place)
			return;
		fire_place(place, &told, &sight);
	}

	if (!change->removed)
		return;

	strcpy(path, change->path);
	fire_below(place, change->removed, path, told.len);
}

void watch_fire_special(struct watch_table *table, const struct db *db, enum special special)
{
	const struct perms *perms = db->special[special];
	const struct told told = told_of(db_special_name(special));
	const struct place *place = (const struct place *)strmap_find(&table->specials.below,
								      told.path, told.len);

	if (!place)
		return;

	for (struct watch *watch = place->watches; watch; watch = watch->next_here) {
		work_add(1);
		if (perms_of(perms, watch->watcher->who) & RIGHT_READ)
			event_post(watch, told.path, told.len, told.hash);
	}
}
