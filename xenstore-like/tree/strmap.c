/* SPDX-License-Identifier: MIT */
/*
 * The hash table of strings (see strmap.h): chained, doubled when full. The hash starts from a
 * random seed, so that a guest cannot choose names that all fall into one chain.
 */
#include "strmap.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "work.h"

/* Most maps are of a watch, and stay this small. */
#define SLOTS_FIRST 4

/* 2^64 over the golden ratio, made odd: multiplying by it spreads neighbours apart (Knuth, The Art
 * of Computer Programming, 6.4). */
#define HASH_FACTOR 0x9e3779b97f4a7c15u
#define HASH_SHIFT  29

static uint64_t hash_seed(void)
{
	static uint64_t seed;

	if (seed)
		return seed;

	/* Too early after boot for random numbers: an address has to do. */
	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) < 0)
		seed = (uintptr_t)&seed;
	seed |= 1;
	return seed;
}

uint32_t strmap_hash(const char *key, size_t len)
{
	uint64_t h = hash_seed();

	work_add(1 + len / WORK_BYTES);

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)key[i]) * HASH_FACTOR + (h >> HASH_SHIFT);
	return h ^ (h >> 32);
}

/* The chain for that hash; the map must have slots. */
static struct strmap_item **slot_of(const struct strmap *map, uint32_t hash)
{
	return &map->slots[hash & (map->slot_count - 1)];
}

struct strmap_item *strmap_find_hashed(const struct strmap *map, const char *key, size_t len,
				       uint32_t hash)
{
	struct strmap_item *item;

	if (!map->slot_count)
		return NULL;

	for (item = *slot_of(map, hash); item; item = item->next) {
		work_add(1);
		if (item->hash != hash || item->key_len != len)
			continue;
		if (memcmp(item->key, key, len) == 0)
			return item;
	}
	return NULL;
}

struct strmap_item *strmap_find(const struct strmap *map, const char *key, size_t len)
{
	/* Most maps that are asked are empty. */
	if (!map->item_count)
		return NULL;

	return strmap_find_hashed(map, key, len, strmap_hash(key, len));
}

static void chain_add(struct strmap *map, struct strmap_item *item)
{
	struct strmap_item **slot = slot_of(map, item->hash);

	item->next = *slot;
	*slot = item;
}

static int map_grow(struct strmap *map)
{
	struct strmap grown = { .item_count = map->item_count };

	grown.slot_count = map->slot_count ? map->slot_count * 2 : SLOTS_FIRST;
	grown.slots = calloc(grown.slot_count, sizeof(*grown.slots));
	if (!grown.slots)
		return -ENOMEM;

	for (unsigned int i = 0; i < map->slot_count; i++) {
		struct strmap_item *item = map->slots[i], *next;

		for (; item; item = next) {
			next = item->next;
			chain_add(&grown, item);
		}
	}

	free(map->slots);
	*map = grown;
	return 0;
}

int strmap_add_hashed(struct strmap *map, struct strmap_item *item, const char *key, size_t len,
		      uint32_t hash)
{
	int rc;

	if (map->item_count >= map->slot_count) {
		rc = map_grow(map);
		if (rc)
			return rc;
	}

	item->key = key;
	item->key_len = len;
	item->hash = hash;
	chain_add(map, item);
	map->item_count++;
	return 0;
}

int strmap_add(struct strmap *map, struct strmap_item *item, const char *key, size_t len)
{
	return strmap_add_hashed(map, item, key, len, strmap_hash(key, len));
}

void strmap_remove(struct strmap *map, struct strmap_item *item)
{
	struct strmap_item **at = slot_of(map, item->hash);

	while (*at != item) {
		assert(*at);
		at = &(*at)->next;
	}

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

	assert(map->item_count == 0);
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
	unsigned int slot = item->hash & (map->slot_count - 1);

	return item->next ? item->next : first_from(map, slot + 1);
}
