/* SPDX-License-Identifier: MIT */
/*
 * Records of domains under construction: a creator's record is left alone while it lives, however
 * it ends the next look destroys the domain, and what cannot be destroyed is tried again. A record
 * that its creator removes just before another process gets its lock is none any more. The
 * hypervisor is made up: one domain, which can be destroyed or not.
 */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <dom0-tools/base/clock.h>
#include <dom0-tools/base/file.h>
#include <dom0-tools/config/config.h>
#include <dom0-tools/domain/building.h>
#include <dom0-tools/domain/domain_find.h>
#include <dom0-tools/domain/domain_life.h>
#include <tests/host/suites_run.h>

#define DOMID 7

static const uint8_t uuid[16] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef };
static char run_dir[64], directory[80];
static bool domain_exists;
static int destroy_result, destroyed;
static struct hospes_error err;
static struct host host;

/* How often a record's file is removed, by another process, just before a lock is taken on it. */
static int removals;

/* In place of the C library's: the moment between open and lock. */
int flock(int fd, int operation)
{
	char path[160], text[CONFIG_UUID_LENGTH + 1];

	config_uuid_text(uuid, text);
	snprintf(path, sizeof(path), "%s/%s", directory, text);
	if (removals > 0 && file_has_name(fd, AT_FDCWD, path)) {
		unlink(path);
		removals--;
	}

	return (int)syscall(SYS_flock, fd, operation);
}

int domain_by_uuid(struct host *h, const uint8_t wanted[16], domid_t *domid, struct hospes_error *e)
{
	(void)h, (void)e;
	ck_assert_mem_eq(wanted, uuid, 8);
	*domid = DOMID;
	return domain_exists ? 0 : -ESRCH;
}

int domain_destroy(struct host *h, domid_t domid, struct hospes_error *e)
{
	(void)h, (void)e;
	ck_assert_uint_eq(domid, DOMID);
	destroyed++;
	return destroy_result;
}

static void setup(void)
{
	snprintf(run_dir, sizeof(run_dir), "/tmp/building-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(run_dir));
	snprintf(directory, sizeof(directory), "%s/building", run_dir);
	setenv("HOSPES_RUN_DIR", run_dir, 1);
	domain_exists = true;
	destroy_result = 0;
	destroyed = 0;
	removals = 0;
	error_clear(&err);
}

/* How many records there are; the lock's file is none. */
static unsigned int records(bool drop)
{
	DIR *d = opendir(directory);
	unsigned int n = 0;
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		if (strcmp(e->d_name, "lock") != 0)
			n++;
		if (drop)
			unlinkat(dirfd(d), e->d_name, 0);
	}

	if (d != NULL)
		closedir(d);
	return n;
}

static void teardown(void)
{
	records(true);
	rmdir(directory);
	rmdir(run_dir);
}

START_TEST(what_is_complete_leaves_nothing)
{
	struct building b;

	ck_assert_int_eq(building_begin(&b, uuid, &err), 0);
	ck_assert_uint_eq(records(false), 1);
	ck_assert_int_eq(building_end(&b, &err), 0);
	ck_assert_uint_eq(records(false), 0);
	ck_assert_int_eq(building_clean(&host, false, &err), 0);
	ck_assert_int_eq(destroyed, 0);
}
END_TEST

START_TEST(living_creators_are_left_alone)
{
	struct building mine, second;

	ck_assert_int_eq(building_begin(&mine, uuid, &err), 0);
	ck_assert_int_eq(building_begin(&second, uuid, &err), -EEXIST);
	ck_assert_ptr_nonnull(strstr(err.text, "just now"));
	ck_assert_int_eq(second.fd, -1);

	ck_assert_int_eq(building_clean(&host, false, &err), 0);
	ck_assert_int_eq(destroyed, 0);
	ck_assert_uint_eq(records(false), 1);
	ck_assert_int_eq(building_end(&mine, &err), 0);
}
END_TEST

/* A creator that is killed between taking the name and having all of the domain. */
static void creator_dies(void)
{
	struct building b;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (building_begin(&b, uuid, NULL) == 0)
			raise(SIGKILL);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));
}

START_TEST(what_dead_creators_left_is_destroyed)
{
	creator_dies();
	ck_assert_uint_eq(records(false), 1);
	ck_assert_int_eq(building_clean(&host, _i != 0, &err), 1);
	ck_assert_int_eq(destroyed, 1);
	ck_assert_uint_eq(records(false), 0);
	ck_assert_int_eq(building_clean(&host, _i != 0, &err), 0);
}
END_TEST

START_TEST(a_domain_that_never_was_is_fine)
{
	domain_exists = false;
	creator_dies();
	ck_assert_int_eq(building_clean(&host, false, &err), 1);
	ck_assert_int_eq(destroyed, 0);
	ck_assert_uint_eq(records(false), 0);
}
END_TEST

START_TEST(what_cannot_be_destroyed_is_tried_again)
{
	destroy_result = -EBUSY;
	creator_dies();
	ck_assert_int_eq(building_clean(&host, false, &err), -EBUSY);
	ck_assert_uint_eq(records(false), 1);

	destroy_result = 0;
	ck_assert_int_eq(building_clean(&host, false, &err), 1);
	ck_assert_int_eq(destroyed, 2);
	ck_assert_uint_eq(records(false), 0);
}
END_TEST

START_TEST(a_failed_undoing_keeps_the_record)
{
	struct building b;

	ck_assert_int_eq(building_begin(&b, uuid, &err), 0);
	building_leave(&b);
	ck_assert_uint_eq(records(false), 1);
	ck_assert_int_eq(building_clean(&host, false, &err), 1);
	ck_assert_int_eq(destroyed, 1);
}
END_TEST

/*
 * The creator finishes, and removes its record, between the cleaner's open and its lock: its domain
 * is complete, and must live.
 */
START_TEST(a_finished_domain_is_not_destroyed)
{
	creator_dies();
	removals = 1;
	ck_assert_int_eq(building_clean(&host, _i != 0, &err), 0);
	ck_assert_int_eq(removals, 0);
	ck_assert_int_eq(destroyed, 0);
	ck_assert_uint_eq(records(false), 0);
}
END_TEST

/* The same between a creator's open and its lock: a lock on a file without a name protects none. */
START_TEST(a_record_has_a_name)
{
	struct building b;

	creator_dies();
	removals = _i;
	ck_assert_int_eq(building_begin(&b, uuid, &err), 0);
	ck_assert_int_eq(removals, 0);
	ck_assert_uint_eq(records(false), 1);
	ck_assert_int_eq(building_clean(&host, false, &err), 0);
	ck_assert_int_eq(building_end(&b, &err), 0);
	ck_assert_uint_eq(records(false), 0);
}
END_TEST

START_TEST(one_that_stays_keeps_no_other)
{
	char path[160];
	int fd;

	creator_dies();
	destroy_result = -EBUSY;
	/* Another of the same domain, as far as the made-up hypervisor knows. */
	snprintf(path, sizeof(path), "%s/01234567-89AB-CDEF-0000-000000000000", directory);
	fd = open(path, O_RDWR | O_CREAT, 0600);
	ck_assert_int_ge(fd, 0);
	close(fd);

	ck_assert_int_eq(building_clean(&host, false, &err), -EBUSY);
	ck_assert_int_eq(destroyed, 2);
}
END_TEST

START_TEST(a_record_that_cannot_be_removed_is_told)
{
	struct building b;

	ck_assert_int_eq(building_begin(&b, uuid, &err), 0);
	strcpy(b.path, "/dev/null/record");
	ck_assert_int_eq(building_end(&b, &err), -ENOTDIR);
	ck_assert_ptr_nonnull(strstr(err.text, "/dev/null/record"));
}
END_TEST

/* Others cannot open what is locked there, and so cannot lock it. */
START_TEST(the_directory_is_ours_alone)
{
	struct stat st;

	ck_assert_int_eq(chmod(run_dir, 0755), 0);
	building_unlock(building_lock(NULL, &err));
	ck_assert_int_eq(stat(run_dir, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
}
END_TEST

START_TEST(the_lock_is_not_waited_for_without_end)
{
	volatile sig_atomic_t interrupted = 0;
	int fd = building_lock(NULL, &err);
	int64_t from = clock_ms();

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(building_lock_within(50, &interrupted, &err), -ETIMEDOUT);
	ck_assert_ptr_nonnull(strstr(err.text, "building/lock"));
	ck_assert_int_ge(clock_ms() - from, 50);

	interrupted = SIGINT;
	ck_assert_int_eq(building_lock(&interrupted, &err), -EINTR);
	building_unlock(fd);
}
END_TEST

/* Files that are no records are not touched; links are not followed. */
START_TEST(other_files_mean_nothing)
{
	char path[160];
	FILE *f;

	ck_assert_int_eq(mkdir(directory, 0700), 0);
	snprintf(path, sizeof(path), "%s/zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz", directory);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fclose(f);
	snprintf(path, sizeof(path), "%s/01234567-89ab-cdef-0000-000000000000", directory);
	ck_assert_int_eq(symlink("/dev/null", path), 0);

	ck_assert_int_eq(building_clean(&host, false, &err), 0);
	ck_assert_int_eq(destroyed, 0);
	ck_assert_uint_eq(records(false), 2);
}
END_TEST

START_TEST(the_lock_is_one_at_a_time)
{
	int fd = building_lock(NULL, &err);
	int status;
	pid_t pid;

	ck_assert_int_ge(fd, 0);
	pid = fork();
	if (pid == 0) {
		close(fd);
		signal(SIGALRM, SIG_DFL);
		alarm(1);
		_exit(building_lock(NULL, NULL) >= 0 ? 0 : 1);
	}

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM);
	building_unlock(fd);

	fd = building_lock(NULL, &err);
	ck_assert_int_ge(fd, 0);
	building_unlock(fd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("building");
	TCase *t = tcase_create("building");

	suite_add_tcase(suite, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_is_complete_leaves_nothing);
	tcase_add_test(t, living_creators_are_left_alone);
	tcase_add_loop_test(t, what_dead_creators_left_is_destroyed, 0, 2);
	tcase_add_test(t, a_domain_that_never_was_is_fine);
	tcase_add_test(t, what_cannot_be_destroyed_is_tried_again);
	tcase_add_test(t, a_failed_undoing_keeps_the_record);
	tcase_add_loop_test(t, a_finished_domain_is_not_destroyed, 0, 2);
	tcase_add_loop_test(t, a_record_has_a_name, 0, 3);
	tcase_add_test(t, one_that_stays_keeps_no_other);
	tcase_add_test(t, a_record_that_cannot_be_removed_is_told);
	tcase_add_test(t, the_directory_is_ours_alone);
	tcase_add_test(t, the_lock_is_not_waited_for_without_end);
	tcase_add_test(t, other_files_mean_nothing);
	tcase_add_test(t, the_lock_is_one_at_a_time);

	return suites_run(suite);
}
