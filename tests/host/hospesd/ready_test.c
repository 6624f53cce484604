/* SPDX-License-Identifier: MIT */
/* The word to systemd that the daemon serves: to a file's name, and to one that is no file's. */
#include <check.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <dom0-tools/hospesd/ready.h>
#include <tests/host/scratch.h>
#include <tests/host/suites_run.h>

static void setup(void)
{
	scratch_make("hospes-ready");
}

/* A socket of the name in the environment, as systemd has one. */
static int listen_at(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	ck_assert_int_ge(fd, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", name);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, size), 0);
	setenv("NOTIFY_SOCKET", name, 1);
	return fd;
}

static void expect_ready(const char *name)
{
	char text[32] = "";
	int fd = listen_at(name);

	ck_assert_int_eq(ready_tell(), 0);
	ck_assert_int_eq(recv(fd, text, sizeof(text) - 1, 0), 7);
	ck_assert_str_eq(text, "READY=1");
	ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
	close(fd);
}

START_TEST(it_is_told_once)
{
	char name[96];

	snprintf(name, sizeof(name), "%s/notify", scratch);
	expect_ready(name);
	snprintf(name, sizeof(name), "@%s/notify", scratch);
	expect_ready(name);
}
END_TEST

START_TEST(nobody_may_want_to_know)
{
	unsetenv("NOTIFY_SOCKET");
	ck_assert_int_eq(ready_tell(), 0);
}
END_TEST

START_TEST(a_name_may_be_none)
{
	char longer[200];

	setenv("NOTIFY_SOCKET", "vsock:2:1234", 1);
	ck_assert_int_eq(ready_tell(), -EINVAL);

	memset(longer, 'a', sizeof(longer) - 1);
	longer[0] = '/';
	longer[sizeof(longer) - 1] = '\0';
	setenv("NOTIFY_SOCKET", longer, 1);
	ck_assert_int_eq(ready_tell(), -EINVAL);

	snprintf(longer, sizeof(longer), "%s/nobody", scratch);
	setenv("NOTIFY_SOCKET", longer, 1);
	ck_assert_int_eq(ready_tell(), -ENOENT);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ready");
	TCase *t = tcase_create("ready");

	tcase_add_checked_fixture(t, setup, scratch_remove);
	tcase_add_test(t, it_is_told_once);
	tcase_add_test(t, nobody_may_want_to_know);
	tcase_add_test(t, a_name_may_be_none);
	suite_add_tcase(s, t);

	return suites_run(s);
}
