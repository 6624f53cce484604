/* SPDX-License-Identifier: MIT */
/*
 * A daemon without a descriptor for more clients: those that it has go on, the others wait, and
 * cost nothing until one is left.
 */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <xenstore-like/client/client.h>
#include <tests/host/suites_run.h>
#include "daemon_run.h"

#define CROWD   8
#define SECONDS 2

static struct store *s;

static void setup(void)
{
	daemon_folder_make();
	daemon_start(true);
	s = daemon_connect();
}

static void teardown(void)
{
	store_close(s);
	daemon_stop(SIGTERM);
	daemon_folder_remove();
}

/* Behind the program's name in its stat: the state, ten numbers, and those two. */
static const char times[] = ") %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %lu %lu";

/* Clock ticks that the daemon has spent in all. */
static unsigned long ticks(void)
{
	unsigned long user, kernel;
	char path[64], text[1024];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", daemon_pid);
	f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(fgets(text, sizeof(text), f));
	fclose(f);

	ck_assert_int_eq(sscanf(strrchr(text, ')'), times, &user, &kernel), 2);
	return user + kernel;
}

/* The daemon may open none of that number or above; those that it has stay. */
static void descriptor_limit(rlim_t count)
{
	struct rlimit limit;

	ck_assert_int_eq(prlimit(daemon_pid, RLIMIT_NOFILE, NULL, &limit), 0);
	limit.rlim_cur = count;
	ck_assert_int_eq(prlimit(daemon_pid, RLIMIT_NOFILE, &limit, NULL), 0);
}

static int join(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, daemon_socket);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

START_TEST(a_crowd_waits)
{
	unsigned long before, tenth = (unsigned long)sysconf(_SC_CLK_TCK) / 10;
	int crowd[CROWD];
	struct store *late;

	/* It has been accepted when it is answered. */
	ck_assert_int_eq(store_write_string(s, STORE_NO_TXN, "/x", "0"), 0);
	descriptor_limit(3);
	for (int i = 0; i < CROWD; i++)
		crowd[i] = join();

	before = ticks();
	sleep(SECONDS);
	ck_assert_uint_lt(ticks() - before, SECONDS * tenth);
	ck_assert_int_eq(store_write_string(s, STORE_NO_TXN, "/x", "1"), 0);

	descriptor_limit(64);
	late = daemon_connect();
	ck_assert(store_exists(late, STORE_NO_TXN, "/x"));
	store_close(late);
	for (int i = 0; i < CROWD; i++)
		close(crowd[i]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store descriptors");
	TCase *tcase = tcase_create("descriptors");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, a_crowd_waits);
	suite_add_tcase(suite, tcase);
	return suites_run(suite);
}
