/* SPDX-License-Identifier: MIT */
/*
 * Paths, permission lists, the hash table and the persistent tree: old versions stay as they were
 * whatever is done to newer ones.
 */
#include "peer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore-like/tree/edit.h>
#include <xenstore-like/tree/path.h>
#include <xenstore-like/tree/strmap.h>

START_TEST(path_forms)
{
	static const char *const good[][2] = {
		{ "/", "/" },
		{ "/a", "/a" },
		{ "/a/b-c_d@e/0", "/a/b-c_d@e/0" },
		{ "x", "/local/domain/7/x" },
		{ "device/vif/0", "/local/domain/7/device/vif/0" },
		{ "@releaseDomain", "@releaseDomain" },
	};
	static const char *const bad[] = {
		"",     "/a/",       "//",   "/a//b", "a//b", "a/",  "/a b",
		"/a\n", "/\xc3\xa4", "/a.b", "@",     "@a/b", "/a*", "~",
	};
	char out[PATH_SPACE], text[4000];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ck_assert_int_eq(path_canonical(out, good[i][0], 7), 0);
		ck_assert_str_eq(out, good[i][1]);
	}

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(path_canonical(out, bad[i], 7) == -EINVAL, "'%s'", bad[i]);

	memset(text, 'a', sizeof(text));
	text[0] = '/';
	text[XENSTORE_ABS_PATH_MAX - 1] = '\0';
	ck_assert_int_eq(path_canonical(out, text, 7), 0);

	text[XENSTORE_ABS_PATH_MAX - 1] = 'a';
	text[XENSTORE_ABS_PATH_MAX] = '\0';
	ck_assert_int_eq(path_canonical(out, text, 7), -EINVAL);

	text[0] = 'a';
	text[XENSTORE_REL_PATH_MAX] = '\0';
	ck_assert_int_eq(path_canonical(out, text, 7), 0);

	text[XENSTORE_REL_PATH_MAX] = 'a';
	text[XENSTORE_REL_PATH_MAX + 1] = '\0';
	ck_assert_int_eq(path_canonical(out, text, 7), -EINVAL);
}
END_TEST

START_TEST(path_relations)
{
	char path[] = "/a/bc/d";

	ck_assert_uint_eq(path_depth("/"), 0);
	ck_assert_uint_eq(path_depth("/a/bc/d"), 3);

	path_to_parent(path);
	ck_assert_str_eq(path, "/a/bc");
	path_to_parent(path);
	path_to_parent(path);
	path_to_parent(path);
	ck_assert_str_eq(path, "/");
}
END_TEST

START_TEST(perms_text)
{
	static const char wire[] = "n0\0r5\0b32751\0w7";
	static const struct {
		const char *text;
		size_t len;
	} bad[] = {
		{ "", 0 },
		{ "n0", 2 },
		{ "x0", 3 },
		{ "n", 2 },
		{ "n-1", 4 },
		{ "n32752", 7 },
		{ "n99999999999999999999", 22 },
		{ "n0\0", 4 },
		{ "n 0", 4 },
		{ "n0x", 4 },
	};
	char text[64];
	struct perms *perms;

	ck_assert_int_eq(perms_parse(wire, sizeof(wire), &perms), 0);
	ck_assert_uint_eq(perms->count, 4);

	ck_assert_int_eq(perms_format(perms, text, sizeof(text)), sizeof(wire));
	ck_assert_mem_eq(text, wire, sizeof(wire));
	ck_assert_int_eq(perms_format(perms, text, sizeof(wire) - 1), -E2BIG);
	perms_put(perms);

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_eq(perms_parse(bad[i].text, bad[i].len, &perms), -EINVAL);
}
END_TEST

START_TEST(perms_rights)
{
	struct perm list[] = {
		{ 3, RIGHT_READ }, { 5, RIGHT_WRITE }, { 5, RIGHT_READ }, { 6, RIGHT_NONE }
	};
	struct perms *perms = perms_new(list, 4), *less;
	const unsigned int all = RIGHT_READ | RIGHT_WRITE | RIGHT_OWNER;

	ck_assert_uint_eq(perms_of(perms, (struct who){ 0, DOMID_NONE }), all);
	ck_assert_uint_eq(perms_of(perms, (struct who){ 3, DOMID_NONE }), all);
	ck_assert_uint_eq(perms_of(perms, (struct who){ 5, DOMID_NONE }), RIGHT_WRITE);
	ck_assert_uint_eq(perms_of(perms, (struct who){ 6, DOMID_NONE }), RIGHT_NONE);
	ck_assert_uint_eq(perms_of(perms, (struct who){ 9, DOMID_NONE }), RIGHT_READ);
	ck_assert_uint_eq(perms_of(perms, (struct who){ 9, 3 }), all);
	ck_assert_uint_eq(perms_of(perms, (struct who){ 9, 5 }), RIGHT_WRITE);

	less = perms_without(perms, 5);
	ck_assert_uint_eq(less->count, 2);
	ck_assert_uint_eq(perms_of(less, (struct who){ 5, DOMID_NONE }), RIGHT_READ);
	perms_put(less);
	perms_put(perms);
}
END_TEST

START_TEST(strmap_many)
{
	static struct {
		struct strmap_item item;
		char key[12];
	} items[3000];
	struct strmap map = { 0 };
	struct strmap_item *item;
	unsigned int seen = 0;

	for (int i = 0; i < 3000; i++) {
		snprintf(items[i].key, sizeof(items[i].key), "k%d", i);
		ck_assert_int_eq(strmap_add(&map, &items[i].item, items[i].key,
					    strlen(items[i].key)),
				 0);
	}

	for (int i = 0; i < 3000; i += 3)
		strmap_remove(&map, &items[i].item);
	for (int i = 0; i < 3000; i++) {
		item = strmap_find(&map, items[i].key, strlen(items[i].key));
		ck_assert_ptr_eq(item, i % 3 ? &items[i].item : NULL);
	}

	for (item = strmap_first(&map); item; item = strmap_next(&map, item))
		seen++;
	ck_assert_uint_eq(seen, 2000);

	while (strmap_pop(&map))
		seen--;
	ck_assert_uint_eq(seen, 0);
}
END_TEST

static struct node *root_new(void)
{
	struct perm mine = { 0, RIGHT_NONE };
	struct perms *perms = perms_new(&mine, 1);
	struct node *root = node_new("", 0, perms, 0);

	perms_put(perms);
	return root;
}

static void put(struct node **root, uint64_t gen, const char *path, const char *value)
{
	struct charges charges = { 0 };
	struct edit e = { .root = root, .charges = &charges, .gen = gen };

	if (node_find(*root, path))
		ck_assert_int_eq(edit_value(&e, path, value, strlen(value)), 0);
	else
		ck_assert_int_eq(edit_create(&e, path, value, strlen(value), DOMID_NONE), 0);
	charges_free(&charges);
}

static void cut(struct node **root, uint64_t gen, const char *path)
{
	struct charges charges = { 0 };
	struct edit e = { .root = root, .charges = &charges, .gen = gen };
	struct node *removed;

	ck_assert_int_eq(edit_remove(&e, path, &removed), 0);
	node_put(removed);
	charges_free(&charges);
}

static void has(const struct node *root, const char *path, const char *value)
{
	const struct node *node = node_find(root, path);

	ck_assert_msg(!node == !value, "%s", path);
	if (value) {
		ck_assert_uint_eq(node->value_len, strlen(value));
		ck_assert_mem_eq(node->value ? node->value : "", value, strlen(value));
	}
}

START_TEST(tree_versions)
{
	struct node *root = root_new(), *old, *older;

	put(&root, 1, "/a/b/c", "1");
	put(&root, 2, "/a/d", "2");

	older = node_get(root);
	put(&root, 3, "/a/b/c", "3");

	old = node_get(root);
	cut(&root, 4, "/a/b");
	put(&root, 5, "/a/b/new", "5");
	put(&root, 6, "/e", "6");

	has(older, "/a/b/c", "1");
	has(older, "/e", NULL);
	has(old, "/a/b/c", "3");
	has(old, "/a/b/new", NULL);
	has(root, "/a/b/c", NULL);
	has(root, "/a/b/new", "5");
	has(root, "/a/d", "2");

	ck_assert_uint_eq(node_find(older, "/a/b/c")->value_gen, 1);
	ck_assert_uint_eq(node_find(old, "/a/b/c")->value_gen, 3);
	ck_assert_uint_eq(node_find(root, "/a")->kids_gen, 5);

	/* What was not touched is shared. */
	ck_assert_ptr_eq(node_find(older, "/a/d"), node_find(root, "/a/d"));

	node_put(older);
	has(old, "/a/b/c", "3");
	node_put(old);
	has(root, "/a/d", "2");
	node_put(root);
}
END_TEST

START_TEST(tree_in_place)
{
	struct node *root = root_new();
	const struct node *top;

	put(&root, 1, "/a/b", "1");

	top = node_find(root, "/a");
	put(&root, 2, "/a/b", "2");

	/* Nobody else refers to it: nothing was copied. */
	ck_assert_ptr_eq(node_find(root, "/a"), top);
	node_put(root);
}
END_TEST

/* Random changes against a plain array, with old versions held at random. */
START_TEST(tree_random)
{
	struct node *root = root_new(), *held[8] = { 0 };
	int value[64], snapshot[8][64];
	char path[32], text[16];

	srand(_i + 1);
	memset(value, -1, sizeof(value));

	for (int step = 0; step < 4000; step++) {
		int n = rand() % 64, h = rand() % 8;

		snprintf(path, sizeof(path), "/n%d/m%d/k%d", n / 16, n / 4 % 4, n % 4);
		snprintf(text, sizeof(text), "%d", step);

		if (rand() % 3) {
			put(&root, step, path, text);
			value[n] = step;
		} else if (value[n] >= 0) {
			cut(&root, step, path);
			value[n] = -1;
		}

		if (rand() % 16 == 0) {
			node_put(held[h]);
			held[h] = node_get(root);
			memcpy(snapshot[h], value, sizeof(value));
		}
	}

	for (int h = 0; h < 8; h++) {
		for (int n = 0; held[h] && n < 64; n++) {
			snprintf(path, sizeof(path), "/n%d/m%d/k%d", n / 16, n / 4 % 4, n % 4);
			snprintf(text, sizeof(text), "%d", snapshot[h][n]);
			has(held[h], path, snapshot[h][n] < 0 ? NULL : text);
		}
		node_put(held[h]);
	}

	node_put(root);
}
END_TEST

START_TEST(kids_sorted)
{
	static const char *const names[] = { "b", "a", "ab", "10", "2", "B", "aa", "a0" };
	struct node *root = root_new();
	char path[16];

	for (int i = 0; i < 8; i++) {
		snprintf(path, sizeof(path), "/%s", names[i]);
		put(&root, i, path, "");
	}

	ck_assert_uint_eq(root->kid_count, 8);
	for (int i = 1; i < 8; i++)
		ck_assert_int_lt(strcmp(root->kids[i - 1]->name, root->kids[i]->name), 0);
	node_put(root);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store tree");
	TCase *tcase = tcase_create("tree");

	tcase_add_test(tcase, path_forms);
	tcase_add_test(tcase, path_relations);
	tcase_add_test(tcase, perms_text);
	tcase_add_test(tcase, perms_rights);
	tcase_add_test(tcase, strmap_many);
	tcase_add_test(tcase, tree_versions);
	tcase_add_test(tcase, tree_in_place);
	tcase_add_loop_test(tcase, tree_random, 0, 4);
	tcase_add_test(tcase, kids_sorted);
	suite_add_tcase(suite, tcase);
	return suites_run(suite);
}
