/* SPDX-License-Identifier: MIT */
/*
 * A domain's log of refusals after its end: nothing is written where nothing was refused, each life
 * has a line of its own before its lines, no escape sequence gets through, the file is bounded, and
 * no name leads out of the folder. The hypervisor's and the store's answers are made up here.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <dom0-tools/access/hvcall.h>
#include <dom0-tools/base/file.h>
#include <dom0-tools/domain/domain_find.h>
#include <dom0-tools/domain/refusals.h>
#include <tests/host/suites_run.h>

static char work[64];
static const char *name, *refused;
static char text[2 * REFUSALS_SIZE_MAX];

void domain_name(struct host *h, domid_t domid, char out[DOMAIN_NAME_MAX])
{
	(void)h;
	(void)domid;
	snprintf(out, DOMAIN_NAME_MAX, "%s", name);
}

int domain_log_read(struct privcmd *p, domid_t domid, char *buffer, uint32_t size, uint64_t *offset,
		    struct hospes_error *err)
{
	size_t left = strlen(refused) - *offset;
	int n = (int)(left < size ? left : size);

	(void)p;
	(void)domid;
	(void)err;
	memcpy(buffer, refused + *offset, (size_t)n);
	*offset += (uint64_t)n;
	return n;
}

static void setup(void)
{
	snprintf(work, sizeof(work), "/tmp/refusals-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(work));
	setenv("HOSPES_LOG_DIR", work, 1);
	name = "lx";
}

static void teardown(void)
{
	char command[96];

	snprintf(command, sizeof(command), "rm -r %s", work);
	ck_assert_int_eq(system(command), 0);
}

static void life_end(domid_t domid, const char *log)
{
	struct host h = { 0 };

	refused = log;
	refusals_keep(&h, domid);
}

/* What is kept, in text; false: nothing. */
static bool kept(bool old)
{
	int fd = refusals_open(name, old);
	ssize_t n;

	if (fd < 0) {
		ck_assert_int_eq(fd, -ENOENT);
		return false;
	}

	n = file_read(fd, text, sizeof(text) - 1);
	ck_assert_int_ge(n, 0);
	text[n] = '\0';
	close(fd);
	return true;
}

START_TEST(each_life_has_its_lines)
{
	life_end(7, "");
	ck_assert(!kept(false));

	life_end(7, "one\ntwo \033[2J\n");
	life_end(8, "");
	life_end(9, "three\n");
	ck_assert(kept(false));
	ck_assert_ptr_eq(strstr(text, "--- domain 7, until "), text);
	ck_assert_ptr_nonnull(strstr(text, " ---\none\ntwo ?[2J\n--- domain 9, until "));
	ck_assert_ptr_nonnull(strstr(text, " ---\nthree\n"));
	ck_assert(!kept(true));
}
END_TEST

START_TEST(what_is_kept_follows_the_name)
{
	life_end(7, "one\n");
	ck_assert_int_eq(refusals_rename("lx", "web"), 0);
	ck_assert(!kept(false));
	name = "web";
	ck_assert(kept(false));
	ck_assert_ptr_nonnull(strstr(text, " ---\none\n"));

	/* What is kept of another stays. */
	name = "lx";
	life_end(8, "two\n");
	ck_assert_int_eq(refusals_rename("lx", "web"), -EEXIST);
	ck_assert(kept(false));
	ck_assert_ptr_nonnull(strstr(text, " ---\ntwo\n"));
	ck_assert_int_eq(refusals_rename("nobody", "some"), -ENOENT);
	ck_assert_int_eq(refusals_rename("lx", "../web"), -ENOENT);
}
END_TEST

START_TEST(names_lead_nowhere_else)
{
	static const char *const names[] = { "../lx", "", "a/b", ".." };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		name = names[i];
		life_end(7, "one\n");
		ck_assert(!kept(false));
	}
}
END_TEST

START_TEST(the_file_is_bounded)
{
	static char much[REFUSALS_SIZE_MAX / 2];
	char path[128];
	struct stat st;

	memset(much, 'x', sizeof(much) - 1);
	for (int i = 0; i < 9; i++)
		life_end((domid_t)i, much);

	snprintf(path, sizeof(path), "%s/refused/lx.log", work);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_le(st.st_size, REFUSALS_SIZE_MAX);
	ck_assert(kept(true));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("refusals");
	TCase *t = tcase_create("refusals");

	suite_add_tcase(suite, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, each_life_has_its_lines);
	tcase_add_test(t, what_is_kept_follows_the_name);
	tcase_add_test(t, names_lead_nowhere_else);
	tcase_add_test(t, the_file_is_bounded);

	return suites_run(suite);
}
