/* SPDX-License-Identifier: MIT */
/*
 * A hash table from strings to items that embed struct strmap_item. It owns neither the items nor
 * their keys: the caller keeps both alive until the item is taken out.
 */
#ifndef XENSTORE_LIKE_STRMAP_H
#define XENSTORE_LIKE_STRMAP_H

#include <stddef.h>
#include <stdint.h>
#include <dom0-tools/base/must_check.h>

struct strmap_item {
	struct strmap_item *next;
	uint32_t hash;
	uint32_t key_len;
	const char *key; /* key_len bytes of any kind */
};

/* All zeroes is an empty table. */
struct strmap {
	struct strmap_item **slots;
	unsigned int slot_count; /* 0 or a power of two */
	unsigned int item_count;
};

/* The hash of a key, the same for all maps: who looks for one key in many maps makes it once. */
uint32_t strmap_hash(const char *key, size_t len);

/* The item whose key is the len bytes at key, or NULL. */
struct strmap_item *strmap_find(const struct strmap *map, const char *key, size_t len);
struct strmap_item *strmap_find_hashed(const struct strmap *map, const char *key, size_t len,
				       uint32_t hash);

/* 0 or -ENOMEM. The key, of len bytes, must not be in the map yet. */
__must_check int strmap_add(struct strmap *map, struct strmap_item *item, const char *key,
			    size_t len);
__must_check int strmap_add_hashed(struct strmap *map, struct strmap_item *item, const char *key,
				   size_t len, uint32_t hash);

/* The item must be in the map. */
void strmap_remove(struct strmap *map, struct strmap_item *item);

/* Any item, taken out; NULL when the map is empty (its memory is then freed). */
struct strmap_item *strmap_pop(struct strmap *map);

/* for (item = strmap_first(map); item; item = strmap_next(map, item)); the map must not change
 * meanwhile. */
struct strmap_item *strmap_first(const struct strmap *map);
struct strmap_item *strmap_next(const struct strmap *map, const struct strmap_item *item);

#endif
