/* SPDX-License-Identifier: MIT */
/*
 * The key of the kernel cache: an entry is served for the very file and content that it was made
 * from, and each part of the key counts. Works in a directory of its own.
 */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <dom0-tools/builder/cache_writer.h>
#include <dom0-tools/builder/kernel_cache.h>
#include <tests/host/suites_run.h>

static char cache[64];
static struct hospes_error err;

static void cache_clear(void)
{
	DIR *d = opendir(cache);
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL)
		unlinkat(dirfd(d), e->d_name, 0);
	closedir(d);
}

static void setup(void)
{
	snprintf(cache, sizeof(cache), "/tmp/cache-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(cache));
	setenv("HOSPES_CACHE_DIR", cache, 1);
	error_clear(&err);
}

static void teardown(void)
{
	cache_clear();
	rmdir(cache);
}

/* An entry of @key that holds @data. */
static void entry_make(const struct cache_key *key, const void *data, size_t size)
{
	struct cache_writer w;
	int fd;

	ck_assert_int_eq(cache_write_begin(&w, key, &err), 0);
	ck_assert_int_eq(cache_write(&w, data, size, &err), 0);
	fd = cache_write_end(&w, key, &err);
	ck_assert_int_ge(fd, 0);
	close(fd);
}

START_TEST(each_part_of_the_key_counts)
{
	struct stat st = { .st_dev = 1, .st_ino = 2, .st_size = 3 };
	struct cache_key key, other;
	uint8_t *bytes = (uint8_t *)&other;
	uint64_t size;
	int fd;

	cache_key_make(&key, &st);
	for (size_t i = 0; i < sizeof(key); i++) {
		entry_make(&key, "x", 1);
		fd = cache_find(&key, &size);
		ck_assert_int_ge(fd, 0);
		ck_assert_uint_eq(size, 1);
		close(fd);

		other = key;
		bytes[i] ^= 1;
		ck_assert_int_eq(cache_find(&other, &size), -ENOENT);
		ck_assert(!cache_has(&other));
		cache_clear();
	}
}
END_TEST

/* Each field that tells states of a file apart is in the key. */
START_TEST(each_part_of_the_identity_counts)
{
	struct stat st = { .st_dev = 1, .st_ino = 2, .st_size = 3 };
	struct cache_key key, other;
	struct stat changed[7];

	for (size_t i = 0; i < 7; i++)
		changed[i] = st;
	changed[0].st_dev++;
	changed[1].st_ino++;
	changed[2].st_size++;
	changed[3].st_mtim.tv_sec++;
	changed[4].st_mtim.tv_nsec++;
	changed[5].st_ctim.tv_sec++;
	changed[6].st_ctim.tv_nsec++;

	cache_key_make(&key, &st);
	for (size_t i = 0; i < 7; i++) {
		cache_key_make(&other, &changed[i]);
		ck_assert(memcmp(&other, &key, sizeof(key)) != 0);

		entry_make(&key, "x", 1);
		ck_assert(cache_may_have(&key));
		ck_assert(!cache_may_have(&other));
		cache_clear();
	}
}
END_TEST

/* BLAKE2b-256 of "abc", as other programs compute it (b2sum -l 256), whatever the pieces. */
START_TEST(digest_is_blake2b)
{
	static const uint8_t abc[DIGEST_SIZE] = {
		0xbd, 0xdd, 0x81, 0x3c, 0x63, 0x42, 0x39, 0x72, 0x31, 0x71, 0xef,
		0x3f, 0xee, 0x98, 0x57, 0x9b, 0x94, 0x96, 0x4e, 0x3b, 0xb1, 0xcb,
		0x3e, 0x42, 0x72, 0x62, 0xc8, 0xc0, 0x68, 0xd5, 0x23, 0x19,
	};
	uint8_t whole[DIGEST_SIZE], pieces[DIGEST_SIZE];
	struct digest d;

	digest_of("abc", 3, whole);
	ck_assert_mem_eq(whole, abc, DIGEST_SIZE);

	digest_begin(&d);
	digest_add(&d, "a", 1);
	digest_add(&d, "", 0);
	digest_add(&d, "bc", 2);
	digest_end(&d, pieces);
	ck_assert_mem_eq(pieces, abc, DIGEST_SIZE);
}
END_TEST

/*
 * A maker that was so slow that its file was swept away, while another began anew under the name:
 * it must not make an entry of the other's half.
 */
START_TEST(another_makers_file_is_left_alone)
{
	struct cache_key key = { .file.inode = 1 };
	struct cache_writer w;
	char other[400];
	uint64_t size;
	int fd;

	ck_assert_int_eq(cache_write_begin(&w, &key, &err), 0);
	ck_assert_int_eq(cache_write(&w, "mine", 4, &err), 0);
	snprintf(other, sizeof(other), "%s/%s", cache, w.name);
	ck_assert_int_eq(unlink(other), 0);
	fd = open(other, O_WRONLY | O_CREAT, 0600);
	ck_assert_int_eq(write(fd, "half", 4), 4);
	close(fd);

	if (_i == 0) {
		fd = cache_write_end(&w, &key, &err);
		ck_assert_int_ge(fd, 0);
		close(fd);
	} else {
		cache_write_abort(&w);
	}

	ck_assert_int_eq(access(other, F_OK), 0);
	ck_assert_int_eq(cache_find(&key, &size), -ENOENT);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cache");
	TCase *t = tcase_create("cache");

	suite_add_tcase(suite, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, each_part_of_the_key_counts);
	tcase_add_test(t, each_part_of_the_identity_counts);
	tcase_add_loop_test(t, another_makers_file_is_left_alone, 0, 2);
	tcase_add_test(t, digest_is_blake2b);

	return suites_run(suite);
}
