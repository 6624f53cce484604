/* SPDX-License-Identifier: MIT */
/*
 * The cache of unpacked kernels: the second opening is served from it and gives the same bytes, any
 * change of the kernel file or of an entry makes it unpack again, holes read as zeros, and the
 * number of entries stays bounded. Works in a directory of its own.
 */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>
#include <dom0-tools/builder/cache_writer.h>
#include <dom0-tools/builder/kernel_cache.h>
#include <dom0-tools/builder/kernel_image.h>
#include <tests/host/suites_run.h>
#include "kernel_file.h"

/* Of the guest that the kernel is for. */
#define MEMORY (32UL << 20)

static char work[64], cache[80], path[80];
static struct kernel_file k;
static struct kernel_image image;
static struct hospes_error err;

static void file_write(const char *name, const void *data, size_t size)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, data, size), (ssize_t)size);
	close(fd);
}

/* Packs the kernel with gzip into the file. */
static void kernel_write(void)
{
	uint8_t packed[2 * KF_SIZE];
	z_stream s = { .next_in = k.bytes,
		       .avail_in = (uInt)k.size,
		       .next_out = packed,
		       .avail_out = sizeof(packed) };

	ck_assert_int_eq(deflateInit2(&s, 9, Z_DEFLATED, MAX_WBITS + 16, 8, 0), Z_OK);
	ck_assert_int_eq(deflate(&s, Z_FINISH), Z_STREAM_END);
	deflateEnd(&s);
	file_write(path, packed, s.total_out);
}

static void setup(void)
{
	snprintf(work, sizeof(work), "/tmp/kernel-cache-test-XXXXXX");
	ck_assert(mkdtemp(work) != NULL);
	snprintf(cache, sizeof(cache), "%s/cache", work);
	snprintf(path, sizeof(path), "%s/vmlinuz", work);
	setenv("HOSPES_CACHE_DIR", cache, 1);
	kf_linux(&k);
	kernel_write();
	error_clear(&err);
}

static unsigned int cache_each(bool remove_all, char *last)
{
	DIR *d = opendir(cache);
	unsigned int n = 0;
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL) {
		char name[400];

		if (e->d_name[0] == '.')
			continue;
		n++;
		snprintf(name, sizeof(name), "%s/%s", cache, e->d_name);
		if (last != NULL)
			strcpy(last, name);
		if (remove_all)
			unlink(name);
	}
	if (d != NULL)
		closedir(d);
	return n;
}

static void teardown(void)
{
	cache_each(true, NULL);
	rmdir(cache);
	unlink(path);
	rmdir(work);
}

/* Opens, checks that the bytes are the kernel's, and says whether the cache served it. */
static bool open_cached(void)
{
	uint8_t bytes[KF_SIZE];
	bool cached;

	ck_assert_msg(kernel_open(&image, path, MEMORY, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(image.size, k.size);
	ck_assert_int_eq(kernel_read(&image, 0, bytes, k.size), 0);
	ck_assert(memcmp(bytes, k.bytes, k.size) == 0);
	cached = image.cached;
	kernel_close(&image);
	return cached;
}

START_TEST(second_time_is_served)
{
	ck_assert(!open_cached());
	ck_assert(open_cached());
	ck_assert_uint_eq(cache_each(false, NULL), 1);
}
END_TEST

START_TEST(changed_content_is_seen)
{
	struct timespec times[2];
	struct stat st;

	ck_assert(!open_cached());
	ck_assert_int_eq(stat(path, &st), 0);
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	k.bytes[KF_DATA] ^= 1;
	kernel_write();
	/* Same size, same modification time: still another kernel. */
	ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
	ck_assert(!open_cached());
	ck_assert(open_cached());
}
END_TEST

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

/* The key that kernel_open() makes of the file. */
static void key_of_file(struct cache_key *key)
{
	uint8_t bytes[2 * KF_SIZE];
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, bytes, sizeof(bytes));
	struct stat st;

	ck_assert_int_gt(n, 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	close(fd);
	cache_key_make(key, &st);
	digest_of(bytes, (size_t)n, key->digest);
}

/* A file that was changed behind the system's back looks the same: its content tells. */
START_TEST(changed_content_of_one_identity_is_seen)
{
	struct cache_key key;

	key_of_file(&key);
	ck_assert(!cache_may_have(&key));
	entry_make(&key, k.bytes, k.size);
	ck_assert(open_cached());

	for (size_t i = 0; i < DIGEST_SIZE; i++) {
		key_of_file(&key);
		key.digest[i] ^= 0x80;
		entry_make(&key, "another kernel", 14);
		ck_assert(!open_cached());
		ck_assert(open_cached());
	}
}
END_TEST

/* Two files of one content and size are two files. */
START_TEST(copies_have_entries_of_their_own)
{
	char first[80];

	ck_assert(!open_cached());
	strcpy(first, path);
	snprintf(path, sizeof(path), "%s/copy", work);
	kernel_write();
	ck_assert(!open_cached());
	ck_assert(open_cached());
	ck_assert_uint_eq(cache_each(false, NULL), 2);

	unlink(path);
	strcpy(path, first);
	ck_assert(open_cached());
}
END_TEST

static void entry_bend(off_t at, bool truncated)
{
	char name[400];
	uint8_t byte;
	int fd;

	ck_assert_uint_eq(cache_each(false, name), 1);
	fd = open(name, O_RDWR);
	ck_assert_int_ge(fd, 0);
	if (truncated) {
		ck_assert_int_eq(ftruncate(fd, at), 0);
	} else {
		ck_assert_int_eq(pread(fd, &byte, 1, at), 1);
		byte ^= 4;
		ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
	}
	close(fd);
}

START_TEST(damaged_entries_are_not_served)
{
	static const off_t header[] = { 0, 8, 40, 72, 80, 96, 104, 135 };

	ck_assert(!open_cached());
	for (size_t i = 0; i < sizeof(header) / sizeof(header[0]); i++) {
		entry_bend(header[i], false);
		ck_assert(!open_cached());
		ck_assert(open_cached());
	}
	entry_bend(CACHE_HEADER_SIZE + 100, true);
	ck_assert(!open_cached());
	entry_bend(10, true);
	ck_assert(!open_cached());
}
END_TEST

/* A name alone proves nothing: the header must hold the key. */
START_TEST(misnamed_entries_are_not_served)
{
	char first[400], second[400];

	ck_assert(!open_cached());
	ck_assert_uint_eq(cache_each(false, first), 1);
	snprintf(second, sizeof(second), "%s/kept", work);
	ck_assert_int_eq(rename(first, second), 0);
	k.bytes[KF_DATA] ^= 1;
	kernel_write();
	ck_assert(!open_cached());
	ck_assert_uint_eq(cache_each(false, first), 1);
	ck_assert_int_eq(rename(second, first), 0);
	ck_assert(!open_cached());
}
END_TEST

/* Who else may write there could slip a guest another kernel. */
START_TEST(open_directories_are_not_used)
{
	ck_assert_int_eq(mkdir(cache, 0700), 0);
	ck_assert_int_eq(chmod(cache, 0777), 0);
	ck_assert(!open_cached());
	ck_assert(!open_cached());
	ck_assert_uint_eq(cache_each(false, NULL), 0);
}
END_TEST

START_TEST(without_a_directory_it_works)
{
	setenv("HOSPES_CACHE_DIR", "/proc/nowhere/cache", 1);
	ck_assert(!open_cached());
	ck_assert(!open_cached());
}
END_TEST

START_TEST(plain_kernels_are_not_kept)
{
	file_write(path, k.bytes, k.size);
	ck_assert(!open_cached());
	ck_assert(!open_cached());
	ck_assert_uint_eq(cache_each(false, NULL), 0);
}
END_TEST

START_TEST(entries_are_bounded)
{
	char file[80];

	for (unsigned int i = 0; i < 3 * CACHE_ENTRIES_MAX; i++) {
		snprintf(path, sizeof(path), "%s/vmlinuz-%u", work, i);
		k.bytes[KF_DATA]++;
		kernel_write();
		ck_assert(!open_cached());
		ck_assert_uint_le(cache_each(false, NULL), CACHE_ENTRIES_MAX);
	}
	ck_assert(open_cached());

	for (unsigned int i = 0; i < 3 * CACHE_ENTRIES_MAX; i++) {
		snprintf(file, sizeof(file), "%s/vmlinuz-%u", work, i);
		unlink(file);
	}
}
END_TEST

/* One that is written anew in its place takes no room of others. */
START_TEST(a_file_has_one_entry)
{
	for (unsigned int i = 0; i < 3 * CACHE_ENTRIES_MAX; i++) {
		k.bytes[KF_DATA]++;
		kernel_write();
		ck_assert(!open_cached());
		ck_assert_uint_eq(cache_each(false, NULL), 1);
	}
	ck_assert(open_cached());
}
END_TEST

START_TEST(broken_kernels_leave_nothing)
{
	uint8_t bytes[600];
	FILE *f = fopen(path, "r");
	size_t n = fread(bytes, 1, sizeof(bytes), f);

	fclose(f);
	file_write(path, bytes, n / 2);
	ck_assert_int_eq(kernel_open(&image, path, MEMORY, &err), -ENOEXEC);
	ck_assert_msg(strstr(err.text, path) != NULL && strstr(err.text, "truncated") != NULL, "%s",
		      err.text);
	ck_assert_uint_eq(cache_each(false, NULL), 0);
	ck_assert_int_eq(kernel_open(&image, work, MEMORY, &err), -EINVAL);
	ck_assert_int_eq(kernel_open(&image, "/nonexistent", MEMORY, &err), -ENOENT);
	ck_assert_int_eq(truncate(path, 1LL << 40), 0);
	ck_assert_int_eq(kernel_open(&image, path, MEMORY, &err), -EFBIG);
}
END_TEST

/* Some KiB of zstd that unpack to more than the guest's memory: nothing of it reaches the disk. */
START_TEST(bombs_leave_nothing)
{
	const size_t much = MEMORY + 1;
	uint8_t *zeros = calloc(1, much), *bomb = malloc(much / 8);
	size_t size;

	ck_assert_ptr_nonnull(zeros);
	ck_assert_ptr_nonnull(bomb);
	size = ZSTD_compress(bomb, much / 8, zeros, much, 1);
	file_write(path, bomb, size);
	ck_assert_int_eq(kernel_open(&image, path, MEMORY, &err), -EFBIG);
	ck_assert_msg(strstr(err.text, "32 MiB") != NULL, "%s", err.text);
	ck_assert_uint_eq(cache_each(false, NULL), 0);

	/* For a larger guest it is unpacked, and found to be no kernel. */
	ck_assert_int_eq(kernel_open(&image, path, 2 * MEMORY, &err), -ENOEXEC);
	free(bomb);
	free(zeros);
}
END_TEST

/* What may be other than zero is found, whatever the order of holes and data, in odd pieces. */
START_TEST(holes_read_as_zeros)
{
	static uint8_t data[40 * 4096], back[sizeof(data)];
	struct kernel_image im = { .offset = CACHE_HEADER_SIZE };
	struct cache_key key = { .file.inode = 1 };
	uint64_t start = 0, stop, seen = 0;
	struct cache_writer w;
	size_t at = 0;

	srandom((unsigned int)_i);
	for (size_t page = 0; page < 40; page++)
		if (random() % 2 != 0)
			data[page * 4096 + (size_t)random() % 4096] = 1;
	ck_assert_int_eq(cache_write_begin(&w, _i % 2 != 0 ? NULL : &key, &err), 0);
	while (at < sizeof(data)) {
		size_t n = 1 + (size_t)random() % 9000;

		n = n < sizeof(data) - at ? n : sizeof(data) - at;
		ck_assert_int_eq(cache_write(&w, data + at, n, &err), 0);
		at += n;
	}
	im.size = sizeof(data);
	im.fd = cache_write_end(&w, &key, &err);
	ck_assert_int_ge(im.fd, 0);
	ck_assert_int_eq(kernel_read(&im, 0, back, sizeof(back)), 0);
	ck_assert(memcmp(data, back, sizeof(data)) == 0);
	while (start < sizeof(data) && kernel_next_data(&im, &start, sizeof(data), &stop)) {
		ck_assert_uint_ge(start, seen);
		for (; seen < start; seen++)
			ck_assert_uint_eq(data[seen], 0);
		ck_assert_uint_gt(stop, start);
		seen = start = stop;
	}
	for (; seen < sizeof(data); seen++)
		ck_assert_uint_eq(data[seen], 0);
	close(im.fd);
}
END_TEST

enum maker { MAKER_ENDS, MAKER_DIES, MAKER_STOPS, MAKERS };

/* Another process that has begun to make the entry. */
static pid_t maker_start(enum maker maker)
{
	struct cache_writer w;
	struct cache_key key;
	int pipes[2];
	char byte;
	pid_t pid;

	key_of_file(&key);
	ck_assert_int_eq(pipe(pipes), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid > 0) {
		ck_assert_int_eq(read(pipes[0], &byte, 1), 1);
		close(pipes[0]);
		close(pipes[1]);
		return pid;
	}
	if (cache_write_begin(&w, &key, &err) != 0 || cache_write(&w, k.bytes, 100, &err) != 0 ||
	    write(pipes[1], "", 1) != 1)
		_exit(1);
	if (maker == MAKER_STOPS)
		raise(SIGSTOP);
	usleep(300000);
	if (maker == MAKER_DIES)
		raise(SIGKILL);
	if (cache_write(&w, k.bytes + 100, k.size - 100, &err) != 0)
		_exit(1);
	_exit(cache_write_end(&w, &key, &err) < 0);
}

/* Who needs an entry that another makes waits for it, unless the other dies or stands still. */
START_TEST(two_makers_of_one_entry)
{
	pid_t pid = maker_start((enum maker)_i);
	int status;

	ck_assert_int_eq(open_cached(), _i == MAKER_ENDS);
	kill(pid, SIGCONT);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	if (_i == MAKER_ENDS)
		ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%x", status);
	ck_assert(open_cached());
	ck_assert_uint_eq(cache_each(false, NULL), 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("kernel cache");
	TCase *t = tcase_create("cache");

	suite_add_tcase(suite, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, second_time_is_served);
	tcase_add_test(t, changed_content_is_seen);
	tcase_add_test(t, changed_content_of_one_identity_is_seen);
	tcase_add_test(t, copies_have_entries_of_their_own);
	tcase_add_test(t, damaged_entries_are_not_served);
	tcase_add_test(t, misnamed_entries_are_not_served);
	tcase_add_test(t, open_directories_are_not_used);
	tcase_add_test(t, without_a_directory_it_works);
	tcase_add_test(t, plain_kernels_are_not_kept);
	tcase_add_test(t, entries_are_bounded);
	tcase_add_test(t, a_file_has_one_entry);
	tcase_add_test(t, broken_kernels_leave_nothing);
	tcase_add_test(t, bombs_leave_nothing);
	tcase_add_loop_test(t, holes_read_as_zeros, 0, 20);
	tcase_add_loop_test(t, two_makers_of_one_entry, 0, MAKERS);
	tcase_set_timeout(t, 60);

	return suites_run(suite);
}
