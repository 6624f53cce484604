/* SPDX-License-Identifier: MIT */
/*
 * Logs of consoles: where a life begins in its log, also for a daemon that starts later; rotation,
 * other names, full disks.
 */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <dom0-tools/base/file.h>
#include <dom0-tools/console/console.h>
#include <dom0-tools/hospesd/log.h>
#include <dom0-tools/hospesd/note.h>
#include <tests/host/scratch.h>
#include <tests/host/suites_run.h>

static int notes;

void note(const char *fmt, ...)
{
	(void)fmt;
	notes++;
}

static const uint8_t handle[16] = { 1, 2, 3 }, other[16] = { 4 };

static void use_directory(void)
{
	scratch_make("hospes-console");
	setenv("HOSPES_RUN_DIR", scratch, 1);
	setenv("HOSPES_LOG_DIR", scratch, 1);
}

static char replay[LOG_REPLAY_MAX + 1];

static const char *replayed(const struct guest_log *log)
{
	replay[log_replay(log, replay)] = '\0';
	return replay;
}

static const char *file_text(const char *path)
{
	static char content[4096];

	ck_assert_int_ge(file_read_text(path, content, sizeof(content)), 0);
	return content;
}

START_TEST(a_log_goes_on_after_a_restart)
{
	struct guest_log log;

	use_directory();
	log_open(&log, "demo", 5, handle);
	ck_assert_int_ge(log.file.fd, 0);
	log_write(&log, "first ", 6);
	log_close(&log);
	log_open(&log, "demo", 5, handle);
	log_write(&log, "second", 6);
	ck_assert_str_eq(replayed(&log), "first second");
	log_close(&log);
	scratch_remove();
}
END_TEST

START_TEST(another_life_starts_its_own_replay)
{
	struct guest_log log;
	char path[320];
	struct stat st;

	use_directory();
	log_open(&log, "demo", 5, handle);
	log_write(&log, "first", 5);
	log_close(&log);
	log_open(&log, "demo", 5, other); /* the number came again */
	ck_assert_str_eq(replayed(&log), "");
	log_write(&log, "second", 6);
	ck_assert_str_eq(replayed(&log), "second");
	log_close(&log);
	log_forget(5);
	console_log_path("demo", path, sizeof(path));
	ck_assert_int_eq(stat(path, &st), 0); /* the log stays */
	scratch_remove();
}
END_TEST

START_TEST(a_log_is_bounded)
{
	static char chunk[10000];
	struct guest_log log;
	char path[320], old[330];
	struct stat st;

	use_directory();
	memset(chunk, 'c', sizeof(chunk));
	log_open(&log, "demo", 5, handle);
	for (size_t n = 0; n < 3 * (size_t)LOG_SIZE_MAX; n += sizeof(chunk))
		log_write(&log, chunk, sizeof(chunk));
	console_log_path("demo", path, sizeof(path));
	snprintf(old, sizeof(old), "%s.1", path);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_le(st.st_size, LOG_SIZE_MAX);
	ck_assert_int_eq(stat(old, &st), 0);
	ck_assert_int_le(st.st_size, LOG_SIZE_MAX);
	ck_assert_uint_eq(strlen(replayed(&log)), LOG_REPLAY_MAX);
	log_close(&log);
	log_open(&log, "demo", 5, handle); /* the place survives the rotation */
	ck_assert_uint_eq(strlen(replayed(&log)), LOG_REPLAY_MAX);
	log_close(&log);
	scratch_remove();
}
END_TEST

/* A domain that is renamed takes its log with it, also where the daemon sleeps meanwhile. */
START_TEST(a_renamed_log_goes_on)
{
	struct guest_log log;
	char path[320], old[320];
	struct stat st;

	use_directory();
	console_log_path("demo", old, sizeof(old));
	console_log_path("web", path, sizeof(path));
	log_open(&log, "demo", 5, handle);
	log_write(&log, "first ", 6);
	if (_i == 0) {
		log_rename(&log, "web");
	} else {
		log_close(&log);
		log_open(&log, "web", 5, handle);
	}

	log_write(&log, "second", 6);
	ck_assert_str_eq(replayed(&log), "first second");
	ck_assert_ptr_nonnull(strstr(file_text(path), "first second"));
	ck_assert_int_lt(stat(old, &st), 0);
	log_close(&log);

	/* By the new name it is found again. */
	log_open(&log, "web", 5, handle);
	ck_assert_str_eq(replayed(&log), "first second");
	log_close(&log);
	scratch_remove();
}
END_TEST

/* What another domain of that name said stays. */
START_TEST(a_renamed_log_replaces_none)
{
	struct guest_log log;
	char path[320];

	use_directory();
	console_log_path("web", path, sizeof(path));
	log_open(&log, "web", 4, other);
	log_write(&log, "earlier", 7);
	log_close(&log);

	log_open(&log, "demo", 5, handle);
	log_write(&log, "first", 5);
	log_rename(&log, "web");
	log_write(&log, "second", 6);
	ck_assert_str_eq(replayed(&log), "second");
	ck_assert_ptr_nonnull(strstr(file_text(path), "earlier"));
	ck_assert_ptr_nonnull(strstr(file_text(path), "web, domain 5, was demo until"));
	log_close(&log);
	scratch_remove();
}
END_TEST

/* By logrotate, or by a hand: what the guest says next is in the file of that name. */
START_TEST(a_log_that_was_moved_is_begun_anew)
{
	struct guest_log log;
	char path[320], old[330];

	use_directory();
	log_open(&log, "demo", 5, handle);
	log_write(&log, "first ", 6);
	console_log_path("demo", path, sizeof(path));
	snprintf(old, sizeof(old), "%s.1", path);
	ck_assert_int_eq(rename(path, old), 0);
	log_write(&log, "second", 6);
	ck_assert_str_eq(file_text(path), "second");
	ck_assert_ptr_nonnull(strstr(replayed(&log), "first second"));

	ck_assert_int_eq(unlink(path), 0);
	log_write(&log, "third", 5);
	ck_assert_str_eq(file_text(path), "third");
	log_close(&log);
	scratch_remove();
}
END_TEST

/* A file's limit stands for a full disk: the guest goes on, and the log tells of the gap. */
START_TEST(a_full_disk_leaves_a_gap_that_is_told)
{
	struct rlimit before, full;
	struct guest_log log;
	char path[320];

	use_directory();
	signal(SIGXFSZ, SIG_IGN);
	log_open(&log, "demo", 5, handle);
	log_write(&log, "first ", 6);
	notes = 0;

	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	full = before;
	full.rlim_cur = (rlim_t)log.file.size + 3;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &full), 0);
	log_write(&log, "second", 6);
	log_write(&log, "third", 5);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
	ck_assert_int_eq(notes, 1);

	log_write(&log, "fourth", 6);
	console_log_path("demo", path, sizeof(path));
	ck_assert_ptr_nonnull(strstr(file_text(path), "first sec\n--- 8 bytes could not be "
						      "written here ---\nfourth"));
	log_close(&log);
	scratch_remove();
}
END_TEST

START_TEST(a_damaged_place_is_started_anew)
{
	static const char *const bad[] = {
		"", "x", "0102 1 1", "01020300000000000000000000000000 1 -5",
		"01020300000000000000000000000000 99999999999999999999 7"
	};
	struct guest_log log;
	char path[320];
	FILE *f;

	use_directory();
	snprintf(path, sizeof(path), "%s/5.console", scratch);
	f = fopen(path, "w");
	fputs(bad[_i], f);
	fclose(f);
	log_open(&log, "demo", 5, handle);
	log_write(&log, "text", 4);
	ck_assert_ptr_nonnull(strstr(replayed(&log), "text"));
	log_close(&log);
	scratch_remove();
}
END_TEST

START_TEST(a_log_that_cannot_be_written_is_done_without)
{
	struct guest_log log;

	setenv("HOSPES_RUN_DIR", "/nonexistent", 1);
	setenv("HOSPES_LOG_DIR", "/nonexistent", 1);
	log_open(&log, "demo", 5, handle);
	log_write(&log, "text", 4);
	ck_assert_uint_eq(log_replay(&log, replay), 0);
	log_close(&log);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("log");
	TCase *t = tcase_create("log");

	tcase_set_timeout(t, 120);
	tcase_add_test(t, a_log_goes_on_after_a_restart);
	tcase_add_test(t, another_life_starts_its_own_replay);
	tcase_add_test(t, a_log_is_bounded);
	tcase_add_test(t, a_log_that_was_moved_is_begun_anew);
	tcase_add_test(t, a_full_disk_leaves_a_gap_that_is_told);
	tcase_add_loop_test(t, a_renamed_log_goes_on, 0, 2);
	tcase_add_test(t, a_renamed_log_replaces_none);
	tcase_add_loop_test(t, a_damaged_place_is_started_anew, 0, 5);
	tcase_add_test(t, a_log_that_cannot_be_written_is_done_without);
	suite_add_tcase(s, t);

	return suites_run(s);
}
