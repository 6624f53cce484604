/* SPDX-License-Identifier: MIT */
/* The state's files cannot be written, for a while: what is promised, and what is said. */
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "fake_floor.h"

static void setup(void)
{
	world_up();
	state_place("disk");
}

/* Of the calls that write, so many are still good; then one in so many fails. A write that fails
 * leaves a part behind. */
static struct {
	unsigned int good, one_in; /* one_in 0: none fails */
} trouble;

static bool fails(void)
{
	if (!trouble.one_in)
		return false;

	if (trouble.good) {
		trouble.good--;
		return false;
	}

	errno = rand() % 2 ? EIO : ENOSPC;
	return rand() % trouble.one_in == 0;
}

ssize_t __real_write(int fd, const void *bytes, size_t len);
ssize_t __wrap_write(int fd, const void *bytes, size_t len);

ssize_t __wrap_write(int fd, const void *bytes, size_t len)
{
	int error;

	if (!fails())
		return __real_write(fd, bytes, len);

	error = errno;
	ignore(__real_write(fd, bytes, len / 2));
	errno = error;
	return -1;
}

ssize_t __real_pwrite(int fd, const void *bytes, size_t len, off_t at);
ssize_t __wrap_pwrite(int fd, const void *bytes, size_t len, off_t at);

ssize_t __wrap_pwrite(int fd, const void *bytes, size_t len, off_t at)
{
	return fails() ? -1 : __real_pwrite(fd, bytes, len, at);
}

int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);

int __wrap_rename(const char *from, const char *to)
{
	return fails() ? -1 : __real_rename(from, to);
}

int __real_open(const char *name, int flags, int mode);
int __wrap_open(const char *name, int flags, int mode);

int __wrap_open(const char *name, int flags, int mode)
{
	if ((flags & O_CREAT) && fails())
		return -1;

	return __real_open(name, flags, mode);
}

static const unsigned int one_in[] = { 1, 2, 3, 4, 6 };

/* As state.c has it. */
#define RETRY_SECONDS 10

/* What a daemon would know that follows now: all that was answered, the nodes below @count. */
static void promise_is_kept(unsigned int count)
{
	static struct server next;
	static struct peer reader;
	struct state found = { .path = state.path };
	char path[32];

	ck_assert_int_eq(server_init(&next, &fake_floor), 0);
	ck_assert_int_eq(state_load(&next, &found), 0);
	peer_init(&reader, &next, 0);
	for (unsigned int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "/n/%u", i);
		ck_assert_int_eq(peer_call(&reader, &answer, XS_READ, 0, path, strlen(path) + 1),
				 0);
	}

	conn_end(&reader.conn);
	domain_drop_all(&next);
	server_free(&next);
}

/* More than enough for two generations. */
#define ROUNDS 12

/* Writes and snapshots by turns. Whenever no failure is known, all that was answered is kept. */
static void life_in_trouble(void)
{
	char path[32];

	for (unsigned int i = 0; i < ROUNDS; i++) {
		snprintf(path, sizeof(path), "/n/%u", i);
		ck_assert_int_eq(WRITE(&root, 0, path, "value"), 0);
		journal_commit(&server);
		if (!server.journal.failed)
			promise_is_kept(i + 1);

		server.journal.written += 100u << 20;
		clock_now += RETRY_SECONDS / 2;
		while (state_settle(&server, &state))
			;
		if (!server.journal.failed)
			promise_is_kept(i + 1);
		else
			ck_assert_ptr_nonnull(strstr(logged, "A kill now would lose changes"));
	}
}

/*
 * Any call that writes may fail, for once or from then on: ENOSPC, EIO. What a kill would lose is
 * known and logged then, the daemon wants to look again though it is idle, and a snapshot mends all
 * when the disk can be written again.
 */
START_TEST(files_fail)
{
	unsigned int lost = 0;

	for (unsigned int seed = 0; seed < 60; seed++) {
		world_down();
		setup();
		server.seconds = clock_read;
		clock_now = 100;
		srand(seed);
		ck_assert_int_eq(state_save(&server, &state), 0);

		trouble.good = seed % (2 * ROUNDS);
		trouble.one_in = one_in[_i];
		life_in_trouble();
		trouble.one_in = 0;

		lost += server.journal.failed;
		ck_assert(!server.journal.failed || state_waits(&server, &state));
		clock_now += RETRY_SECONDS;
		while (state_settle(&server, &state))
			;
		ck_assert(!server.journal.failed);
		ck_assert(!state_waits(&server, &state));
		promise_is_kept(ROUNDS);
	}
	ck_assert_uint_gt(lost, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store, full disk");
	TCase *tcase = tcase_create("disk");

	tcase_add_checked_fixture(tcase, setup, world_down);
	tcase_add_loop_test(tcase, files_fail, 0, sizeof(one_in) / sizeof(one_in[0]));
	tcase_set_timeout(tcase, 60);
	suite_add_tcase(suite, tcase);
	return suites_run(suite);
}
