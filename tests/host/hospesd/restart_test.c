/* SPDX-License-Identifier: MIT */
/*
 * Restarts that fail are tried again, with growing pauses and an end, and the log tells of each;
 * who takes the record away, or waits to destroy the domain, calls it off; a record that a dead
 * process left is carried out, also where the former domain is still there. The hypervisor, the
 * clock and the creation are made up.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <dom0-tools/access/domctl.h>
#include <dom0-tools/base/clock.h>
#include <dom0-tools/base/file.h>
#include <dom0-tools/domain/domain_create.h>
#include <dom0-tools/domain/domain_find.h>
#include <dom0-tools/domain/domain_life.h>
#include <dom0-tools/hospesd/note.h>
#include <dom0-tools/hospesd/restart.h>
#include <tests/host/scratch.h>
#include <tests/host/suites_run.h>

#define FORMER 5

/* With what is needed to be read back: a child loads it from its file. */
static const char text[] = "<domain type='xen'><name>demo</name><memory>65536</memory>"
			   "<os><type arch='x86_64' machine='xenpv'>xen</type>"
			   "<kernel>/boot/vmlinuz</kernel></os></domain>";

static char intent[100], marks[100];
static struct domain_config config;
static char last_note[1200];
static int notes;

/* The made-up world. */
static int failures;   /* creations that fail before one succeeds */
static bool former;    /* the former domain is still there ... */
static uint32_t flags; /* ... and so */
static int created, destroyed, slept_ms;
static int pace_ms;
static bool wanted_gone;       /* somebody waits for his turn to destroy it, from a pause on */
static bool wanted_late;       /* ... from a creation on */
static bool removed_meanwhile; /* somebody removes the intent during a pause */

void note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(last_note, sizeof(last_note), fmt, ap);
	va_end(ap);
	notes++;
}

/* Another process, which announces that it wants the domain gone. */
static pid_t destroyer;
static void destroyer_start(void);

void clock_sleep_ms(int ms)
{
	slept_ms += ms;
	if (removed_meanwhile)
		unlink(intent);
	if (wanted_gone && destroyer == 0)
		destroyer_start();
}

int64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int clock_left_ms(int64_t deadline)
{
	int64_t left = deadline - clock_ms();

	return left > 0 ? (int)left : 0;
}

int host_open(struct host *h, bool need_store, struct hospes_error *err)
{
	(void)need_store, (void)err;
	memset(h, 0, sizeof(*h));
	return 0;
}

void host_close(struct host *h)
{
	(void)h;
}

int domain_by_uuid(struct host *h, const uint8_t uuid[16], domid_t *domid, struct hospes_error *err)
{
	(void)h, (void)err;
	ck_assert_mem_eq(uuid, config.uuid, sizeof(config.uuid));
	*domid = FORMER;
	return former ? 0 : -ESRCH;
}

int domctl_info(struct privcmd *p, domid_t domid, struct xen_domctl_getdomaininfo *info,
		struct hospes_error *err)
{
	(void)p, (void)err;
	memset(info, 0, sizeof(*info));
	info->domain = domid;
	info->flags = flags;
	return 0;
}

int domain_destroy(struct host *h, domid_t domid, struct hospes_error *err)
{
	(void)h, (void)err;
	ck_assert_uint_eq(domid, FORMER);
	destroyed++;
	former = false;
	return 0;
}

/* Leaves a mark for each creation, which a child's is known by too. */
int domain_create(struct host *h, const struct domain_config *c,
		  const struct create_options *options, domid_t *domid, struct hospes_error *err)
{
	int fd;

	(void)h;
	ck_assert_str_eq(c->name, "demo");
	if (wanted_late)
		destroyer_start();
	if (options->give_up(options->context))
		return error_set(err, -ECANCELED, "%s is wanted gone", c->name);

	if (failures > 0) {
		failures--;
		return error_set(err, -EIO, "the disk is away");
	}

	fd = open(marks, O_WRONLY | O_CREAT | O_APPEND, 0600);
	ck_assert_int_eq(write(fd, "x", 1), 1);
	close(fd);
	created++;
	*domid = FORMER + 1;
	return 0;
}

/* The turn, which the caller of restart_domain() has. */
static struct intent turn;

static int turn_begin(struct intent *i, enum intent_verb verb)
{
	struct intent_request r = { .name = "demo", .verb = verb, .uuid = config.uuid };

	return intent_begin(i, &r, NULL);
}

static void destroyer_start(void)
{
	struct intent_request r = {
		.name = "demo",
		.verb = INTENT_DESTROY,
		.uuid = config.uuid,
		.wait_ms = 60000,
	};
	struct intent i;

	destroyer = fork();
	if (destroyer == 0) {
		wanted_gone = false;
		ignore(intent_begin(&i, &r, NULL));
		_exit(0);
	}

	while (!intent_overruled(&turn))
		usleep(1000);
}

static int restart_now(void)
{
	return restart_domain(FORMER, &config, pace_ms, &turn);
}

static void setup(void)
{
	struct hospes_error err;

	scratch_make("hospes-restart");
	setenv("HOSPES_RUN_DIR", scratch, 1);
	snprintf(intent, sizeof(intent), "%s/restart-demo.xml", scratch);
	snprintf(marks, sizeof(marks), "%s/marks", scratch);
	ck_assert_msg(config_parse(text, strlen(text), "test", &config, &err) == 0, "%s", err.text);
	ck_assert_int_eq(config_save(&config, FORMER, &err), 0);

	failures = created = destroyed = slept_ms = notes = 0;
	former = true;
	flags = XEN_DOMINF_shutdown;
	removed_meanwhile = wanted_gone = wanted_late = false;
	destroyer = 0;
	pace_ms = 0;
	ck_assert_int_eq(turn_begin(&turn, INTENT_RESTART), 0);
}

static void teardown(void)
{
	intent_end(&turn);
	if (destroyer > 0) {
		kill(destroyer, SIGKILL);
		waitpid(destroyer, NULL, 0);
	}
	config_free(&config);
	scratch_remove();
}

static bool intent_exists(void)
{
	return access(intent, F_OK) == 0;
}

START_TEST(one_that_works_is_quiet)
{
	ck_assert_int_eq(restart_now(), 0);
	ck_assert_int_eq(destroyed, 1);
	ck_assert_int_eq(created, 1);
	ck_assert_int_eq(slept_ms, 0);
	ck_assert_int_eq(notes, 1);
	ck_assert(!intent_exists());
}
END_TEST

START_TEST(one_that_fails_is_tried_again)
{
	failures = 3;
	ck_assert_int_eq(restart_now(), 0);
	ck_assert_int_eq(created, 1);
	ck_assert_int_eq(slept_ms, (1 + 2 + 4) * RESTART_PAUSE_MS);
	ck_assert_int_eq(notes, 4);
	ck_assert(!intent_exists());
}
END_TEST

START_TEST(the_tries_have_an_end)
{
	failures = 1000;
	ck_assert_int_eq(restart_now(), 0);
	ck_assert_int_eq(created, 0);
	ck_assert_int_eq(1000 - failures, RESTART_TRIES);
	ck_assert_int_le(slept_ms, RESTART_TRIES * RESTART_PAUSE_MS_MAX);
	ck_assert_int_eq(notes, RESTART_TRIES);
	ck_assert_ptr_nonnull(strstr(last_note, "gave up restarting demo"));
	ck_assert_ptr_nonnull(strstr(last_note, "the disk is away"));
	ck_assert(!intent_exists());
}
END_TEST

START_TEST(it_can_be_called_off)
{
	failures = 1000;
	removed_meanwhile = true;
	ck_assert_int_eq(restart_now(), 0);
	ck_assert_int_eq(failures, 999);
	ck_assert_ptr_nonnull(strstr(last_note, "called off"));
}
END_TEST

/* A destroy that comes in the midst: the domain does not come back, in a pause or in a creation. */
START_TEST(it_gives_way_to_a_destroy)
{
	failures = 1000;
	wanted_gone = true;
	pace_ms = _i * 3000;
	ck_assert_int_eq(restart_now(), 0);
	ck_assert_int_eq(created, 0);
	ck_assert_int_ge(failures, 999);
	ck_assert_ptr_nonnull(strstr(last_note, "called off"));
	ck_assert(!intent_exists());
}
END_TEST

START_TEST(a_creation_gives_way_to_a_destroy)
{
	wanted_late = true;
	ck_assert_int_eq(restart_now(), 0);
	ck_assert_int_eq(destroyed, 1);
	ck_assert_int_eq(created, 0);
	ck_assert_ptr_nonnull(strstr(last_note, "called off"));
	ck_assert(!intent_exists());
}
END_TEST

START_TEST(the_pace_is_kept)
{
	pace_ms = 3000;
	ck_assert_int_eq(restart_now(), 0);
	ck_assert_int_eq(slept_ms, 3000);
	ck_assert_int_eq(created, 1);
}
END_TEST

/* A worker that comes too late finds what it would have made. */
START_TEST(a_running_domain_is_left_alone)
{
	flags = XEN_DOMINF_running;
	ck_assert_int_eq(restart_now(), 0);
	ck_assert_int_eq(destroyed + created, 0);
	ck_assert(!intent_exists());
}
END_TEST

START_TEST(another_workers_is_left_alone)
{
	int lock;

	ck_assert_int_eq(close(open(intent, O_CREAT | O_RDWR, 0600)), 0);
	lock = file_open_locked(AT_FDCWD, intent, O_RDONLY, 0);
	ck_assert_int_ge(lock, 0);
	ck_assert_int_eq(restart_now(), 0);
	ck_assert_int_eq(restart_resume(), 0);
	ck_assert_int_eq(destroyed + created, 0);
	ck_assert(intent_exists());
	close(lock);
}
END_TEST

START_TEST(one_whose_domain_was_destroyed_is_none)
{
	config_forget(FORMER);
	ck_assert_int_eq(restart_now(), 0);
	ck_assert_int_eq(destroyed + created, 0);
}
END_TEST

/* Its worker was killed before, while, or after it destroyed the former domain. */
START_TEST(what_a_dead_worker_left_is_carried_out)
{
	static const uint32_t left[] = { XEN_DOMINF_shutdown, XEN_DOMINF_dying, 0 };
	char saved[100], done[16];

	flags = left[_i];
	former = flags != 0;
	restart_saved_path(FORMER, saved, sizeof(saved));
	ck_assert_int_eq(link(saved, intent), 0);

	intent_end(&turn);
	ck_assert_int_eq(restart_resume(), 1);
	ck_assert_int_gt(wait(NULL), 0);
	ck_assert_int_eq(file_read_text(marks, done, sizeof(done)), 1);
	ck_assert(!intent_exists());
	ck_assert_int_eq(restart_resume(), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("restart");
	TCase *t = tcase_create("restart");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, one_that_works_is_quiet);
	tcase_add_test(t, one_that_fails_is_tried_again);
	tcase_add_test(t, the_tries_have_an_end);
	tcase_add_test(t, it_can_be_called_off);
	tcase_add_loop_test(t, it_gives_way_to_a_destroy, 0, 2);
	tcase_add_test(t, a_creation_gives_way_to_a_destroy);
	tcase_add_test(t, the_pace_is_kept);
	tcase_add_test(t, a_running_domain_is_left_alone);
	tcase_add_test(t, another_workers_is_left_alone);
	tcase_add_test(t, one_whose_domain_was_destroyed_is_none);
	tcase_add_loop_test(t, what_a_dead_worker_left_is_carried_out, 0, 3);
	suite_add_tcase(s, t);

	return suites_run(s);
}
