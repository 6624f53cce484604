/* SPDX-License-Identifier: MIT */
/*
 * The hash table of strings (see strmap.h): chained, doubled when full. The hash starts from a
 * number drawn at start, so that a guest cannot choose names that all fall into one chain.
 */
#include "strmap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define SLOTS_FIRST 16

static uint32_t hash_of(const char *key, size_t len)
{
	static uint64_t seed;
	uint64_t h;

	if (!seed && getrandom(&seed, sizeof(seed), GRND_NONBLOCK) < 0)
		seed = (uintptr_t)&seed;
	seed |= 1;
	h = seed;
	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)key[i]) * 0x9e3779b97f4a7c15u + (h >> 29);
	return h ^ (h >> 32);
}

struct strmap_item *strmap_find(const struct strmap *map, const char *key, size_t len)
{
	uint32_t hash = hash_of(key, len);
	struct strmap_item *item;

	if (!map->slot_count)
		return NULL;
	for (item = map->slots[hash & (map->slot_count - 1)]; item; item = item->next)
		if (item->hash == hash && strlen(item->key) == len &&
		    memcmp(item->key, key, len) == 0)
			return item;
	return NULL;
}

static int map_grow(struct strmap *map)
{
	unsigned int count = map->slot_count ? map->slot_count * 2 : SLOTS_FIRST;
	struct strmap_item **slots = calloc(count, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	for (unsigned int i = 0; i < map->slot_count; i++) {
		struct strmap_item *item = map->slots[i], *next;

		for (; item; item = next) {
			next = item->next;
			item->next = slots[item->hash & (count - 1)];
			slots[item->hash & (count - 1)] = item;
		}
	}
	free(map->slots);
	map->slots = slots;
	map->slot_count = count;
	return 0;
}

int strmap_add(struct strmap *map, struct strmap_item *item, const char *key)
{
	struct strmap_item **slot;

	if (map->item_count >= map->slot_count && map_grow(map))
		return -ENOMEM;
	item->key = key;
	item->hash = hash_of(key, strlen(key));
	slot = &map->slots[item->hash & (map->slot_count - 1)];
	item->next = *slot;
	*slot = item;
	map->item_count++;
	return 0;
}

void strmap_remove(struct strmap *map, struct strmap_item *item)
{
	struct strmap_item **at = &map->slots[item->hash & (map->slot_count - 1)];

	while (*at != item)
		at = &(*at)->next;
	*at = item->next;
	map->item_count--;
}

struct strmap_item *strmap_pop(struct strmap *map)
{
	struct strmap_item *item = strmap_first(map);

	if (item) {
		strmap_remove(map, item);
		return item;
	}
	free(map->slots);
	map->slots = NULL;
	map->slot_count = 0;
	return NULL;
}

static struct strmap_item *first_from(const struct strmap *map, unsigned int slot)
{
	for (; slot < map->slot_count; slot++)
		if (map->slots[slot])
			return map->slots[slot];
	return NULL;
}

struct strmap_item *strmap_first(const struct strmap *map)
{
	return first_from(map, 0);
}

struct strmap_item *strmap_next(const struct strmap *map, const struct strmap_item *item)
{
	if (item->next)
		return item->next;
	return first_from(map, (item->hash & (map->slot_count - 1)) + 1);
}
