/* SPDX-License-Identifier: MIT */
/*
 * Consoles without a hypervisor: the ring's arithmetic against a guest that writes nonsense, the
 * log's places and rotation, and what is decided when a domain stops.
 */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <pvabi/sched.h>
#include <dom0-tools/base/file.h>
#include <dom0-tools/domain/decide.h>
#include <dom0-tools/hospesd/log.h>
#include <dom0-tools/hospesd/note.h>
#include <dom0-tools/hospesd/ring.h>
#include <dom0-tools/hospesd/throttle.h>
#include <dom0-tools/console/console.h>
#include <tests/host/scratch.h>
#include <tests/host/suites_run.h>

static int notes;

void note(const char *fmt, ...)
{
	(void)fmt;
	notes++;
}

/* The page lies between two others that must not change. */
static struct {
	char before[4096];
	struct xencons_interface page;
	char after[4096];
} shared;
static struct console_ring ring;
static char text[RING_OUT_SIZE + 1];

static void setup(void)
{
	memset(&shared, 0x5a, sizeof(shared));
	memset(&shared.page, 0, sizeof(shared.page));
}

static void check_fences(void)
{
	for (size_t i = 0; i < sizeof(shared.before); i++)
		ck_assert(shared.before[i] == 0x5a && shared.after[i] == 0x5a);
}

static void guest_says(const char *what)
{
	for (; *what; what++)
		shared.page.out[shared.page.out_prod++ & (RING_OUT_SIZE - 1)] = *what;
}

static void expect(const char *what)
{
	size_t n = ring_peek(&ring, text);

	text[n] = '\0';
	ck_assert_str_eq(text, what);
	ring_consume(&ring, n);
}

START_TEST(output_comes_in_order_over_every_wrap)
{
	static const uint32_t starts[] = { 0, 2047, 2048, 0x7ffffffe, 0xfffffffd };

	setup();
	shared.page.out_cons = shared.page.out_prod = starts[_i];
	ring_open(&ring, &shared.page);
	expect("");
	guest_says("hello");
	expect("hello");
	ck_assert_uint_eq(shared.page.out_cons, starts[_i] + 5);
	guest_says("world");
	expect("world");
	expect("");
	ck_assert_uint_eq(ring.faults, 0);
}
END_TEST

START_TEST(a_full_ring_is_taken_whole)
{
	setup();
	shared.page.out_cons = shared.page.out_prod = 100;
	ring_open(&ring, &shared.page);
	for (size_t i = 0; i < RING_OUT_SIZE; i++)
		guest_says("x");
	ck_assert_uint_eq(ring_peek(&ring, text), RING_OUT_SIZE);
	ring_consume(&ring, RING_OUT_SIZE);
	expect("");
	ck_assert_uint_eq(ring.faults, 0);
}
END_TEST

START_TEST(what_was_not_consumed_comes_again)
{
	setup();
	ring_open(&ring, &shared.page);
	guest_says("once");
	ck_assert_uint_eq(ring_peek(&ring, text), 4);
	ring_open(&ring, &shared.page); /* the daemon died before it consumed */
	expect("once");
}
END_TEST

START_TEST(nonsense_indexes_are_skipped)
{
	setup();
	ring_open(&ring, &shared.page);
	shared.page.out_prod = (uint32_t)(RING_OUT_SIZE + 1 + (size_t)_i * 0x1fffffff);
	ck_assert_uint_eq(ring_peek(&ring, text), 0);
	ck_assert_uint_eq(ring.faults, 1);
	ck_assert_uint_eq(shared.page.out_cons, shared.page.out_prod);
	guest_says("again");
	expect("again");
	check_fences();
}
END_TEST

START_TEST(the_guest_cannot_move_our_index)
{
	setup();
	ring_open(&ring, &shared.page);
	guest_says("abc");
	shared.page.out_cons = 0xdeadbeef;
	expect("abc");
	ck_assert_uint_eq(shared.page.out_cons, 3);
}
END_TEST

START_TEST(input_fills_and_stops)
{
	char much[2000];

	setup();
	memset(much, 'i', sizeof(much));
	ring_open(&ring, &shared.page);
	ck_assert_uint_eq(ring_put(&ring, much, sizeof(much)), 1024);
	ck_assert_uint_eq(ring_put(&ring, much, 1), 0);
	shared.page.in_cons += 10;
	ck_assert_uint_eq(ring_put(&ring, much, sizeof(much)), 10);
	ck_assert_uint_eq(shared.page.in_prod, 1034);
	check_fences();
	for (size_t i = 0; i < sizeof(shared.page.out); i++)
		ck_assert_int_eq(shared.page.out[i], 0);
}
END_TEST

START_TEST(input_with_nonsense_indexes_is_refused)
{
	setup();
	ring_open(&ring, &shared.page);
	shared.page.in_cons = 1; /* ahead of what we gave */
	ck_assert_uint_eq(ring_put(&ring, "abc", 3), 0);
	shared.page.in_cons = 0x80000000;
	ck_assert_uint_eq(ring_put(&ring, "abc", 3), 0);
	ck_assert_uint_eq(ring.faults, 2);
	shared.page.in_cons = 0;
	ck_assert_uint_eq(ring_put(&ring, "abc", 3), 3);
}
END_TEST

/* Everything the guest can write, at random, for a while: no byte outside the rings changes. */
START_TEST(a_wild_guest_does_no_harm)
{
	unsigned int seed = 7;

	setup();
	ring_open(&ring, &shared.page);
	for (int round = 0; round < 200000; round++) {
		uint32_t *words = (uint32_t *)(void *)&shared.page;

		seed = seed * 1103515245 + 12345;
		words[(seed >> 8) % (sizeof(shared.page) / 4)] = seed >> (seed & 15);
		ck_assert_uint_le(ring_peek(&ring, text), RING_OUT_SIZE);
		ring_consume(&ring, seed & 3);
		ck_assert_uint_le(ring_put(&ring, "input", 5), 5);
	}
	check_fences();
}
END_TEST

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

/* A guest that never stops gets so many turns in a period, and as many in the next. */
START_TEST(a_guest_wakes_us_so_often_only)
{
	struct throttle t = { 0 };
	int64_t now = 1000000;

	for (int period = 0; period < 3; period++, now += THROTTLE_PERIOD_MS) {
		for (int i = 0; i < THROTTLE_EVENTS; i++)
			ck_assert(throttle_event(&t, now));

		ck_assert(!throttle_event(&t, now));
		ck_assert(!throttle_event(&t, now + THROTTLE_PERIOD_MS - 1));
		ck_assert_int_eq(throttle_left(&t, now), THROTTLE_PERIOD_MS);
		ck_assert_int_eq(throttle_left(&t, now + THROTTLE_PERIOD_MS), 0);
	}
}
END_TEST

START_TEST(a_guest_says_so_much_only)
{
	struct throttle t = { 0 };
	size_t bytes = 0;

	while (throttle_event(&t, 5000)) {
		throttle_bytes(&t, RING_OUT_SIZE);
		bytes += RING_OUT_SIZE;
	}
	ck_assert_uint_eq(bytes, THROTTLE_BYTES);
	ck_assert(throttle_event(&t, 5000 + THROTTLE_PERIOD_MS));
}
END_TEST

START_TEST(each_stop_has_its_action)
{
	struct domain_config c = {
		.on_poweroff = CONFIG_DESTROY,
		.on_reboot = CONFIG_RESTART,
		.on_crash = CONFIG_PRESERVE,
	};

	ck_assert_int_eq(decide_action(&c, SHUTDOWN_poweroff), CONFIG_DESTROY);
	ck_assert_int_eq(decide_action(&c, SHUTDOWN_reboot), CONFIG_RESTART);
	ck_assert_int_eq(decide_action(&c, SHUTDOWN_crash), CONFIG_PRESERVE);
	c.on_crash = CONFIG_RESTART;
	ck_assert_int_eq(decide_action(&c, SHUTDOWN_watchdog), CONFIG_RESTART);
	ck_assert_int_eq(decide_action(&c, SHUTDOWN_suspend), CONFIG_PRESERVE);
	c.on_poweroff = CONFIG_RESTART;
	ck_assert_int_eq(decide_action(&c, 255), CONFIG_PRESERVE);
	ck_assert_str_eq(decide_reason(SHUTDOWN_crash), "crashed");
	ck_assert_str_eq(decide_reason(255), "stopped");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("console");
	TCase *t = tcase_create("console");

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, output_comes_in_order_over_every_wrap, 0, 5);
	tcase_add_test(t, a_full_ring_is_taken_whole);
	tcase_add_test(t, what_was_not_consumed_comes_again);
	tcase_add_loop_test(t, nonsense_indexes_are_skipped, 0, 8);
	tcase_add_test(t, the_guest_cannot_move_our_index);
	tcase_add_test(t, input_fills_and_stops);
	tcase_add_test(t, input_with_nonsense_indexes_is_refused);
	tcase_add_test(t, a_wild_guest_does_no_harm);
	tcase_add_test(t, a_log_goes_on_after_a_restart);
	tcase_add_test(t, another_life_starts_its_own_replay);
	tcase_add_test(t, a_log_is_bounded);
	tcase_add_test(t, a_log_that_was_moved_is_begun_anew);
	tcase_add_test(t, a_full_disk_leaves_a_gap_that_is_told);
	tcase_add_loop_test(t, a_renamed_log_goes_on, 0, 2);
	tcase_add_test(t, a_renamed_log_replaces_none);
	tcase_add_loop_test(t, a_damaged_place_is_started_anew, 0, 5);
	tcase_add_test(t, a_log_that_cannot_be_written_is_done_without);
	tcase_add_test(t, a_guest_wakes_us_so_often_only);
	tcase_add_test(t, a_guest_says_so_much_only);
	tcase_add_test(t, each_stop_has_its_action);
	suite_add_tcase(s, t);

	return suites_run(s);
}
