/* SPDX-License-Identifier: MIT */
/*
 * The folder of cores: the last ones of a name stay, those of other names are left alone, and none
 * is written where there is no room. The domain and its core are made up.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <dom0-tools/access/domctl.h>
#include <dom0-tools/base/array.h>
#include <dom0-tools/base/file.h>
#include <dom0-tools/domain/domain_core.h>
#include <dom0-tools/hospesd/dump.h>
#include <dom0-tools/hospesd/note.h>
#include <tests/host/scratch.h>
#include <tests/host/suites_run.h>

static uint64_t pages;
static int result;
static char written[512], noted[1024];
static struct host host;
static struct intent intent;

int domctl_info(struct privcmd *p, domid_t domid, struct xen_domctl_getdomaininfo *info,
		struct hospes_error *err)
{
	(void)p, (void)err;
	memset(info, 0, sizeof(*info));
	info->domain = domid;
	info->tot_pages = pages;
	return 0;
}

int domain_core(struct host *h, domid_t domid, const char *path, const struct core_options *options,
		struct core_result *r, struct hospes_error *err)
{
	(void)h, (void)domid, (void)r;
	ck_assert(!options->give_up(options->context));
	snprintf(written, sizeof(written), "%s", path);
	return result < 0 ? error_set(err, result, "made up") : 0;
}

bool intent_overruled(const struct intent *i)
{
	ck_assert_ptr_eq(i, &intent);
	return false;
}

void note(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(noted, sizeof(noted), fmt, args);
	va_end(args);
}

static void setup(void)
{
	char dir[200];

	scratch_make("dump-test");
	snprintf(dir, sizeof(dir), "%s/dump", scratch);
	setenv("HOSPES_DUMP_DIR", dir, 1);
	pages = 10;
	result = 0;
	written[0] = noted[0] = '\0';
}

static void teardown(void)
{
	scratch_remove();
}

static bool is_there(int folder, const char *file)
{
	return faccessat(folder, file, F_OK, 0) == 0;
}

START_TEST(the_last_stay)
{
	static const char *const files[] = {
		"lx-20260101-000000.core",
		"lx-20260102-000000.core",
		"lx-20260102-000001.core",
		"lx-20260103-000000.core.part",
		"lx-2-20250101-000000.core",
		"ly-20250101-000000.core",
		"lx-20250101.core",
		"lx-20250101-000000.core.gz",
		"lx-20250101-000000-more.core",
	};
	char path[200];
	int folder;

	snprintf(path, sizeof(path), "%s/dump", scratch);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	folder = open(path, O_RDONLY | O_DIRECTORY);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		close(openat(folder, files[i], O_CREAT | O_WRONLY, 0600));

	dump_prune(folder, "lx", 2);
	ck_assert(!is_there(folder, files[0]) && !is_there(folder, files[3]));
	ck_assert(is_there(folder, files[1]) && is_there(folder, files[2]));
	for (size_t i = 4; i < ARRAY_SIZE(files); i++)
		ck_assert_msg(is_there(folder, files[i]), "%s", files[i]);

	close(folder);
}
END_TEST

START_TEST(one_is_written)
{
	dump_write(&host, 5, "lx", &intent);
	ck_assert_ptr_nonnull(strstr(written, "/dump/lx-2"));
	ck_assert_str_eq(written + strlen(written) - 5, ".core");
	ck_assert_ptr_nonnull(strstr(noted, "its core is"));
}
END_TEST

START_TEST(what_fails_is_told)
{
	result = -EIO;
	dump_write(&host, 5, "lx", &intent);
	ck_assert_ptr_nonnull(strstr(noted, "no core: made up"));

	result = -ECANCELED;
	dump_write(&host, 5, "lx", &intent);
	ck_assert_ptr_nonnull(strstr(noted, "wanted gone"));
}
END_TEST

START_TEST(none_without_room)
{
	pages = 1ULL << 40;
	dump_write(&host, 5, "lx", &intent);
	ck_assert_str_eq(written, "");
	ck_assert_ptr_nonnull(strstr(noted, "MiB are free"));
}
END_TEST

START_TEST(none_without_a_folder)
{
	setenv("HOSPES_DUMP_DIR", "here", 1);
	dump_write(&host, 5, "lx", &intent);
	setenv("HOSPES_DUMP_DIR", "/proc/none/dump", 1);
	dump_write(&host, 5, "lx", &intent);
	ck_assert_str_eq(written, "");
	ck_assert_ptr_nonnull(strstr(noted, "/proc/none/dump"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dump");
	TCase *t = tcase_create("dump");

	suite_add_tcase(suite, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, the_last_stay);
	tcase_add_test(t, one_is_written);
	tcase_add_test(t, what_fails_is_told);
	tcase_add_test(t, none_without_room);
	tcase_add_test(t, none_without_a_folder);

	return suites_run(suite);
}
